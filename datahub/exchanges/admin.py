"""What the staff's pages of all exchanges have in common: they look at these, and change none.

Source: `5-web.md`, "Admin".
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from datahub.exchanges.models import Exchange, Step
from datahub.parties import eic
from datahub.parties.models import Party
from datahub.staff.cells import changes_in_words, codes_below
from datahub.staff.lists import BoundedList, ReadOnly, uuid_of
from datahub.staff.looks import Look, Of, ShowsCustomers
from portal.words.exchanges import changed_fields


class RowsInline(ReadOnly, admin.TabularInline):
    """Rows that belong to an exchange."""

    template = "admin/staff/rows.html"


class HistoryInline(RowsInline):
    """The steps of an exchange, in their order."""

    fields = ["at", "side", "technical_user", "user", "what_changed"]
    readonly_fields = ["what_changed"]
    ordering = ["id"]
    verbose_name_plural = _("history")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the people with the steps."""
        return super().get_queryset(request).select_related("user")

    @admin.display(description=_("changes"))
    def what_changed(self, step: Step) -> SafeString:
        """Say what the step changed, field by field."""
        return changes_in_words(changed_fields(step.changes))


class ExchangeAdmin(ShowsCustomers, ReadOnly, BoundedList):
    """Exchanges of one kind, those saved last first."""

    list_select_related = ["sender", "receiver"]
    search_fields = ["meter_eic"]
    search_help_text = _("The whole code of a metering point, a customer or a participant, or an ID")
    ordering = ["-changed_at"]

    def looks_in_list(self, row: Exchange) -> Iterable[Look]:
        """Name the point, which is of its customer now, and the customer that the supplier wrote, maybe another."""
        return [
            Look(Of.EXCHANGES, row.meter_eic),
            Look(Of.EXCHANGES, customer_eic=row.customer_eic, as_written=True),
        ]

    @admin.display(description=_("metering point, customer"))
    def about(self, exchange: Exchange) -> SafeString:
        """Name the metering point and the customer, one below the other."""
        return codes_below(exchange.meter_eic, exchange.customer_eic)

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
