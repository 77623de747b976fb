"""Filters of connection requests. Source: `4-exchanges.md` (`search`)."""

import django_filters

from connections.models import ConnectionRequest
from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason
from datahub import market
from datahub.exchanges import filters
from datahub.exchanges.models import ExchangeQuerySet

# The field of a search's attributes, and the filter that it is.
FILTERS = {
    **filters.FILTERS,
    "connectionStateRequestId": "id",
    "connectionStateResponseId": "response_id",
    "serviceProviderEic": "service_provider_eic",
    "requestedConnectionState": "requested_state",
    "requestReason": "reason",
    "preferredDate": "preferred_date",
    "requestTimestamp": "request_changed_at",
    "requestPeriodStart": "request_from",
    "requestPeriodEnd": "request_to",
    "responseConnectionState": "response_state",
    "responseReason": "response_reason",
    "estimatedDate": "estimated_date",
    "responseTimestamp": "response_changed_at",
    "responsePeriodStart": "response_from",
    "responsePeriodEnd": "response_to",
}


class ConnectionRequestFilter(filters.ExchangeFilter):
    """Picks connection requests by what stands in them, and by when either side saved last: from a start, to an end."""

    # A filter of its own beside the receiver's, so that both count where both are named.
    service_provider_eic = django_filters.CharFilter(field_name="receiver", method="of_party")
    requested_state = django_filters.ChoiceFilter(choices=market.choices(RequestedState))
    reason = django_filters.ChoiceFilter(choices=market.choices(RequestReason))
    preferred_date = django_filters.DateFilter()
    request_changed_at = django_filters.IsoDateTimeFilter()
    request_from = django_filters.IsoDateTimeFilter(field_name="request_changed_at", lookup_expr="gte")
    request_to = django_filters.IsoDateTimeFilter(field_name="request_changed_at", lookup_expr="lt")
    response_state = django_filters.ChoiceFilter(choices=market.choices(AnsweredState))
    response_reason = django_filters.ChoiceFilter(choices=market.choices(RefusalReason))
    estimated_date = django_filters.DateFilter()
    response_changed_at = django_filters.IsoDateTimeFilter()
    response_from = django_filters.IsoDateTimeFilter(field_name="response_changed_at", lookup_expr="gte")
    response_to = django_filters.IsoDateTimeFilter(field_name="response_changed_at", lookup_expr="lt")

    # How the pages' list picks them, beside some of the above.
    changed_from = django_filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="gte")
    changed_to = django_filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="lt")
    is_open = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    unanswered = django_filters.BooleanFilter(method="not_answered")

    class Meta:
        model = ConnectionRequest
        fields: list[str] = []

    def not_answered(
        self, rows: ExchangeQuerySet[ConnectionRequest], name: str, value: bool
    ) -> ExchangeQuerySet[ConnectionRequest]:
        """Keep those that have no answer yet, or those that have one."""
        return rows.filter(response_state="") if value else rows.exclude(response_state="")
