"""Filters of customers' authorizations. Source: `4-exchanges.md`, `POST /customer-authorization`."""

from collections.abc import Mapping
from typing import Any

import django_filters

from datahub.access.models import CustomerAuthorization
from datahub.access.models.authorization import AuthorizationQuerySet
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party

_FILTERS = {
    "meterEic": "points",
    "customerEic": "customers",
    "subjectPeriodStart": "subject_start",
    "subjectPeriodEnd": "subject_end",
}
# The database gives no point and no party this id: who has named none that exists asks what any other asks.
_NONE = 0


class CodesFilter(django_filters.BaseInFilter, django_filters.CharFilter):  # type: ignore[misc]  # no types
    """Takes several codes."""


class AuthorizationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Picks authorizations of some points or customers; of a subject period, those that open some time in it.

    Points and customers are looked up first, so that the database knows how many it is to find.
    """

    points = CodesFilter(method="at_points")
    customers = CodesFilter(method="of_customers")
    subject_start = django_filters.IsoDateTimeFilter(field_name="subject_to", lookup_expr="gt")
    subject_end = django_filters.IsoDateTimeFilter(field_name="subject_from", lookup_expr="lt")

    class Meta:
        model = CustomerAuthorization
        fields: list[str] = []

    def at_points(self, given: AuthorizationQuerySet, _name: str, eics: list[str]) -> AuthorizationQuerySet:
        """Keep those at some points."""
        points = list(MeteringPoint.objects.filter(eic__in=eics).values_list("pk", flat=True))
        return given.filter(point__in=points or [_NONE])

    def of_customers(self, given: AuthorizationQuerySet, _name: str, eics: list[str]) -> AuthorizationQuerySet:
        """Keep those that some customers gave."""
        customers = list(Party.objects.filter(eic__in=eics).values_list("pk", flat=True))
        return given.filter(customer__in=customers or [_NONE])


def filter_authorizations(given: AuthorizationQuerySet, attributes: Mapping[str, Any]) -> AuthorizationQuerySet:
    """Keep the authorizations that match validated fields; when they are valid is not decided here."""
    conditions = {
        _FILTERS[name]: ",".join(value) if isinstance(value, list) else value
        for name, value in attributes.items()
        if name in _FILTERS
    }
    filterset = AuthorizationFilter(data=conditions, queryset=given)
    if not filterset.is_valid():
        raise ValueError(f"the body's checks let through what the filters refuse: {filterset.errors}")
    found: AuthorizationQuerySet = filterset.qs
    return found
