"""Filters of enquiries. Source: `4-exchanges.md`, "Customer enquiries" (`search`)."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Q

from datahub import market
from datahub.exchanges.filters import FILTERS, ExchangeFilter, filter_exchanges
from datahub.exchanges.models import ExchangeQuerySet
from datahub.exchanges.rules import Side
from enquiries.models import Enquiry
from enquiries.rules import ReferenceType, Status, Topic

_FILTERS = {
    **FILTERS,
    "messageRequestId": "id",
    "messageResponseId": "response_id",
    "topic": "topic",
    "requestStatus": "request_status",
    "referenceType": "reference_type",
    "referenceValue": "reference_value",
}


class EnquiryFilter(ExchangeFilter):
    """Picks enquiries by what stands in them, comments by a part of their text."""

    topic = django_filters.ChoiceFilter(choices=market.choices(Topic))
    request_status = django_filters.ChoiceFilter(choices=market.choices(Status))
    reference_type = django_filters.ChoiceFilter(choices=market.choices(ReferenceType))
    reference_value = django_filters.CharFilter(strip=False)


class EnquiryListFilter(ExchangeFilter):
    """Picks enquiries as the pages' list does; `text` stands in either comment."""

    topic = django_filters.ChoiceFilter(choices=market.choices(Topic))
    request_status = django_filters.ChoiceFilter(choices=market.choices(Status))
    unread_by = django_filters.ChoiceFilter(choices=market.choices(Side))
    changed_from = django_filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="gte")
    changed_to = django_filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="lt")
    text = django_filters.CharFilter(method="with_text")

    def with_text(self, rows: ExchangeQuerySet[Any], name: str, text: str) -> ExchangeQuerySet[Any]:
        """Keep those that have a text in the enquiry or in the answer."""
        return rows.filter(Q(request_comment__icontains=text) | Q(response_comment__icontains=text))


def filter_enquiries(rows: ExchangeQuerySet[Enquiry], attributes: Mapping[str, Any]) -> ExchangeQuerySet[Enquiry]:
    """Keep the enquiries that match validated `directMessageAttributes`."""
    return filter_exchanges(rows, EnquiryFilter, _FILTERS, {**attributes, **(attributes.get("reference") or {})})
