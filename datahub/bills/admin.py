"""Where staff see network bills. Nothing is written here: bills are their senders'. Source: `5-web.md`, "Admin"."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from datahub import market
from datahub.bills.models import NetworkBill
from datahub.metering.models import MeteringPoint
from datahub.periods import Period
from datahub.staff.cells import changes_in_words
from datahub.staff.lists import BoundedList, ReadOnly
from datahub.staff.looks import Look, Of, ShowsCustomers
from portal.words.labels import label
from portal.words.saved import differences


@admin.register(NetworkBill)
class NetworkBillAdmin(ShowsCustomers, ReadOnly, BoundedList):
    list_display = ["point", "period_start", "period_end", "calculated_at", "version", "saved_at", "replaced_at"]
    list_select_related = ["point"]
    search_fields = ["point__eic"]
    search_help_text = _("The whole code of a metering point")
    ordering = ["-id"]
    readonly_fields = ["of_directions", "content"]

    def looks_in_list(self, row: NetworkBill) -> Iterable[Look]:
        """Name the point: the bill is of whose it was in its period."""
        return [Look(Of.BILLS, row.point.eic, period=Period(row.period_start, row.period_end))]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show everything, the directions and the content in words."""
        own = {"directions": "of_directions", "body": "content"}
        return [own.get(field.name, field.name) for field in self.opts.fields if field.name != "id"]

    @admin.display(description=_("directions"))
    def of_directions(self, bill: NetworkBill) -> str:
        """Say which directions it bills."""
        return ", ".join(label(direction, market.Direction) for direction in bill.directions)

    @admin.display(description=_("content"))
    def content(self, bill: NetworkBill) -> SafeString:
        """Say what it says, field by field."""
        return changes_in_words(differences(None, json.loads(bill.body, parse_float=Decimal)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the point and the sender with the bill."""
        return super().get_queryset(request).select_related("point", "sender")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find the bills of a point; the point is looked up first, so that the index by point serves."""
        return queryset.filter(point__in=list(MeteringPoint.objects.filter(eic=term).values_list("pk", flat=True)))
