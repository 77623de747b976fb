"""A metering point as a plain fact, and the JSON forms in which it is sent, saved and told. Knows nothing of Django.

Source: `1-market.md`, "Metering points"; `2-wire.md`, "Services"; the seeds' example "Metering Point".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from datahub.market import (
    Commodity,
    ConnectionState,
    ConsumptionScale,
    CoordinateSystem,
    MeteringPointType,
    MeteringType,
    Resolution,
    Role,
)

ELECTRICITY_BLOCK = "electricityCharacteristics"
GAS_BLOCK = "naturalGasCharacteristics"
AGGREGATOR_BLOCK = "aggregatorCharacteristics"
BLOCKS = (ELECTRICITY_BLOCK, GAS_BLOCK, AGGREGATOR_BLOCK)
LOCATION = "meterLocation"
# How long texts of a location may be, in characters.
LONGEST_TEXT, LONGEST_POSTCODE = 255, 50
COORDINATES = "coordinates"

# The names on the wire and in the fact, in the order of the seeds' example.
LOCATION_FIELDS: Mapping[str, str] = {
    "adrId": "adr_id",
    "comment": "location_comment",
    "county": "county",
    "municipality": "municipality",
    "locality": "locality",
    "streetAddress": "street_address",
    "postcode": "postcode",
}
COORDINATE_FIELDS: Mapping[str, str] = {
    "coordinateSystem": "coordinate_system",
    "latitude": "latitude",
    "longitude": "longitude",
}
GAS_FIELDS: Mapping[str, str] = {
    "consumptionScale": "consumption_scale",
    "connectionState": "connection_state",
    "resolution": "resolution",
    "customerType": "customer_type",
    "production": "production",
    "productionSource": "production_source",
    "transmissionNetworkEic": "transmission_network_eic",
    "apartmentAssociation": "apartment_association",
}
QUANTITY_FIELDS: Mapping[str, str] = {
    "storageCapacity": "storage_capacity",
    "storageEnergy": "storage_energy",
    "productionCapacity": "production_capacity",
    "transmissionCapacity": "transmission_capacity",
}
ELECTRICITY_FIELDS: Mapping[str, str] = {
    **GAS_FIELDS,
    "isolatedMeteringPoint": "isolated_metering_point",
    "electricalHeating": "electrical_heating",
    "chargingPoint": "charging_point",
    **QUANTITY_FIELDS,
}
AGGREGATOR_FIELDS: Mapping[str, str] = {"parentMeterEic": "parent_eic"}
BLOCK_FIELDS: Mapping[str, Mapping[str, str]] = {
    ELECTRICITY_BLOCK: ELECTRICITY_FIELDS,
    GAS_BLOCK: GAS_FIELDS,
    AGGREGATOR_BLOCK: AGGREGATOR_FIELDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A metering point; None is what is not set.

    Powers are in kW, energies in kWh, coordinates in the measure of their system.
    """

    eic: str
    commodity: Commodity
    owner_role: Role
    metering_type: MeteringType
    type: MeteringPointType
    parent_eic: str | None = None

    adr_id: int | None = None
    location_comment: str | None = None
    county: str | None = None
    municipality: str | None = None
    locality: str | None = None
    street_address: str | None = None
    postcode: str | None = None
    coordinate_system: CoordinateSystem | None = None
    latitude: float | None = None
    longitude: float | None = None

    consumption_scale: ConsumptionScale | None = None
    connection_state: ConnectionState | None = None
    resolution: Resolution | None = None
    customer_type: str | None = None
    production: bool | None = None
    production_source: str | None = None
    transmission_network_eic: str | None = None
    apartment_association: bool | None = None
    isolated_metering_point: bool | None = None
    electrical_heating: bool | None = None
    charging_point: bool | None = None
    storage_capacity: Decimal | None = None
    storage_energy: Decimal | None = None
    production_capacity: Decimal | None = None
    transmission_capacity: Decimal | None = None

    @property
    def block(self) -> str:
        """The name of the one block of characteristics that fits the point's commodity and type."""
        return fitting_block(self.commodity, self.type)


@dataclass(frozen=True, slots=True)
class GivenPoint:
    """What a message says of a point: `values` by the fact's names (None unsets), `blocks` the characteristics sent."""

    eic: str
    type: MeteringPointType | None
    values: Mapping[str, Any] = field(default_factory=dict)
    blocks: frozenset[str] = frozenset()

    @property
    def parent_eic(self) -> str | None:
        """The parent that the message names, if it does."""
        return self.values.get("parent_eic")

    def as_point(self, *, commodity: Commodity, owner_role: Role) -> Point:
        """Make the point that a whole message describes."""
        if self.type is None:
            raise ValueError("a new point has a type")
        return Point(eic=self.eic, commodity=commodity, owner_role=owner_role, type=self.type, **self.values)

    def merged_into(self, point: Point) -> Point:
        """Give the point with what the message names changed; production turned off drops its source."""
        values = {name: value for name, value in self.values.items() if name != "parent_eic"}
        if values.get("production") is False and values.get("production_source") is None:
            values["production_source"] = None
        return replace(point, **values)


def fitting_block(commodity: Commodity, point_type: MeteringPointType) -> str:
    """Give the name of the block of characteristics that a point of a commodity and type has."""
    if point_type == MeteringPointType.AGGREGATION:
        return AGGREGATOR_BLOCK
    return ELECTRICITY_BLOCK if commodity == Commodity.ELECTRICITY else GAS_BLOCK


def path_of(name: str, block: str) -> str:
    """Give the path on the wire of a value of the fact, for a point that has that block."""
    for wire_name, attribute in LOCATION_FIELDS.items():
        if attribute == name:
            return f"meterMetadata.{LOCATION}.{wire_name}"
    for wire_name, attribute in COORDINATE_FIELDS.items():
        if attribute == name:
            return f"meterMetadata.{LOCATION}.{COORDINATES}.{wire_name}"
    wire_name = next(wire for wire, attribute in BLOCK_FIELDS[block].items() if attribute == name)
    return f"meterMetadata.{block}.{wire_name}"


def given_point(metadata: Mapping[str, Any]) -> GivenPoint:
    """Read what a validated `meterMetadata` says; empty texts count as unset."""
    point = metadata["meteringPoint"]
    values: dict[str, Any] = {}
    if point.get("meteringType") is not None:
        values["metering_type"] = point["meteringType"]
    location = metadata.get(LOCATION) or {}
    values |= _named(location, LOCATION_FIELDS)
    if COORDINATES in location:
        coordinates = location[COORDINATES]
        values |= (
            dict.fromkeys(COORDINATE_FIELDS.values()) if coordinates is None else _named(coordinates, COORDINATE_FIELDS)
        )
    blocks = frozenset(block for block in BLOCKS if metadata.get(block) is not None)
    for block in blocks:
        values |= _named(metadata[block], BLOCK_FIELDS[block])
    return GivenPoint(point["meterEic"], point.get("meteringPointType"), values, blocks)


def _named(sent: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    return {fields[name]: None if value == "" else value for name, value in sent.items() if name in fields}


def saved_form(point: Point) -> dict[str, Any]:
    """Give a point in the form of `POST /meter`, as it is kept in versions and changes, without what is not set."""
    location = _written(point, LOCATION_FIELDS)
    if point.coordinate_system is not None:
        location[COORDINATES] = _written(point, COORDINATE_FIELDS)
    return {
        "meteringPoint": {
            "meterEic": point.eic,
            "meteringType": str(point.metering_type),
            "meteringPointType": str(point.type),
        },
        LOCATION: location,
        point.block: _written(point, BLOCK_FIELDS[point.block]),
    }


def told_form(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a point's saved form into that of `PUT /meter`, in which it is told and answered: without its type.

    The fields stand in the order of the seeds' example, in whatever order the database gave them back.
    """
    told = {"meteringPoint": _in_order(saved["meteringPoint"], ("meterEic", "meteringType"))}
    location = _in_order(saved[LOCATION], (*LOCATION_FIELDS, COORDINATES))
    if COORDINATES in location:
        location[COORDINATES] = _in_order(location[COORDINATES], COORDINATE_FIELDS)
    told[LOCATION] = location
    return told | {block: _in_order(saved[block], BLOCK_FIELDS[block]) for block in BLOCKS if block in saved}


def _in_order(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _written(point: Point, fields: Mapping[str, str]) -> dict[str, Any]:
    values = ((name, getattr(point, attribute)) for name, attribute in fields.items())
    return {name: _plain(value) for name, value in values if value is not None}


def _plain(value: Any) -> Any:
    """Give a value as JSON has it: numbers without idle zeros (603.4, not 603.40), codes as their text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else float(value)
    return value if isinstance(value, int) else str(value)
