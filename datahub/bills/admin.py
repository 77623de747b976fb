"""Where staff see network bills. Nothing is written here: bills are their senders'. Source: `5-web.md`, "Admin"."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from datahub.bills.models import NetworkBill
from datahub.metering.models import MeteringPoint
from datahub.staff_lists import BoundedList, ReadOnly


@admin.register(NetworkBill)
class NetworkBillAdmin(ReadOnly, BoundedList):
    list_display = ["point", "period_start", "period_end", "calculated_at", "version", "saved_at", "replaced_at"]
    list_select_related = ["point"]
    search_fields = ["point__eic"]
    search_help_text = "The whole code of a metering point"
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the point and the sender with the bill."""
        return super().get_queryset(request).select_related("point", "sender")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find the bills of a point; the point is looked up first, so that the index by point serves."""
        return queryset.filter(point__in=list(MeteringPoint.objects.filter(eic=term).values_list("pk", flat=True)))
