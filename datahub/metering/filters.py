"""Filters of metering points. Source: `2-wire.md`, `POST /meter/search`."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet

from datahub.metering.models import MeteringPoint
from datahub.metering.point_form import BLOCK_FIELDS, QUANTITY_FIELDS

_COMPARISONS = {
    "EQUALS": "exact",
    "GREATER_THAN": "gt",
    "LESS_THAN": "lt",
    "GREATER_THAN_OR_EQUALS": "gte",
    "LESS_THAN_OR_EQUALS": "lte",
}
_LOCATION_FILTERS = {"adrId": "adr_id", "county": "county__iexact", "municipality": "municipality__iexact"}
_COMMON_FILTERS = {
    "meterEic": "eic",
    "commodityType": "commodity",
    "meteringType": "metering_type",
    "meteringPointType": "type",
    "ownerMarketRole": "owner_role",
}


class MeteringPointFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Picks metering points by their attributes, each compared as its field's name says."""

    parent_eic = django_filters.CharFilter(field_name="parent__eic")

    class Meta:
        model = MeteringPoint
        fields = {
            **{name: ["exact"] for name in _COMMON_FILTERS.values()},
            "adr_id": ["exact"],
            "county": ["iexact"],
            "municipality": ["iexact"],
            "consumption_scale": ["exact"],
            "connection_state": ["exact"],
            "resolution": ["exact"],
            "customer_type": ["exact"],
            "production": ["exact"],
            "production_source": ["exact"],
            "transmission_network_eic": ["exact"],
            "apartment_association": ["exact"],
            "isolated_metering_point": ["exact"],
            "electrical_heating": ["exact"],
            "charging_point": ["exact"],
            **{name: list(_COMPARISONS.values()) for name in QUANTITY_FIELDS.values()},
        }


def filter_points(points: QuerySet[MeteringPoint], attributes: Mapping[str, Any]) -> QuerySet[MeteringPoint]:
    """Keep the points that match the validated `meterAttributes`; customerEic and sourceType are not decided here."""
    conditions = _conditions(attributes)
    if not conditions:
        return points
    filterset = MeteringPointFilter(data=conditions, queryset=points)
    if not filterset.is_valid():
        raise ValueError(f"the body's checks let through what the filters refuse: {filterset.errors}")
    found: QuerySet[MeteringPoint] = filterset.qs
    return found


def _conditions(attributes: Mapping[str, Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    common, location = attributes.get("meterCommon") or {}, attributes.get("meterLocation") or {}
    conditions |= {_COMMON_FILTERS[name]: value for name, value in common.items() if name in _COMMON_FILTERS}
    conditions |= {_LOCATION_FILTERS[name]: value for name, value in location.items()}
    for block, fields in BLOCK_FIELDS.items():
        for name, value in (attributes.get(block) or {}).items():
            if name in QUANTITY_FIELDS:
                comparison = _COMPARISONS[value["filterType"]]
                suffix = "" if comparison == "exact" else f"__{comparison}"
                conditions[fields[name] + suffix] = value["filterValue"]
            else:
                conditions[fields[name]] = value
    return conditions
