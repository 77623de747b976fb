"""Customers in a small market: who provides to Mari, over the wire."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from datahub.agreements.services.take_over import take_over_agreements
from datahub.market import AgreementType, Commodity, Role
from tests import cast
from tests.api import api
from tests.distribution import market

NOW = datetime.now(UTC)
GO, GO2, OS, OS2, BRP, AGR = market.GO, market.GO2, market.OS, market.OS2, market.BRP, market.AGR
MARI = cast.MARI
SINCE = NOW - timedelta(days=500)
SECOND = timedelta(seconds=1)
PATH = "/api/v1/customer"
_points = (f"38ZGO-1C{number:06d}" for number in count())


def tie(
    kind: AgreementType,
    provider: str,
    customer: str = MARI,
    since: datetime = SINCE,
    until: datetime | None = None,
    **more: Any,
) -> Any:
    """Make an agreement of a customer at a point of its own."""
    fact = market.agreement(kind, provider, customer, more.pop("point", None) or new_point(), **more)
    return replace(fact, valid_from=since, valid_to=until)


def new_point() -> str:
    """Give the code of a point that no agreement has yet."""
    from datahub.parties.eic import complete, is_valid

    return next(code for body in _points if is_valid(code := complete(body + "-")))


def build(*agreements: Any) -> None:
    """Make the market with some agreements."""
    market.make_market(*agreements)


def build_also(*agreements: Any) -> None:
    """Let more agreements stand in the market that is made."""
    for fact in agreements:
        market.make_point(fact.point_eic)
    take_over_agreements(agreements=list(agreements), now=NOW)


def extension(**said: str) -> list[dict[str, str]]:
    return [{"extensionType": kind, "extensionValue": value} for kind, value in said.items()]


def identity(kind: str = "PERSONAL_ID", value: str = "60001019906", **said: str) -> dict[str, Any]:
    return {
        "identityType": kind,
        "identityValue": value,
        "identityExtension": extension(**(said or {"COUNTRY": "EE"})),
    }


def value(kind: str, text: str, since: datetime | None = None, until: datetime | None = None) -> dict[str, Any]:
    form = {
        "metadataType": kind,
        "metadataValue": text,
        "validFrom": since and since.isoformat(),
        "validTo": until and until.isoformat(),
    }
    return {name: said for name, said in form.items() if said is not None}


def liisa(*more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    form: dict[str, Any] = {
        "customerType": "PHYSICAL_PERSON",
        "customerMetadata": [value("FIRST_NAME", "Liisa"), value("LAST_NAME", "Lepp"), *more],
        "customerIdentities": [identity()],
    }
    return {**form, **changes}


def register(customer: dict[str, Any], sender: str = GO, role: str = Role.GRID_OPERATOR, **more: Any) -> Any:
    return api(sender).post(PATH, {"customer": customer}, role=role, **more)


def change(
    *values: dict[str, Any],
    named: dict[str, Any] | None = None,
    sender: str = GO,
    role: str = Role.GRID_OPERATOR,
    commodity: str = Commodity.ELECTRICITY,
    **more: Any,
) -> Any:
    by = named or {"identityType": "EIC", "identityValue": MARI}
    customer = {"customerIdentity": by, "customerMetadata": list(values), **more}
    return api(sender).put(PATH, {"customer": customer}, role=role, commodity=commodity)


def search(
    kind: str = "EIC",
    text: str = MARI,
    sender: str = GO,
    role: str = Role.GRID_OPERATOR,
    commodity: str = Commodity.ELECTRICITY,
    extensions: list[dict[str, str]] | None = None,
    **more: Any,
) -> Any:
    criteria: dict[str, Any] = {"identityType": kind, "identityValue": text}
    if extensions is not None:
        criteria["identityExtension"] = extensions
    return api(sender).post(f"{PATH}/search", {"searchCriteria": criteria, **more}, role=role, commodity=commodity)


def faults(answer: Any) -> list[tuple[str, str]]:
    """Give the codes, without their area and kind, and the paths of all faults of an answer."""
    cause = answer.json()["cause"]
    every = [cause, *cause.get("others", [])]
    return [(one["code"].rpartition(".")[2], one["args"][0] if one["args"] else "") for one in every]


def values_of(customer: dict[str, Any]) -> dict[str, str]:
    return {one["metadataType"]: one["metadataValue"] for one in customer["customerMetadata"]}


def eic_of(customer: dict[str, Any]) -> str:
    (found,) = [one for one in customer["customerIdentities"] if one["identityType"] == "EIC"]
    return str(found["identityValue"])
