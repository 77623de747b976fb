"""The words of the longer code lists: roles and permissions, agreements, metering points, customers, who saw what."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datahub import market
from distribution.selectors import tracker

Words = Mapping[type[StrEnum], Mapping[str, str | Promise]]

ROLES: Words = {
    market.Role: {
        "GRID_OPERATOR": _("Grid operator"),
        "CLOSED_DISTRIBUTION_NETWORK": _("Closed distribution network"),
        "LINE_OPERATOR": _("Line operator"),
        "PRODUCER_OPERATOR": pgettext_lazy("role", "Producer"),
        "CHARGING_POINT_OPERATOR": _("Charging point operator"),
        "STORAGE_OPERATOR": _("Storage operator"),
        "GAS_STATION_OPERATOR": _("Gas station operator"),
        "OPEN_SUPPLIER": _("Open supplier"),
        "AGGREGATOR": _("Aggregator"),
        "ENERGY_SERVICE_PROVIDER": _("Energy service provider"),
    },
    market.Commodity: {"ELECTRICITY": _("Electricity"), "NATURAL_GAS": _("Natural gas")},
    market.Permission: {
        "ADMIN": _("Administrator"),
        "VIEWER_METERING_POINT": _("See metering points"),
        "EDITOR_METERING_POINT": _("Add and change metering points"),
        "VIEWER_METERING_DATA": _("See readings"),
        "EDITOR_METERING_DATA": _("Send readings"),
        "VIEWER_AGREEMENT": _("See agreements"),
        "EDITOR_AGREEMENT": _("Add and change agreements"),
        "VIEWER_CUSTOMER": _("See customers"),
        "EDITOR_CUSTOMER": _("Add and change customers"),
        "EDITOR_NETWORK_BILL": _("Send network bills"),
        "VIEWER_CONNECTION_STATE": _("See connection requests"),
        "EDITOR_CONNECTION_STATE": _("Send and answer connection requests"),
        "VIEWER_DIRECT_MESSAGE": _("See enquiries"),
        "EDITOR_DIRECT_MESSAGE": _("Send and answer enquiries"),
        "VIEWER_PERMISSION": _("See customers’ authorizations"),
        "VIEWER_DATA_DISTRIBUTION": _("See the distribution"),
        "EDITOR_AUTHORIZATION": _("Manage users"),
    },
}

AGREEMENT_TYPES: Words = {
    market.AgreementType: {
        "GRID": _("Grid agreement"),
        "BORDER_GRID": _("Border grid agreement"),
        "SUPPLY": _("Supply agreement"),
        "AGGREGATION": _("Aggregation agreement"),
        "PORTFOLIO_SUPPLIER": _("Portfolio agreement"),
        "NAMED_SUPPLIER": _("Named supplier agreement"),
        "JOINT_INVOICE": _("Joint invoice agreement"),
        "BORDER_SUPPLY": _("Border supply agreement"),
        "GENERAL_SERVICE": _("General service"),
    },
}

_RESOLUTIONS = {"PT15M": _("Quarter-hour"), "PT1H": _("Hour"), "P1D": _("Day")}
_SOURCES = {
    "SOLAR": pgettext_lazy("source of production", "Solar"),
    "WIND": _("Wind"),
    "HYDRO": _("Hydro"),
    "BIOGAS": _("Biogas"),
    "BIOMASS": _("Biomass"),
    "NATURAL_GAS": _("Natural gas"),
    "OIL_SHALE": _("Oil shale"),
    "OTHER_RENEWABLE": _("Other renewable"),
    "OTHER_NON_RENEWABLE": _("Other non-renewable"),
}
POINTS: Words = {
    market.MeteringType: {
        "REMOTE_READING": _("Read remotely"),
        "NON_REMOTE_READING": _("Read on site"),
        "VIRTUAL": _("Virtual"),
    },
    market.MeteringPointType: {
        "REGULAR": _("Regular"),
        "INTERNAL": _("Internal"),
        "BORDER": _("Border point"),
        "AGGREGATION": _("Aggregation point"),
    },
    market.CoordinateSystem: {"WGS84": _("WGS 84"), "LEST97": _("L-EST97")},
    market.ConsumptionScale: {"SMALL": _("Small consumer"), "LARGE": _("Large consumer")},
    market.ConnectionState: {
        "CONNECTED": pgettext_lazy("state", "Connected"),
        "DISCONNECTED": pgettext_lazy("state", "Disconnected"),
    },
    market.Resolution: _RESOLUTIONS,
    market.ElectricityResolution: _RESOLUTIONS,
    market.GasResolution: _RESOLUTIONS,
    market.ElectricityCustomerType: {
        "CONSUMER": _("Consumer"),
        "GRID_OPERATOR": _("Grid operator"),
        "PRODUCER": pgettext_lazy("role", "Producer"),
        "MICRO": _("Micro-producer"),
        "LINE_OPERATOR": _("Line operator"),
        "ENERGY_STORAGE_UNIT": _("Energy storage unit"),
        "CHARGING_POINT_OPERATOR": _("Charging point operator"),
    },
    market.GasCustomerType: {
        "CONSUMER": _("Consumer"),
        "CONSUMER_2": _("Consumer 2"),
        "GRID_OPERATOR": _("Grid operator"),
        "PRODUCER": pgettext_lazy("role", "Producer"),
        "PROTECTED": _("Protected consumer"),
        "PROTECTED_OTHER": _("Other protected consumer"),
        "GENERAL_INTEREST_SERVICE_PROVIDER": _("Provider of a service of general interest"),
        "POWER_PRODUCER_FROM_GAS": _("Power producer from gas"),
        "LNG_OPERATOR": _("LNG operator"),
    },
    market.ElectricityProductionSource: _SOURCES,
    market.GasProductionSource: _SOURCES,
    market.ReadingType: {"E": _("Estimated"), "M": _("Metered")},
    market.Direction: {"IN": _("Production"), "OUT": _("Consumption")},
    market.MeasurementUnit: {"KWH": _("kWh"), "M3": _("m³")},
}

_PARTIES = {
    "PHYSICAL_PERSON": _("Private person"),
    "LEGAL_PERSON": _("Company"),
    "ORGANIZATION": _("Organisation"),
    "MARKET_PARTICIPANT": _("Market participant"),
}
_IDENTITIES = {
    "NAME": _("Name"),
    "EIC": _("EIC code"),
    "PERSONAL_ID": _("Personal code"),
    "COMPANY_ID": _("Registry code"),
    "DOCUMENT_ID": _("Document number"),
    "EMBASSY_ID": _("Embassy's code"),
}
CUSTOMERS: Words = {
    market.PartyType: _PARTIES,
    market.CustomerType: _PARTIES,
    market.IdentityType: _IDENTITIES,
    market.CustomerIdentityType: _IDENTITIES,
    market.CustomerCriterion: _IDENTITIES,
    market.ExtensionType: {"COUNTRY": _("Country"), "ISSUER": _("Issuer")},
    market.MetadataType: {
        "FIRST_NAME": _("First name"),
        "LAST_NAME": _("Last name"),
        "COMPANY_NAME": _("Company name"),
        "ORGANIZATION_NAME": _("Organisation name"),
        "PHONE": _("Phone"),
        "MOBILE_PHONE": _("Mobile phone"),
        "EMAIL": _("E-mail address"),
        "BILLING_ADDRESS": _("Billing address"),
        "BILLING_BANK_NAME": _("Bank name"),
        "BILLING_BANK_ACCOUNT": _("Bank account (IBAN)"),
        "BILLING_METHOD": _("How bills are sent"),
    },
}
# Said to customers of their own data.
TRACKER: Words = {
    tracker.What: {
        "READINGS": _("Your readings of consumption and production"),
        "POINT": _("Details of your metering point"),
        "AGREEMENTS": _("Your agreements"),
        "AGREEMENTS_BEFORE": _("Which agreements you have, before making a new one"),
        "BILLS": _("Your network bills"),
        "CUSTOMER": _("Your name or contact details"),
        "AUTHORIZATIONS": _("The access that you have given"),
        "CONNECTION": _("Whether your agreements allow disconnecting or connecting you"),
        "EXCHANGES": _("What was asked about you, and answered: questions and requests to disconnect or connect"),
        "OTHER": _("Other data about you"),
    },
    tracker.Way: {
        "READ": pgettext_lazy("tracker", "It looked itself"),
        "SENT": pgettext_lazy("tracker", "The hub sent it"),
    },
}
