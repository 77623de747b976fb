"""What is said of metering points. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import Literal, NotRequired, TypedDict

from datahub_client.types.codes import (
    CommodityType,
    ConnectionState,
    ConsumptionScale,
    CoordinateSystem,
    ElectricityCustomerType,
    ElectricityResolution,
    FilterType,
    MarketParticipantRole,
    MeteringPointType,
    MeteringType,
    NaturalGasCustomerType,
    NaturalGasResolution,
    ProductionSource,
    SourceType,
)
from datahub_client.types.common import PageAnswer
from datahub_client.types.numbers import Number


class AggregatorCharacteristics(TypedDict):
    """The wire's AggregatorCharacteristics."""

    parentMeterEic: str


class CapacityFilter(TypedDict):
    """The wire's CapacityFilter."""

    filterType: FilterType
    filterValue: Number


class ChangedAggregatorCharacteristics(TypedDict):
    """The parent never changes."""

    parentMeterEic: NotRequired[str]


class ChangedCoordinates(TypedDict):
    """What is left out stays."""

    coordinateSystem: NotRequired[CoordinateSystem]
    latitude: NotRequired[Number]  # WGS84: degrees; LEST97: metres, the northing (x). Inside Estonia.
    longitude: NotRequired[Number]  # WGS84: degrees; LEST97: metres, the easting (y). Inside Estonia.


class ChangedElectricityCharacteristics(TypedDict):
    """What is left out stays; null removes an optional value. Without production there is no productionSource."""

    apartmentAssociation: NotRequired[bool]
    chargingPoint: NotRequired[bool]
    connectionState: NotRequired[ConnectionState]
    consumptionScale: NotRequired[ConsumptionScale]
    customerType: NotRequired[ElectricityCustomerType]
    electricalHeating: NotRequired[bool]
    isolatedMeteringPoint: NotRequired[bool]
    production: NotRequired[bool]
    productionCapacity: NotRequired[Number]  # kW
    productionSource: NotRequired[ProductionSource]  # Required when production, else left out.
    resolution: NotRequired[ElectricityResolution]
    storageCapacity: NotRequired[Number]  # kW
    storageEnergy: NotRequired[Number]  # kWh
    transmissionCapacity: NotRequired[Number]  # kW
    transmissionNetworkEic: NotRequired[str]


class ChangedMeterLocation(TypedDict):
    """What is left out stays; null removes it."""

    adrId: NotRequired[int]  # The address's id in the national register; else county and municipality are required.
    comment: NotRequired[str]
    coordinates: NotRequired[ChangedCoordinates]
    county: NotRequired[str]
    locality: NotRequired[str]
    municipality: NotRequired[str]
    postcode: NotRequired[str]
    streetAddress: NotRequired[str]


class ChangedMeteringPoint(TypedDict):
    """The type may be left out; it never changes."""

    meterEic: str
    meteringPointType: NotRequired[MeteringPointType]
    meteringType: NotRequired[MeteringType]


class ChangedNaturalGasCharacteristics(TypedDict):
    """What is left out stays. Without production there is no productionSource."""

    apartmentAssociation: NotRequired[bool]
    connectionState: NotRequired[ConnectionState]
    consumptionScale: NotRequired[ConsumptionScale]
    customerType: NotRequired[NaturalGasCustomerType]
    production: NotRequired[bool]
    productionSource: NotRequired[Literal["BIOGAS"]]  # Required when production, else left out.
    resolution: NotRequired[NaturalGasResolution]
    transmissionNetworkEic: NotRequired[str]


class ChangedMeterMetadata(TypedDict):
    """The wire's ChangedMeterMetadata."""

    aggregatorCharacteristics: NotRequired[ChangedAggregatorCharacteristics]
    electricityCharacteristics: NotRequired[ChangedElectricityCharacteristics]
    meterLocation: NotRequired[ChangedMeterLocation]
    meteringPoint: ChangedMeteringPoint
    naturalGasCharacteristics: NotRequired[ChangedNaturalGasCharacteristics]


class Coordinates(TypedDict):
    """The wire's Coordinates."""

    coordinateSystem: CoordinateSystem
    latitude: Number  # WGS84: degrees; LEST97: metres, the northing (x). Inside Estonia.
    longitude: Number  # WGS84: degrees; LEST97: metres, the easting (y). Inside Estonia.


class ElectricityCharacteristics(TypedDict):
    """The wire's ElectricityCharacteristics."""

    apartmentAssociation: bool
    chargingPoint: bool
    connectionState: ConnectionState
    consumptionScale: ConsumptionScale
    customerType: ElectricityCustomerType
    electricalHeating: bool
    isolatedMeteringPoint: bool
    production: bool
    productionCapacity: NotRequired[Number]  # kW
    productionSource: NotRequired[ProductionSource]  # Required when production, else left out.
    resolution: ElectricityResolution
    storageCapacity: NotRequired[Number]  # kW
    storageEnergy: NotRequired[Number]  # kWh
    transmissionCapacity: NotRequired[Number]  # kW
    transmissionNetworkEic: str


class MeterLocation(TypedDict):
    """The wire's MeterLocation."""

    adrId: NotRequired[int]  # The address's id in the national register; else county and municipality are required.
    comment: NotRequired[str]
    coordinates: NotRequired[Coordinates]
    county: NotRequired[str]
    locality: NotRequired[str]
    municipality: NotRequired[str]
    postcode: NotRequired[str]
    streetAddress: NotRequired[str]


class FoundMeteringPoint(TypedDict):
    """The wire's FoundMeteringPoint."""

    commodityType: CommodityType
    meterEic: str
    meteringPointType: MeteringPointType
    meteringType: MeteringType
    sourceType: list[SourceType]
    version: int


class NaturalGasCharacteristics(TypedDict):
    """The wire's NaturalGasCharacteristics."""

    apartmentAssociation: bool
    connectionState: ConnectionState
    consumptionScale: ConsumptionScale
    customerType: NaturalGasCustomerType
    production: bool
    productionSource: NotRequired[Literal["BIOGAS"]]  # Required when production, else left out.
    resolution: NaturalGasResolution
    transmissionNetworkEic: str


class FoundMeterMetadata(TypedDict):
    """The wire's FoundMeterMetadata."""

    aggregatorCharacteristics: NotRequired[AggregatorCharacteristics]
    customerEic: NotRequired[str]
    electricityCharacteristics: NotRequired[ElectricityCharacteristics]
    meterLocation: MeterLocation
    meteringPoint: FoundMeteringPoint
    naturalGasCharacteristics: NotRequired[NaturalGasCharacteristics]


class SearchedAggregatorCharacteristics(TypedDict):
    """The aggregation points under a parent."""

    parentMeterEic: NotRequired[str]


class SearchedElectricityCharacteristics(TypedDict):
    """The wire's SearchedElectricityCharacteristics."""

    apartmentAssociation: NotRequired[bool]
    chargingPoint: NotRequired[bool]
    connectionState: NotRequired[ConnectionState]
    consumptionScale: NotRequired[ConsumptionScale]
    customerType: NotRequired[ElectricityCustomerType]
    electricalHeating: NotRequired[bool]
    isolatedMeteringPoint: NotRequired[bool]
    production: NotRequired[bool]
    productionCapacity: NotRequired[CapacityFilter]
    productionSource: NotRequired[ProductionSource]  # Required when production, else left out.
    resolution: NotRequired[ElectricityResolution]
    storageCapacity: NotRequired[CapacityFilter]
    storageEnergy: NotRequired[CapacityFilter]
    transmissionCapacity: NotRequired[CapacityFilter]
    transmissionNetworkEic: NotRequired[str]


class SearchedMeterCommon(TypedDict):
    """The wire's SearchedMeterCommon."""

    commodityType: NotRequired[CommodityType]  # That of the context.
    meterEic: NotRequired[str]
    meteringPointType: NotRequired[MeteringPointType]
    meteringType: NotRequired[MeteringType]
    ownerMarketRole: NotRequired[MarketParticipantRole]
    sourceType: NotRequired[list[SourceType]]  # The grounds on which the points are seen; one of them is enough.


class SearchedMeterLocation(TypedDict):
    """The wire's SearchedMeterLocation."""

    adrId: NotRequired[int]
    county: NotRequired[str]
    municipality: NotRequired[str]


class SearchedNaturalGasCharacteristics(TypedDict):
    """Each given value must be the point's."""

    apartmentAssociation: NotRequired[bool]
    connectionState: NotRequired[ConnectionState]
    consumptionScale: NotRequired[ConsumptionScale]
    customerType: NotRequired[NaturalGasCustomerType]
    production: NotRequired[bool]
    productionSource: NotRequired[Literal["BIOGAS"]]  # Required when production, else left out.
    resolution: NotRequired[NaturalGasResolution]
    transmissionNetworkEic: NotRequired[str]


class MeterAttributes(TypedDict):
    """What the points must have; everything given must hold."""

    aggregatorCharacteristics: NotRequired[SearchedAggregatorCharacteristics]
    customerEic: NotRequired[str]  # The customer of the GRID agreement now, where the sender may know it.
    electricityCharacteristics: NotRequired[SearchedElectricityCharacteristics]
    meterCommon: NotRequired[SearchedMeterCommon]
    meterLocation: NotRequired[SearchedMeterLocation]
    naturalGasCharacteristics: NotRequired[SearchedNaturalGasCharacteristics]


class MeterChange(TypedDict):
    """The wire's MeterChange."""

    meterMetadata: ChangedMeterMetadata


class NewMeteringPoint(TypedDict):
    """The wire's NewMeteringPoint."""

    meterEic: str
    meteringPointType: MeteringPointType
    meteringType: MeteringType


class NewMeterMetadata(TypedDict):
    """Exactly the block of characteristics that fits the commodity of the context and the type."""

    aggregatorCharacteristics: NotRequired[AggregatorCharacteristics]
    electricityCharacteristics: NotRequired[ElectricityCharacteristics]
    meterLocation: MeterLocation
    meteringPoint: NewMeteringPoint
    naturalGasCharacteristics: NotRequired[NaturalGasCharacteristics]


class MeterRegistration(TypedDict):
    """The wire's MeterRegistration."""

    meterMetadata: NewMeterMetadata


class MeterSearchAnswer(TypedDict):
    """The wire's MeterSearchAnswer."""

    meterMetadata: list[FoundMeterMetadata]
    pagination: PageAnswer
