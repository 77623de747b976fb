"""Where staff see metering points. Nothing is written here: points are their owners'. Source: `5-web.md`, "Admin"."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from datahub.metering import admin_documents  # noqa: F401 - registers the documents
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.parties.models import Party
from datahub.staff_lists import BoundedList, ReadOnly

_PARTY_START = re.compile(r"[0-9]{2}X")


class VersionInline(ReadOnly, admin.TabularInline):
    model = MeteringPointVersion
    fields = ["version", "saved_at", "known_from", "data"]
    readonly_fields = ["version", "saved_at", "known_from", "data"]
    ordering = ["-version"]


@admin.register(MeteringPoint)
class MeteringPointAdmin(ReadOnly, BoundedList):
    list_display = ["eic", "commodity", "type", "metering_type", "owner", "owner_role", "version", "changed_at"]
    list_filter = ["commodity", "type"]
    list_select_related = ["owner"]
    search_fields = ["eic"]
    search_help_text = "The beginning of a metering point's code, or the whole code of its owner"
    ordering = ["eic"]
    inlines = [VersionInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the owner and the parent with the point."""
        return super().get_queryset(request).select_related("owner", "parent")

    def find(self, request: HttpRequest, queryset: QuerySet[MeteringPoint], term: str) -> QuerySet[MeteringPoint]:
        """Search by the index that fits the kind of the code."""
        if _PARTY_START.match(term):
            owners = list(Party.objects.filter(eic=term).values_list("pk", flat=True))
            return queryset.filter(owner__in=owners)
        return queryset.filter(eic__startswith=term)
