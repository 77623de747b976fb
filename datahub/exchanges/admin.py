"""What the staff's pages of all exchanges have in common: they look at these, and change none.

Source: `5-web.md`, "Admin".
"""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from datahub.parties import eic
from datahub.parties.models import Party
from datahub.staff_lists import BoundedList, ReadOnly, uuid_of


class RowsInline(ReadOnly, admin.TabularInline):
    """Rows that belong to an exchange."""

    template = "admin/exchanges/rows.html"


class HistoryInline(RowsInline):
    """The steps of an exchange, in their order."""

    fields = ["at", "side", "technical_user", "user", "changes"]
    ordering = ["id"]
    verbose_name_plural = "history"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the people with the steps."""
        return super().get_queryset(request).select_related("user")


class ExchangeAdmin(ReadOnly, BoundedList):
    """Exchanges of one kind, those saved last first."""

    list_select_related = ["sender", "receiver"]
    search_fields = ["meter_eic"]
    search_help_text = "The whole code of a metering point, a customer or a participant, or an id"
    ordering = ["-changed_at"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show everything, the two ids first."""
        return [field.name for field in self.opts.fields]

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find exchanges by the index that fits the term: by id, by point, by customer and party."""
        if (key := uuid_of(term)) is not None:
            return queryset.filter(Q(pk=key) | Q(response_id=key))
        if not eic.is_valid(term):
            return queryset.none()
        if term[2] == eic.METERING_POINT:
            return queryset.filter(meter_eic=term)
        # Looked up first: by the joined parties' codes the whole table would be read.
        parties = list(Party.objects.filter(eic=term).values_list("pk", flat=True))
        return queryset.filter(Q(customer_eic=term) | Q(sender__in=parties) | Q(receiver__in=parties))
