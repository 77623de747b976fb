"""The market's lists of codes. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import Literal

AgreementType = Literal[
    "GRID",
    "BORDER_GRID",
    "SUPPLY",
    "AGGREGATION",
    "PORTFOLIO_SUPPLIER",
    "NAMED_SUPPLIER",
    "JOINT_INVOICE",
    "BORDER_SUPPLY",
    "GENERAL_SERVICE",
]
ChangedEnquiryStatus = Literal["OPEN", "CANCEL"]
CommodityType = Literal["ELECTRICITY", "NATURAL_GAS"]
ConnectionState = Literal["CONNECTED", "DISCONNECTED"]
ConsumptionScale = Literal["SMALL", "LARGE"]
ContentMissingReason = Literal[
    "The path value is null",
    "File not found at the specified path",
    "Unexpected error while getting file from MinIO",
]
CoordinateSystem = Literal["WGS84", "LEST97"]
CustomerType = Literal["PHYSICAL_PERSON", "LEGAL_PERSON", "ORGANIZATION"]
Direction = Literal["IN", "OUT"]
DocumentStatus = Literal["PROCESSING", "SUCCESSFUL", "ERROR"]
ElectricityCustomerType = Literal[
    "CONSUMER",
    "GRID_OPERATOR",
    "PRODUCER",
    "MICRO",
    "LINE_OPERATOR",
    "ENERGY_STORAGE_UNIT",
    "CHARGING_POINT_OPERATOR",
]
ElectricityResolution = Literal["PT15M", "PT1H"]
EnquiryResponseStatus = Literal["OPEN", "CLOSE"]
EnquiryStatus = Literal["OPEN", "CLOSE", "CANCEL"]
ExtensionType = Literal["COUNTRY", "ISSUER"]
FilterType = Literal["EQUALS", "GREATER_THAN", "LESS_THAN", "GREATER_THAN_OR_EQUALS", "LESS_THAN_OR_EQUALS"]
FoundCustomerType = Literal["PHYSICAL_PERSON", "LEGAL_PERSON", "ORGANIZATION", "MARKET_PARTICIPANT"]
IdentityType = Literal["EIC", "PERSONAL_ID", "COMPANY_ID", "DOCUMENT_ID", "EMBASSY_ID"]
MarketParticipantRole = Literal[
    "GRID_OPERATOR",
    "CLOSED_DISTRIBUTION_NETWORK",
    "LINE_OPERATOR",
    "PRODUCER_OPERATOR",
    "CHARGING_POINT_OPERATOR",
    "STORAGE_OPERATOR",
    "GAS_STATION_OPERATOR",
    "OPEN_SUPPLIER",
    "AGGREGATOR",
    "ENERGY_SERVICE_PROVIDER",
]
MeasurementUnit = Literal["KWH", "M3"]
MetadataType = Literal[
    "FIRST_NAME",
    "LAST_NAME",
    "COMPANY_NAME",
    "ORGANIZATION_NAME",
    "PHONE",
    "MOBILE_PHONE",
    "EMAIL",
    "BILLING_ADDRESS",
    "BILLING_BANK_NAME",
    "BILLING_BANK_ACCOUNT",
    "BILLING_METHOD",
]
MeteringPointType = Literal["REGULAR", "INTERNAL", "BORDER", "AGGREGATION"]
MeteringType = Literal["REMOTE_READING", "NON_REMOTE_READING", "VIRTUAL"]
NaturalGasCustomerType = Literal[
    "CONSUMER",
    "CONSUMER_2",
    "GRID_OPERATOR",
    "PRODUCER",
    "PROTECTED",
    "PROTECTED_OTHER",
    "GENERAL_INTEREST_SERVICE_PROVIDER",
    "POWER_PRODUCER_FROM_GAS",
    "LNG_OPERATOR",
]
NaturalGasResolution = Literal["PT1H", "P1D"]
NewIdentityType = Literal["PERSONAL_ID", "COMPANY_ID", "DOCUMENT_ID", "EMBASSY_ID"]
ProductionSource = Literal[
    "SOLAR",
    "WIND",
    "HYDRO",
    "BIOGAS",
    "BIOMASS",
    "NATURAL_GAS",
    "OIL_SHALE",
    "OTHER_RENEWABLE",
    "OTHER_NON_RENEWABLE",
]
Purpose = Literal[
    "ENERGY_SUPPLY_OFFER",
    "AGGREGATION_OFFER",
    "ENERGY_MANAGEMENT",
    "ENERGY_EFFICIENCY",
    "FLEXIBILITY",
    "CARBON_ACCOUNTING",
    "RESEARCH",
]
ReadingType = Literal["E", "M"]
RequestReason = Literal["DEBT", "DEBT_PAID", "NEW_AGREEMENT"]
RequestedConnectionState = Literal["CONNECTED", "DISCONNECTED", "CANCELLED"]
Resolution = Literal["PT15M", "PT1H", "P1D"]
ResourceType = Literal["METERING_POINT", "METERING_DATA", "NETWORK_BILL", "CUSTOMER_DATA", "AGREEMENT", "PERMISSION"]
ResponseConnectionState = Literal["PLANNED", "REFUSED", "CONNECTED", "DISCONNECTED"]
ResponseReason = Literal[
    "FAULT",
    "NO_AGREEMENT",
    "AGREEMENT_END",
    "NO_SPR_MP",
    "GO_DISCONNECTED",
    "CANCELLED_ORDER",
    "NO_CANCEL",
]
SearchedIdentityType = Literal["NAME", "EIC", "PERSONAL_ID", "COMPANY_ID", "DOCUMENT_ID", "EMBASSY_ID"]
SourceType = Literal["OWNERSHIP", "AGREEMENT", "BALANCE_STATE", "PERMISSION"]
Topic = Literal["DATA", "INVOICE"]
