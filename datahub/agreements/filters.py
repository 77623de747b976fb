"""Filters of agreements. Source: `2-wire.md`, `POST /agreement/search`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from datahub import market
from datahub.agreements.models import Agreement
from datahub.market import AgreementType

_FILTERS = {
    "agreementId": "agreement_id",
    "meterEic": "meter_eic",
    "agreementTypes": "types",
    "commodityType": "commodity",
    "preliminaryTerminationFee": "preliminary_termination_fee",
    "validFrom": "valid_from",
    "validTo": "valid_to",
}


class AgreementFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Picks agreements by their attributes; of a period, those that are valid at some time in it."""

    meter_eic = django_filters.CharFilter(field_name="point__eic")
    # No row comes twice: to look for that, PostgreSQL would read all that are found before the first.
    types = django_filters.MultipleChoiceFilter(
        field_name="type", choices=market.choices(AgreementType), distinct=False
    )
    valid_from = django_filters.IsoDateTimeFilter(method="valid_after")
    valid_to = django_filters.IsoDateTimeFilter(field_name="valid_from", lookup_expr="lt")

    class Meta:
        model = Agreement
        fields = ["agreement_id", "meter_eic", "types", "commodity", "preliminary_termination_fee"]

    def valid_after(self, agreements: QuerySet[Agreement], _name: str, instant: datetime) -> QuerySet[Agreement]:
        """Keep what is still valid after an instant."""
        return agreements.filter(Q(valid_to=None) | Q(valid_to__gt=instant))


def filter_agreements(
    agreements: QuerySet[Agreement], attributes: Mapping[str, Any], *, now: datetime
) -> QuerySet[Agreement]:
    """Keep the agreements that match the validated `agreementAttributes`; the two parties are not decided here."""
    conditions = {_FILTERS[name]: value for name, value in attributes.items() if name in _FILTERS}
    found = agreements
    if conditions:
        filterset = AgreementFilter(data=conditions, queryset=agreements)
        if not filterset.is_valid():
            raise ValueError(f"the body's checks let through what the filters refuse: {filterset.errors}")
        found = filterset.qs
    if attributes.get("activeOnly"):
        found = found.filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)
    return found
