"""Filters of network bills. Source: `2-wire.md`, `POST /network-bill/search`."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet

from datahub import market
from datahub.bills.models import NetworkBill

_FILTERS = {"periodStart": "period_start", "periodEnd": "period_end", "direction": "direction"}


class NetworkBillFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Picks bills that bill some time of a period, and of a direction those that have measurements of it."""

    period_start = django_filters.IsoDateTimeFilter(field_name="period_end", lookup_expr="gt")
    period_end = django_filters.IsoDateTimeFilter(field_name="period_start", lookup_expr="lt")
    direction = django_filters.ChoiceFilter(
        field_name="directions", choices=market.choices(market.Direction), method="of_direction"
    )

    class Meta:
        model = NetworkBill
        fields: list[str] = []

    def of_direction(self, bills: QuerySet[NetworkBill], _name: str, direction: str) -> QuerySet[NetworkBill]:
        """Keep those with measurements of a direction."""
        return bills.filter(directions__contains=[direction])


def filter_bills(bills: QuerySet[NetworkBill], attributes: Mapping[str, Any]) -> QuerySet[NetworkBill]:
    """Keep the bills that match validated `networkBillAttributes`; the point is not decided here."""
    conditions = {_FILTERS[name]: value for name, value in attributes.items() if name in _FILTERS}
    filterset = NetworkBillFilter(data=conditions, queryset=bills)
    if not filterset.is_valid():
        raise ValueError(f"the body's checks let through what the filters refuse: {filterset.errors}")
    found: QuerySet[NetworkBill] = filterset.qs
    return found
