"""Where staff see metering points. Nothing is written here: points are their owners'. Source: `5-web.md`, "Admin"."""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Window
from django.db.models.functions import Lag
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from datahub import market
from datahub.metering import admin_documents, admin_readings  # noqa: F401 - register documents and readings
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.parties.models import Party
from datahub.staff.cells import NOTHING, changes_in_words
from datahub.staff.lists import BoundedList, ReadOnly
from datahub.staff.looks import Look, Of, ShowsCustomers
from portal.words.labels import label
from portal.words.saved import differences

_PARTY_START = re.compile(r"[0-9]{2}X")


class VersionInline(ReadOnly, admin.TabularInline):
    model = MeteringPointVersion
    template = "admin/staff/rows.html"
    fields = ["version", "saved_at", "known_from", "what_changed"]
    readonly_fields = ["version", "saved_at", "known_from", "what_changed"]
    ordering = ["-version"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read with each version what the one before it said."""
        former = Window(Lag("data"), partition_by="point", order_by="version")
        versions: QuerySet[Any] = super().get_queryset(request).annotate(former=former)
        return versions

    @admin.display(description=_("changes"))
    def what_changed(self, version: Any) -> SafeString:
        """Say what the version changed, field by field; of the first one all that it says."""
        return changes_in_words(differences(version.former, version.data))


def _is_gas(point: MeteringPoint) -> bool:
    return point.commodity == market.Commodity.NATURAL_GAS


@admin.register(MeteringPoint)
class MeteringPointAdmin(ShowsCustomers, ReadOnly, BoundedList):
    list_display = ["eic", "commodity", "type", "metering_type", "owner", "owner_role", "version", "changed_at"]
    list_filter = ["commodity", "type"]
    list_select_related = ["owner"]
    search_fields = ["eic"]
    search_help_text = _("The beginning of a metering point's code, or the whole code of its owner")
    ordering = ["eic"]
    inlines = [VersionInline]
    readonly_fields = ["kind_of_customer", "source"]

    def looks_in_list(self, row: MeteringPoint) -> Iterable[Look]:
        """Name the point: it is of its customer now."""
        return [Look(Of.POINTS, row.eic)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show everything, those codes in words that are of another list for each commodity."""
        own = {"customer_type": "kind_of_customer", "production_source": "source"}
        return [own.get(field.name, field.name) for field in self.opts.fields if field.name != "id"]

    @admin.display(description=_("customer type"))
    def kind_of_customer(self, point: MeteringPoint) -> str:
        """Say what kind of customer takes energy there."""
        kinds = "GasCustomerType" if _is_gas(point) else "ElectricityCustomerType"
        return label(point.customer_type, kinds) or NOTHING

    @admin.display(description=_("production source"))
    def source(self, point: MeteringPoint) -> str:
        """Say of what energy is produced there."""
        sources = "GasProductionSource" if _is_gas(point) else "ElectricityProductionSource"
        return label(point.production_source, sources) or NOTHING

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the owner and the parent with the point."""
        return super().get_queryset(request).select_related("owner", "parent")

    def find(self, request: HttpRequest, queryset: QuerySet[MeteringPoint], term: str) -> QuerySet[MeteringPoint]:
        """Search by the index that fits the kind of the code."""
        if _PARTY_START.match(term):
            owners = list(Party.objects.filter(eic=term).values_list("pk", flat=True))
            return queryset.filter(owner__in=owners)
        return queryset.filter(eic__startswith=term)
