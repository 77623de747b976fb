"""Where staff see agreements. Nothing is written here: agreements are the parties' own. Source: `5-web.md`, "Admin"."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from datahub.agreements.admin_parties import TellingPartyAdmin
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.staff_lists import BoundedList, ReadOnly

__all__ = ["AgreementAdmin", "TellingPartyAdmin"]

_EIC = re.compile(r"[0-9]{2}([XZ])[A-Z0-9-]{13}")


class VersionInline(ReadOnly, admin.TabularInline):
    model = AgreementVersion
    fields = ["version", "saved_at", "known_from", "known_to", "agreement_id", "valid_from", "valid_to"]
    readonly_fields = ["version", "saved_at", "known_from", "known_to", "agreement_id", "valid_from", "valid_to"]
    ordering = ["-version"]


@admin.register(Agreement)
class AgreementAdmin(ReadOnly, BoundedList):
    list_display = [
        "type",
        "agreement_id",
        "point",
        "service_provider",
        "customer",
        "commodity",
        "valid_from",
        "valid_to",
        "version",
        "deleted_at",
    ]
    list_filter = ["type", "commodity"]
    list_select_related = ["point", "service_provider", "customer"]
    search_fields = ["agreement_id"]
    search_help_text = "The whole code of a metering point or a party, or the operator's own id"
    ordering = ["-pk"]
    inlines = [VersionInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the points and parties with the agreement."""
        related = "point", "parent_point", "service_provider", "customer"
        return super().get_queryset(request).select_related(*related)

    def find(self, request: HttpRequest, queryset: QuerySet[Agreement], term: str) -> QuerySet[Agreement]:
        """Search by the index that fits the kind of the code."""
        kind = _EIC.fullmatch(term)
        if kind is None:
            return queryset.filter(agreement_id=term).exclude(agreement_id="")
        if kind[1] == "Z":
            points = list(MeteringPoint.objects.filter(eic=term).values_list("pk", flat=True))
            return queryset.filter(Q(point__in=points) | Q(parent_point__in=points))
        parties = list(Party.objects.filter(eic=term).values_list("pk", flat=True))
        return queryset.filter(Q(service_provider__in=parties) | Q(customer__in=parties))
