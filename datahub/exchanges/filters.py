"""Filters that the searches of all exchanges have. Source: `4-exchanges.md` (`search`)."""

from collections.abc import Mapping
from typing import Any, TypeVar

import django_filters

from datahub.exchanges.models import ExchangeQuerySet
from datahub.parties.models import Party

Rows = TypeVar("Rows", bound=ExchangeQuerySet[Any])
# The field of a search's attributes, and the filter that it is.
FILTERS = {
    "timestamp": "changed_at",
    "senderEic": "sender_eic",
    "receiverEic": "receiver_eic",
    "meterEic": "meter_eic",
    "customerEic": "customer_eic",
    "requestComment": "request_comment",
    "responseComment": "response_comment",
}
# The database gives no party this id.
_NO_PARTY = 0


class ExchangeFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Picks exchanges by what stands in them, comments by a part of their text."""

    id = django_filters.UUIDFilter()
    response_id = django_filters.UUIDFilter()
    changed_at = django_filters.IsoDateTimeFilter()
    sender_eic = django_filters.CharFilter(field_name="sender", method="of_party")
    receiver_eic = django_filters.CharFilter(field_name="receiver", method="of_party")
    meter_eic = django_filters.CharFilter()
    customer_eic = django_filters.CharFilter()
    request_comment = django_filters.CharFilter(lookup_expr="icontains", strip=False)
    response_comment = django_filters.CharFilter(lookup_expr="icontains", strip=False)

    def of_party(self, rows: ExchangeQuerySet[Any], name: str, eic: str) -> ExchangeQuerySet[Any]:
        """Keep those of a party; it is looked up first, so that the database knows how many it has."""
        party = Party.objects.filter(eic=eic).values_list("pk", flat=True).first()
        return rows.filter(**{name: party or _NO_PARTY})


def filter_exchanges(
    rows: ExchangeQuerySet[Any],
    filterset: type[ExchangeFilter],
    names: Mapping[str, str],
    attributes: Mapping[str, Any],
) -> ExchangeQuerySet[Any]:
    """Keep the exchanges that match a search's validated attributes; `names` has the filter of each attribute."""
    return picked(rows, filterset, {names[name]: value for name, value in attributes.items() if name in names})


def picked(rows: Rows, filterset: type[ExchangeFilter], conditions: Mapping[str, Any]) -> Rows:
    """Keep the exchanges that match conditions, which were checked before, by the names of their filters."""
    found = filterset(data=conditions, queryset=rows)
    if not found.is_valid():
        raise ValueError(f"the checks let through what the filters refuse: {found.errors}")
    kept: Rows = found.qs
    return kept
