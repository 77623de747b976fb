"""The attributes of metering points in words: what each is called, its codes, its value as pages show it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from datahub import market
from datahub.market import Commodity
from datahub.metering.point_form import (
    AGGREGATOR_FIELDS,
    BLOCKS,
    COORDINATE_FIELDS,
    COORDINATES,
    ELECTRICITY_FIELDS,
    GAS_FIELDS,
    LOCATION,
    LOCATION_FIELDS,
    QUANTITY_FIELDS,
    Point,
    saved_form,
)
from portal.words.fields import FIELDS
from portal.words.labels import explanation, label
from portal.words.times import said_number

# What each attribute is on the wire; words are kept by that name.
WIRE_NAMES: Mapping[str, str] = {
    "eic": "meterEic",
    "type": "meteringPointType",
    "metering_type": "meteringType",
    **{
        name: wire
        for fields in (LOCATION_FIELDS, COORDINATE_FIELDS, ELECTRICITY_FIELDS, AGGREGATOR_FIELDS)
        for wire, name in fields.items()
    },
}
_CODES: Mapping[str, type[StrEnum]] = {
    "type": market.MeteringPointType,
    "metering_type": market.MeteringType,
    "coordinate_system": market.CoordinateSystem,
    "consumption_scale": market.ConsumptionScale,
    "connection_state": market.ConnectionState,
}
_CODES_BY_COMMODITY: Mapping[Commodity, Mapping[str, type[StrEnum]]] = {
    Commodity.ELECTRICITY: {
        "resolution": market.ElectricityResolution,
        "customer_type": market.ElectricityCustomerType,
        "production_source": market.ElectricityProductionSource,
    },
    Commodity.NATURAL_GAS: {
        "resolution": market.GasResolution,
        "customer_type": market.GasCustomerType,
        "production_source": market.GasProductionSource,
    },
}
QUANTITIES = tuple(QUANTITY_FIELDS.values())
FLAGS = ("production", "apartment_association", "isolated_metering_point", "electrical_heating", "charging_point")
# Numbers that are written without groups, as they are entered.
_COORDINATES = ("latitude", "longitude")


def name_of(attribute: str) -> Any:
    """Give what an attribute is called; of a power or an energy with its unit."""
    return FIELDS[WIRE_NAMES[attribute]]


def codes_of(attribute: str, commodity: Commodity | str) -> type[StrEnum] | None:
    """Give the code list of an attribute, None for one without."""
    return _CODES.get(attribute) or _CODES_BY_COMMODITY[Commodity(commodity)].get(attribute)


def characteristics_of(commodity: Commodity | str) -> list[str]:
    """Give the characteristics that points of a commodity have, but for aggregation points."""
    fields = ELECTRICITY_FIELDS if commodity == Commodity.ELECTRICITY else GAS_FIELDS
    return list(fields.values())


def said(attribute: str, value: Any, commodity: Commodity | str) -> str:
    """Give an attribute's value in words, empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    codes = codes_of(attribute, commodity)
    if codes is not None:
        return label(str(value), codes)
    if attribute in QUANTITIES:
        exact = Decimal(str(value))
        # 8 rather than 8.00, and 100 rather than 1E+2.
        return said_number(exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize())
    if attribute in _COORDINATES:
        return said_number(Decimal(format(Decimal(repr(float(value))), "f")), is_grouped=False)
    return str(value)


@dataclass(frozen=True, slots=True)
class Shown:
    """An attribute as a page shows it."""

    attribute: str
    name: str
    value: str
    explanation: str = ""


def shown(point: Point, attributes: list[str]) -> list[Shown]:
    """Give attributes of a point in words; those that it does not have say nothing."""
    found = []
    for attribute in attributes:
        value = getattr(point, attribute)
        codes = codes_of(attribute, point.commodity)
        explained = explanation(str(value), codes) if value and codes is not None else ""
        found.append(Shown(attribute, str(name_of(attribute)), said(attribute, value, point.commodity), explained))
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """What an attribute was and what it became, in words; empty for nothing."""

    name: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any], commodity: Commodity | str) -> list[Difference]:
    """Give what differs between two saved forms of a point, in the order of the form."""
    was, became = dict(_values(before)), dict(_values(after))
    return [
        Difference(
            str(name_of(attribute)),
            said(attribute, was.get(attribute), commodity),
            said(attribute, became.get(attribute), commodity),
        )
        for attribute in WIRE_NAMES
        if was.get(attribute) != became.get(attribute)
    ]


def differences_of(before: Mapping[str, Any], after: Point) -> list[Difference]:
    """Give what differs between a saved form and the point as it now is."""
    return differences(before, saved_form(after), after.commodity)


def _values(saved: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the attributes of a saved form by their names in the fact."""
    names = {wire: attribute for attribute, wire in WIRE_NAMES.items()}
    location = saved.get(LOCATION) or {}
    for part in (saved["meteringPoint"], location, location.get(COORDINATES) or {}, *map(saved.get, BLOCKS)):
        for wire, value in (part or {}).items():
            if wire in names:
                yield names[wire], value
