"""Bodies of metering points, agreements and network bills as participants send them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stdnum.eu import eic

from tests.contracts.readings import iso

_GAS = "38A-POHJAGAAS--"
GAS_NETWORK = _GAS + eic.calc_check_digit(_GAS)


def point_code(number: int, *, prefix: str = "38ZGO-1") -> str:
    """Make a metering point's code in a range of the cast."""
    # A code whose check character would be a dash is never given out.
    starts = (f"{prefix}{letter}{number:07d}" for letter in "TUV")
    return next(start + eic.calc_check_digit(start) for start in starts if eic.calc_check_digit(start) != "-")


def point(code: str, comment: str, *, kind: str = "REGULAR", commodity: str = "ELECTRICITY") -> dict[str, Any]:
    """Describe a point whole, as `POST /meter` takes it."""
    described = _electricity_point(code, comment, kind)
    if commodity == "NATURAL_GAS":
        block = described.pop("electricityCharacteristics")
        shared = ("consumptionScale", "connectionState", "customerType", "production", "apartmentAssociation")
        of_gas = {"resolution": "PT1H", "transmissionNetworkEic": GAS_NETWORK}
        described["naturalGasCharacteristics"] = {name: block[name] for name in shared} | of_gas
    return described


def _electricity_point(code: str, comment: str, kind: str) -> dict[str, Any]:
    return {
        "meteringPoint": {"meterEic": code, "meteringType": "REMOTE_READING", "meteringPointType": kind},
        "meterLocation": {"county": "Harju maakond", "municipality": "Tallinn", "comment": comment},
        "electricityCharacteristics": {
            "consumptionScale": "SMALL",
            "connectionState": "CONNECTED",
            "resolution": "PT15M",
            "customerType": "CONSUMER",
            "production": False,
            "transmissionNetworkEic": "38A-EE-98-4634-U",
            "apartmentAssociation": False,
            "isolatedMeteringPoint": False,
            "electricalHeating": False,
            "chargingPoint": False,
        },
    }


def aggregation_point(code: str, parent: str, comment: str) -> dict[str, Any]:
    """Describe an aggregator's point under another."""
    return {
        "meteringPoint": {"meterEic": code, "meteringType": "VIRTUAL", "meteringPointType": "AGGREGATION"},
        "meterLocation": {"county": "Harju maakond", "municipality": "Tallinn", "comment": comment},
        "aggregatorCharacteristics": {"parentMeterEic": parent},
    }


def comment_change(code: str, comment: str) -> dict[str, Any]:
    """Describe what a `PUT /meter` changes: the comment of the location."""
    return {"meteringPoint": {"meterEic": code}, "meterLocation": {"comment": comment}}


def customer() -> dict[str, Any]:
    """Describe a company that is refused in every role, though right in its shape: it has no registry code."""
    return {
        "customerType": "LEGAL_PERSON",
        "customerMetadata": [{"metadataType": "COMPANY_NAME", "metadataValue": "Mets OÜ"}],
        "customerIdentities": [],
    }


def customer_change(eic_code: str, phone: str = "+37255000000") -> dict[str, Any]:
    """Describe another phone of a customer, as `PUT /customer` takes it."""
    return {
        "customerIdentity": {"identityType": "EIC", "identityValue": eic_code},
        "customerMetadata": [{"metadataType": "PHONE", "metadataValue": phone}],
    }


def agreement(
    kind: str,
    provider: str,
    customer: str,
    start: datetime,
    *,
    code: str | None = None,
    own_id: str = "",
    end: datetime | None = None,
    commodity: str = "ELECTRICITY",
) -> dict[str, Any]:
    """Describe an agreement whole."""
    fields: dict[str, Any] = {
        "agreementType": kind,
        "serviceProviderEic": provider,
        "customerEic": customer,
        "commodityType": commodity,
        "preliminaryTerminationFee": False,
        "validFrom": iso(start),
    }
    if code:
        fields["meterEic"] = code
    if own_id:
        fields["agreementId"] = own_id
    if end:
        fields["validTo"] = iso(end)
    return fields


def network_bill(code: str, start: datetime, *, end: datetime | None = None, total: float = 12.5) -> dict[str, Any]:
    """Describe a network bill, of an hour unless its end is given, calculated a minute ago."""
    measured = {"direction": "OUT", "measurementUnit": "KWH", "day": total, "night": 0, "total": total}
    return {
        "meterEic": code,
        "commodityType": "ELECTRICITY",
        "networkBillPeriod": {
            "calculationTimestamp": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
            "periodStart": iso(start),
            "periodEnd": iso(end or start + timedelta(hours=1)),
            "containsCalculatedValues": False,
            "measurements": [measured],
        },
    }
