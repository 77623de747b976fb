"""The bodies of `/meter` and `/meter/search`. Source: `2-wire.md`, "Services"; `1-market.md`, "Metering points"."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from rest_framework import serializers

from datahub import market
from datahub.errors import codes
from datahub.metering.point_form import LONGEST_POSTCODE, LONGEST_TEXT
from datahub.parties import eic
from datahub.wire.fields import (
    Body,
    CodeField,
    EicField,
    ExactDecimalField,
    LinesField,
    PageAnswer,
    PaginationField,
    Wrong,
    shown,
)

_LARGEST_ADR_ID = 2**53 - 1  # what every JSON reader keeps exactly
_OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}


def _text(max_length: int = LONGEST_TEXT, kind: type[serializers.CharField] = serializers.CharField) -> Any:
    return kind(max_length=max_length, allow_blank=True, **_OPTIONAL)


class CapacityField(ExactDecimalField):
    """A power (kW) or an energy (kWh) with two decimals, not negative."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        """Give the number as it was sent, or raise Wrong."""
        if Decimal(data) < 0:
            raise Wrong(codes.FIELD_VALUE_CANNOT_BE_NEGATIVE, shown(data))
        return super().to_internal_value(data)


class CoordinateField(ExactDecimalField):
    """One number of a coordinate. What a double cannot keep exactly is refused rather than changed."""

    DECIMALS_ALWAYS_EXACT = 8

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=22, decimal_places=15, **options)

    def to_internal_value(self, data: Any) -> float:  # type: ignore[override]  # kept as a double
        """Give the number as a double of the same value, or raise Wrong."""
        value = super().to_internal_value(data)
        if Decimal(repr(float(value))) != value:
            raise Wrong(codes.TOO_MANY_DECIMALS, shown(data), self.DECIMALS_ALWAYS_EXACT)
        return float(value)


class _AllOptional(Body):
    """A body of which any part may be left out."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Make every field optional but the code that names the point."""
        fields = dict(super().get_fields())
        for name, field in fields.items():
            field.required = name == "meterEic"
        return fields


# --- POST /meter ----------------------------------------------------------------------------------------------------
class NewMeteringPoint(Body):
    meterEic = EicField(kind=eic.METERING_POINT)
    meteringType = CodeField(market.MeteringType)
    meteringPointType = CodeField(market.MeteringPointType)


class Coordinates(Body):
    coordinateSystem = CodeField(market.CoordinateSystem)
    latitude = CoordinateField(help_text="WGS84: degrees; LEST97: metres, the northing (x). Inside Estonia.")
    longitude = CoordinateField(help_text="WGS84: degrees; LEST97: metres, the easting (y). Inside Estonia.")


class MeterLocation(Body):
    adrId = serializers.IntegerField(
        min_value=1,
        max_value=_LARGEST_ADR_ID,
        help_text="The address's id in the national register; else county and municipality are required.",
        **_OPTIONAL,
    )
    comment = _text(kind=LinesField)
    county = _text()
    municipality = _text()
    locality = _text()
    streetAddress = _text()
    postcode = _text(LONGEST_POSTCODE)
    coordinates = Coordinates(**_OPTIONAL)


class _ElectricityCodes(Body):
    consumptionScale = CodeField(market.ConsumptionScale)
    connectionState = CodeField(market.ConnectionState)
    resolution = CodeField(market.ElectricityResolution)
    customerType = CodeField(market.ElectricityCustomerType)
    production = serializers.BooleanField()
    productionSource = CodeField(
        market.ElectricityProductionSource, help_text="Required when production, else left out.", **_OPTIONAL
    )
    transmissionNetworkEic = EicField(kind=eic.AREA)
    apartmentAssociation = serializers.BooleanField()
    isolatedMeteringPoint = serializers.BooleanField()
    electricalHeating = serializers.BooleanField()
    chargingPoint = serializers.BooleanField()


class ElectricityCharacteristics(_ElectricityCodes):
    storageCapacity = CapacityField(help_text="kW", **_OPTIONAL)
    storageEnergy = CapacityField(help_text="kWh", **_OPTIONAL)
    productionCapacity = CapacityField(help_text="kW", **_OPTIONAL)
    transmissionCapacity = CapacityField(help_text="kW", **_OPTIONAL)


class NaturalGasCharacteristics(Body):
    consumptionScale = CodeField(market.ConsumptionScale)
    connectionState = CodeField(market.ConnectionState)
    resolution = CodeField(market.GasResolution)
    customerType = CodeField(market.GasCustomerType)
    production = serializers.BooleanField()
    productionSource = CodeField(
        market.GasProductionSource, help_text="Required when production, else left out.", **_OPTIONAL
    )
    transmissionNetworkEic = EicField(kind=eic.AREA)
    apartmentAssociation = serializers.BooleanField()


class AggregatorCharacteristics(Body):
    parentMeterEic = EicField(kind=eic.METERING_POINT)


class NewMeterMetadata(Body):
    """Exactly the block of characteristics that fits the commodity of the context and the type."""

    meteringPoint = NewMeteringPoint()
    meterLocation = MeterLocation()
    electricityCharacteristics = ElectricityCharacteristics(required=False)
    naturalGasCharacteristics = NaturalGasCharacteristics(required=False)
    aggregatorCharacteristics = AggregatorCharacteristics(required=False)


class MeterRegistration(Body):
    meterMetadata = NewMeterMetadata()


# --- PUT /meter -----------------------------------------------------------------------------------------------------
class ChangedMeteringPoint(_AllOptional, NewMeteringPoint):
    """The type may be left out; it never changes."""


class ChangedCoordinates(_AllOptional, Coordinates):
    """What is left out stays."""


class ChangedMeterLocation(MeterLocation):
    """What is left out stays; null removes it."""

    coordinates = ChangedCoordinates(**_OPTIONAL)


class ChangedElectricityCharacteristics(_AllOptional, ElectricityCharacteristics):
    """What is left out stays; null removes an optional value. Without production there is no productionSource."""


class ChangedNaturalGasCharacteristics(_AllOptional, NaturalGasCharacteristics):
    """What is left out stays. Without production there is no productionSource."""


class ChangedAggregatorCharacteristics(_AllOptional, AggregatorCharacteristics):
    """The parent never changes."""


class ChangedMeterMetadata(Body):
    meteringPoint = ChangedMeteringPoint()
    meterLocation = ChangedMeterLocation(required=False)
    electricityCharacteristics = ChangedElectricityCharacteristics(required=False)
    naturalGasCharacteristics = ChangedNaturalGasCharacteristics(required=False)
    aggregatorCharacteristics = ChangedAggregatorCharacteristics(required=False)


class MeterChange(Body):
    meterMetadata = ChangedMeterMetadata()


# --- POST /meter/search ---------------------------------------------------------------------------------------------
class Comparison(StrEnum):
    EQUALS = "EQUALS"
    GREATER_THAN = "GREATER_THAN"
    LESS_THAN = "LESS_THAN"
    GREATER_THAN_OR_EQUALS = "GREATER_THAN_OR_EQUALS"
    LESS_THAN_OR_EQUALS = "LESS_THAN_OR_EQUALS"


class CapacityFilter(Body):
    filterValue = CapacityField()
    filterType = CodeField(Comparison)


class SearchedMeterCommon(Body):
    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    commodityType = CodeField(market.Commodity, required=False, help_text="That of the context.")
    meteringType = CodeField(market.MeteringType, required=False)
    meteringPointType = CodeField(market.MeteringPointType, required=False)
    ownerMarketRole = CodeField(market.Role, required=False)
    sourceType = serializers.ListField(
        child=CodeField(market.SourceType),
        required=False,
        allow_empty=False,
        max_length=len(market.SourceType),
        help_text="The grounds on which the points are seen; one of them is enough.",
    )


class SearchedElectricityCharacteristics(_AllOptional, _ElectricityCodes):
    storageCapacity = CapacityFilter()
    storageEnergy = CapacityFilter()
    productionCapacity = CapacityFilter()
    transmissionCapacity = CapacityFilter()


class SearchedNaturalGasCharacteristics(_AllOptional, NaturalGasCharacteristics):
    """Each given value must be the point's."""


class SearchedAggregatorCharacteristics(_AllOptional, AggregatorCharacteristics):
    """The aggregation points under a parent."""


class SearchedMeterLocation(Body):
    adrId = serializers.IntegerField(min_value=1, max_value=_LARGEST_ADR_ID, required=False)
    county = serializers.CharField(max_length=LONGEST_TEXT, required=False)
    municipality = serializers.CharField(max_length=LONGEST_TEXT, required=False)


class MeterAttributes(Body):
    """What the points must have; everything given must hold."""

    meterCommon = SearchedMeterCommon(required=False)
    electricityCharacteristics = SearchedElectricityCharacteristics(required=False)
    naturalGasCharacteristics = SearchedNaturalGasCharacteristics(required=False)
    aggregatorCharacteristics = SearchedAggregatorCharacteristics(required=False)
    meterLocation = SearchedMeterLocation(required=False)
    customerEic = EicField(
        required=False, help_text="The customer of the GRID agreement now, where the sender may know it."
    )


class MeterSearch(Body):
    meterAttributes = MeterAttributes(required=False)
    pagination = PaginationField()


class FoundMeteringPoint(NewMeteringPoint):
    commodityType = CodeField(market.Commodity)
    sourceType = serializers.ListField(child=CodeField(market.SourceType))
    version = serializers.IntegerField(min_value=1)


class FoundMeterMetadata(NewMeterMetadata):
    meteringPoint = FoundMeteringPoint()
    customerEic = EicField(required=False)


class MeterSearchAnswer(Body):
    meterMetadata = FoundMeterMetadata(many=True)
    pagination = PageAnswer()
