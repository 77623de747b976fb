"""The market's code lists, as `1-market.md` and the seeds name them.

Plain string enums, so that the rules can use them without Django; models take their `choices` from `choices()`.
"""

from enum import StrEnum
from functools import cache


def choices(codes: type[StrEnum]) -> list[tuple[str, str]]:
    """Give the codes of one list as Django field choices."""
    return [(code.value, code.value) for code in codes]


class Commodity(StrEnum):
    ELECTRICITY = "ELECTRICITY"
    NATURAL_GAS = "NATURAL_GAS"


class PartyType(StrEnum):
    PHYSICAL_PERSON = "PHYSICAL_PERSON"
    LEGAL_PERSON = "LEGAL_PERSON"
    ORGANIZATION = "ORGANIZATION"
    MARKET_PARTICIPANT = "MARKET_PARTICIPANT"


class IdentityType(StrEnum):
    PERSONAL_ID = "PERSONAL_ID"
    COMPANY_ID = "COMPANY_ID"
    DOCUMENT_ID = "DOCUMENT_ID"
    EMBASSY_ID = "EMBASSY_ID"


class CustomerType(StrEnum):
    """The types of party that participants register; a market participant is registered by the hub's staff."""

    PHYSICAL_PERSON = "PHYSICAL_PERSON"
    LEGAL_PERSON = "LEGAL_PERSON"
    ORGANIZATION = "ORGANIZATION"

    @property
    def as_party_type(self) -> PartyType:
        """The same among all types of party."""
        return PartyType(self.value)


class CustomerIdentityType(StrEnum):
    """By what a customer is named: the hub's code for it, or one by which it is known outside the hub."""

    EIC = "EIC"
    PERSONAL_ID = "PERSONAL_ID"
    COMPANY_ID = "COMPANY_ID"
    DOCUMENT_ID = "DOCUMENT_ID"
    EMBASSY_ID = "EMBASSY_ID"


class CustomerCriterion(StrEnum):
    """By what a customer is searched."""

    NAME = "NAME"
    EIC = "EIC"
    PERSONAL_ID = "PERSONAL_ID"
    COMPANY_ID = "COMPANY_ID"
    DOCUMENT_ID = "DOCUMENT_ID"
    EMBASSY_ID = "EMBASSY_ID"


class ExtensionType(StrEnum):
    """What is said beside an identity's value."""

    COUNTRY = "COUNTRY"
    ISSUER = "ISSUER"


class MetadataType(StrEnum):
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    COMPANY_NAME = "COMPANY_NAME"
    ORGANIZATION_NAME = "ORGANIZATION_NAME"
    PHONE = "PHONE"
    MOBILE_PHONE = "MOBILE_PHONE"
    EMAIL = "EMAIL"
    BILLING_ADDRESS = "BILLING_ADDRESS"
    BILLING_BANK_NAME = "BILLING_BANK_NAME"
    BILLING_BANK_ACCOUNT = "BILLING_BANK_ACCOUNT"
    BILLING_METHOD = "BILLING_METHOD"


class Role(StrEnum):
    """Market roles."""

    GRID_OPERATOR = "GRID_OPERATOR"
    CLOSED_DISTRIBUTION_NETWORK = "CLOSED_DISTRIBUTION_NETWORK"
    LINE_OPERATOR = "LINE_OPERATOR"
    PRODUCER_OPERATOR = "PRODUCER_OPERATOR"
    CHARGING_POINT_OPERATOR = "CHARGING_POINT_OPERATOR"
    STORAGE_OPERATOR = "STORAGE_OPERATOR"
    GAS_STATION_OPERATOR = "GAS_STATION_OPERATOR"
    OPEN_SUPPLIER = "OPEN_SUPPLIER"
    AGGREGATOR = "AGGREGATOR"
    ENERGY_SERVICE_PROVIDER = "ENERGY_SERVICE_PROVIDER"


class Permission(StrEnum):
    ADMIN = "ADMIN"
    VIEWER_METERING_POINT = "VIEWER_METERING_POINT"
    EDITOR_METERING_POINT = "EDITOR_METERING_POINT"
    VIEWER_METERING_DATA = "VIEWER_METERING_DATA"
    EDITOR_METERING_DATA = "EDITOR_METERING_DATA"
    VIEWER_AGREEMENT = "VIEWER_AGREEMENT"
    EDITOR_AGREEMENT = "EDITOR_AGREEMENT"
    VIEWER_CUSTOMER = "VIEWER_CUSTOMER"
    EDITOR_CUSTOMER = "EDITOR_CUSTOMER"
    EDITOR_NETWORK_BILL = "EDITOR_NETWORK_BILL"
    VIEWER_CONNECTION_STATE = "VIEWER_CONNECTION_STATE"
    EDITOR_CONNECTION_STATE = "EDITOR_CONNECTION_STATE"
    VIEWER_DIRECT_MESSAGE = "VIEWER_DIRECT_MESSAGE"
    EDITOR_DIRECT_MESSAGE = "EDITOR_DIRECT_MESSAGE"
    VIEWER_PERMISSION = "VIEWER_PERMISSION"
    VIEWER_DATA_DISTRIBUTION = "VIEWER_DATA_DISTRIBUTION"
    EDITOR_AUTHORIZATION = "EDITOR_AUTHORIZATION"

    @cache
    def granted_by(self) -> frozenset["Permission"]:
        """Give the permissions that include this one: itself, its EDITOR for a VIEWER, and ADMIN."""
        wider = {self, Permission.ADMIN}
        if self.value.startswith("VIEWER_"):
            editor = self.value.replace("VIEWER_", "EDITOR_", 1)
            wider |= {p for p in Permission if p.value == editor}
        return frozenset(wider)


class MeteringType(StrEnum):
    REMOTE_READING = "REMOTE_READING"
    NON_REMOTE_READING = "NON_REMOTE_READING"
    VIRTUAL = "VIRTUAL"


class MeteringPointType(StrEnum):
    REGULAR = "REGULAR"
    INTERNAL = "INTERNAL"
    BORDER = "BORDER"
    AGGREGATION = "AGGREGATION"


class CoordinateSystem(StrEnum):
    WGS84 = "WGS84"
    LEST97 = "LEST97"


class ConsumptionScale(StrEnum):
    SMALL = "SMALL"
    LARGE = "LARGE"


class ConnectionState(StrEnum):
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


class Resolution(StrEnum):
    PT15M = "PT15M"
    PT1H = "PT1H"
    P1D = "P1D"


class ElectricityResolution(StrEnum):
    PT15M = "PT15M"
    PT1H = "PT1H"


class GasResolution(StrEnum):
    PT1H = "PT1H"
    P1D = "P1D"


class ElectricityCustomerType(StrEnum):
    CONSUMER = "CONSUMER"
    GRID_OPERATOR = "GRID_OPERATOR"
    PRODUCER = "PRODUCER"
    MICRO = "MICRO"
    LINE_OPERATOR = "LINE_OPERATOR"
    ENERGY_STORAGE_UNIT = "ENERGY_STORAGE_UNIT"
    CHARGING_POINT_OPERATOR = "CHARGING_POINT_OPERATOR"


class GasCustomerType(StrEnum):
    CONSUMER = "CONSUMER"
    CONSUMER_2 = "CONSUMER_2"
    GRID_OPERATOR = "GRID_OPERATOR"
    PRODUCER = "PRODUCER"
    PROTECTED = "PROTECTED"
    PROTECTED_OTHER = "PROTECTED_OTHER"
    GENERAL_INTEREST_SERVICE_PROVIDER = "GENERAL_INTEREST_SERVICE_PROVIDER"
    POWER_PRODUCER_FROM_GAS = "POWER_PRODUCER_FROM_GAS"
    LNG_OPERATOR = "LNG_OPERATOR"


class ElectricityProductionSource(StrEnum):
    SOLAR = "SOLAR"
    WIND = "WIND"
    HYDRO = "HYDRO"
    BIOGAS = "BIOGAS"
    BIOMASS = "BIOMASS"
    NATURAL_GAS = "NATURAL_GAS"
    OIL_SHALE = "OIL_SHALE"
    OTHER_RENEWABLE = "OTHER_RENEWABLE"
    OTHER_NON_RENEWABLE = "OTHER_NON_RENEWABLE"


class GasProductionSource(StrEnum):
    BIOGAS = "BIOGAS"


class ReadingType(StrEnum):
    ESTIMATED = "E"
    METERED = "M"


class Direction(StrEnum):
    """Into the grid (production) and out of it (consumption)."""

    IN = "IN"
    OUT = "OUT"


class MeasurementUnit(StrEnum):
    """What network bills count in."""

    KWH = "KWH"
    M3 = "M3"


class DocumentStatus(StrEnum):
    PROCESSING = "PROCESSING"
    SUCCESSFUL = "SUCCESSFUL"
    ERROR = "ERROR"


class AgreementType(StrEnum):
    GRID = "GRID"
    BORDER_GRID = "BORDER_GRID"
    SUPPLY = "SUPPLY"
    AGGREGATION = "AGGREGATION"
    PORTFOLIO_SUPPLIER = "PORTFOLIO_SUPPLIER"
    NAMED_SUPPLIER = "NAMED_SUPPLIER"
    JOINT_INVOICE = "JOINT_INVOICE"
    BORDER_SUPPLY = "BORDER_SUPPLY"
    GENERAL_SERVICE = "GENERAL_SERVICE"


class AuthorizationPurpose(StrEnum):
    """What a customer gives a participant access for; the first two are those of a supplier and of an aggregator."""

    ENERGY_SUPPLY_OFFER = "ENERGY_SUPPLY_OFFER"
    AGGREGATION_OFFER = "AGGREGATION_OFFER"
    ENERGY_MANAGEMENT = "ENERGY_MANAGEMENT"
    ENERGY_EFFICIENCY = "ENERGY_EFFICIENCY"
    FLEXIBILITY = "FLEXIBILITY"
    CARBON_ACCOUNTING = "CARBON_ACCOUNTING"
    RESEARCH = "RESEARCH"


class ResourceType(StrEnum):
    """What a distribution message tells of."""

    METERING_POINT = "METERING_POINT"
    METERING_DATA = "METERING_DATA"
    NETWORK_BILL = "NETWORK_BILL"
    CUSTOMER_DATA = "CUSTOMER_DATA"
    AGREEMENT = "AGREEMENT"
    PERMISSION = "PERMISSION"


class SourceType(StrEnum):
    """The ground on which a participant may see a metering point, its readings and agreements."""

    OWNERSHIP = "OWNERSHIP"
    AGREEMENT = "AGREEMENT"
    BALANCE_STATE = "BALANCE_STATE"
    PERMISSION = "PERMISSION"


ELECTRICITY_ONLY_ROLES = frozenset(
    {Role.CLOSED_DISTRIBUTION_NETWORK, Role.LINE_OPERATOR, Role.CHARGING_POINT_OPERATOR, Role.AGGREGATOR}
)

METERING_POINT_OPERATOR_ROLES = frozenset(
    {
        Role.GRID_OPERATOR,
        Role.CLOSED_DISTRIBUTION_NETWORK,
        Role.LINE_OPERATOR,
        Role.PRODUCER_OPERATOR,
        Role.CHARGING_POINT_OPERATOR,
        Role.AGGREGATOR,
    }
)
