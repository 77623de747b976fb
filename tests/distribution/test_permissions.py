"""Customers' authorizations: told to whom they are given, in the form of the seed, and to nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from datahub.access.models import CustomerAuthorization
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, ResourceType
from datahub.market_time import months_before
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from datahub.outbox.services import open_unit
from datahub.parties.models import MarketRole, Party
from datahub.periods import Period
from distribution.models import Message
from distribution.rules.contents import permission_content
from distribution.rules.facts import Recipient
from distribution.rules.permissions import told_of_permission
from distribution.services.tell import tell
from tests.access.giving import ADVICE, ADVISER, DAY, SUPPLIER, give, given, revoke
from tests.agreements import market
from tests.agreements.market import (
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    FLAT,
    GAS,
    HOUSE,
    LINE,
    MARI,
    NORTH,
    NOW,
    SUN,
    WIND,
    day,
    fact,
    standing,
)
from tests.contracts.contents import PERMISSION
from tests.distribution.market import point_form, scanned

GRID, SUPPLY = AgreementType.GRID, AgreementType.SUPPLY
SAVED: dict[str, Any] = {
    "participant": SUN,
    "participant_type": "MARKET_PARTICIPANT",
    "role": "OPEN_SUPPLIER",
    "commodity": "ELECTRICITY",
    "point": HOUSE,
    "customer": MARI,
    "customer_type": "PHYSICAL_PERSON",
    "purpose": "ENERGY_SUPPLY_OFFER",
    "valid_from": "2024-05-20T21:37:54+00:00",
    "valid_to": "2024-05-22T21:37:54+00:00",
    "subject_from": "2023-05-20T00:37:54+03:00",
    "subject_to": "2024-05-20T21:37:54+00:00",
}
TOLD = {
    "mandateCustomerEic": SUN,
    "mandateCustomerType": "LEGAL",
    "meteringPointEic": HOUSE,
    "ownerCustomerEic": MARI,
    "ownerCustomerType": "PRIVATE",
    "participantRoleType": "OPEN_SUPPLIER",
    "permissionType": "ACCESS",
    "purpose": "ENERGY_SUPPLY_OFFER",
    "status": "APPROVED",
    "subjectPeriodFrom": "2023-05-19T21:37:54Z",
    "subjectPeriodTo": "2024-05-20T21:37:54Z",
    "validFrom": "2024-05-20T21:37:54Z",
    "validTo": "2024-05-22T21:37:54Z",
}


def test_the_content_is_an_object_in_the_form_of_the_seed() -> None:
    content = orjson.loads(permission_content(SAVED))
    assert content == TOLD
    Draft202012Validator(PERMISSION).validate(content)
    assert list(content) == list(TOLD)


@pytest.mark.parametrize(
    ("party_type", "written"),
    [
        ("PHYSICAL_PERSON", "PRIVATE"),
        ("LEGAL_PERSON", "LEGAL"),
        ("ORGANIZATION", "LEGAL"),
        ("MARKET_PARTICIPANT", "LEGAL"),
    ],
)
def test_a_person_is_private_and_everyone_else_legal(party_type: str, written: str) -> None:
    content = orjson.loads(permission_content({**SAVED, "customer_type": party_type}))
    assert content["ownerCustomerType"] == written


def test_without_an_end_none_is_written() -> None:
    content = orjson.loads(permission_content({**SAVED, "valid_to": None}))
    assert content == {name: value for name, value in TOLD.items() if name != "validTo"}
    Draft202012Validator(PERMISSION).validate(content)


def test_who_is_told() -> None:
    assert told_of_permission(SAVED, sender_eic=MARI) == [Recipient(SUN, "OPEN_SUPPLIER", "ELECTRICITY")]
    gas = {**SAVED, "role": "ENERGY_SERVICE_PROVIDER", "commodity": "NATURAL_GAS"}
    assert told_of_permission(gas, sender_eic=MARI) == [Recipient(SUN, "ENERGY_SERVICE_PROVIDER", "NATURAL_GAS")]
    assert told_of_permission(SAVED, sender_eic=SUN) == []


# --- in the database ----------------------------------------------------------------------------------------------


@pytest.fixture
def told_market(db: None) -> None:
    """Mari's house, supplied by the wind supplier in the sun supplier's portfolio; the bakery with power and gas."""
    market.build()
    market.portfolios()
    standing(
        fact(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(GRID, NORTH, MARI, FLAT, day(2024, 1, 1)),
        fact(SUPPLY, WIND, MARI, HOUSE, day(2024, 1, 1)),
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(GRID, NORTH, BAKERY, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS),
        fact(GRID, NORTH, LINE, market.SOUTHERN_HOUSE, day(2024, 1, 1)),
    )


def tell_all() -> None:
    assert not tell(now=datetime.now(UTC), batches=100)
    assert not Unit.objects.exists()


def addresses() -> list[tuple[str, str, str, str, str]]:
    """Give to whom everything was told: participant, role, commodity, type and reason."""
    rows = Message.objects.order_by("id").select_related("address")
    return [
        (row.address.participant_eic, row.address.role, row.address.commodity, row.resource_type, row.reason)
        for row in rows
    ]


@pytest.mark.usefixtures("told_market")
def test_it_reaches_the_one_it_was_given_to_and_no_operator_no_supplier_no_chain() -> None:
    given(HOUSE, to=market.STRANGER, role=SUPPLIER)
    tell_all()
    assert addresses() == [(market.STRANGER, "OPEN_SUPPLIER", "ELECTRICITY", "PERMISSION", "CREATE")]
    (message,) = scanned(market.STRANGER, ResourceType.PERMISSION)
    Draft202012Validator(PERMISSION).validate(message["content"])
    assert message["reason"] == "CREATE"
    assert message["content"] == {
        **TOLD,
        "mandateCustomerEic": market.STRANGER,
        "subjectPeriodFrom": months_before(NOW, 12).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subjectPeriodTo": "2026-05-04T10:00:00Z",
        "validFrom": "2026-05-04T10:00:00Z",
        "validTo": "2026-05-06T10:00:00Z",
    }


@pytest.mark.usefixtures("told_market")
def test_each_point_is_told_in_its_own_commodity() -> None:
    give(BAKERY_POINT, BAKERY_GAS, customer=BAKERY)
    tell_all()
    role = "ENERGY_SERVICE_PROVIDER"
    assert sorted(addresses()) == [
        (ADVICE, role, "ELECTRICITY", "PERMISSION", "CREATE"),
        (ADVICE, role, "NATURAL_GAS", "PERMISSION", "CREATE"),
    ]
    (message,) = scanned(ADVICE, ResourceType.PERMISSION, ADVISER)
    assert message["content"]["meteringPointEic"] == BAKERY_POINT
    assert "validTo" not in message["content"]


@pytest.mark.usefixtures("told_market")
def test_revoking_is_told_to_nobody_and_what_was_revoked_at_once_was_given_all_the_same() -> None:
    one = given(HOUSE, validity=Period(NOW, NOW + 30 * DAY))
    revoke(one, now=NOW + timedelta(microseconds=5))
    tell_all()
    (message,) = scanned(ADVICE, ResourceType.PERMISSION, ADVISER)
    assert message["content"]["validTo"] == "2026-06-03T10:00:00Z"
    assert len(addresses()) == 1


@pytest.mark.usefixtures("told_market")
def test_who_gives_to_itself_is_told_nothing() -> None:
    given(market.SOUTHERN_HOUSE, customer=LINE, to=LINE, role=SUPPLIER)
    tell_all()
    assert addresses() == []


@pytest.mark.usefixtures("told_market")
def test_worked_late_after_everything_changed_it_tells_the_same() -> None:
    given(HOUSE, to=SUN, role=SUPPLIER)
    (kept,) = (unit.changes for unit in Unit.objects.all())
    tell_all()
    (at_once,) = (message["content"] for message in scanned(SUN, ResourceType.PERMISSION))
    Agreement.objects.update(deleted_at=NOW)
    MarketRole.objects.filter(participant__eic=SUN).delete()
    Party.objects.filter(eic=MARI).update(type="LEGAL_PERSON", name="x")
    CustomerAuthorization.objects.all().delete()
    Unit.objects.create(
        id=9_000_000, known_at=9_000_000, sender_eic=MARI, saved_at=NOW, lanes=[HOUSE], depends_on=[], changes=kept
    )
    tell_all()
    _, late = (message["content"] for message in scanned(SUN, ResourceType.PERMISSION))
    assert late == at_once


@pytest.mark.usefixtures("told_market")
def test_an_authorization_adds_nobody_to_who_is_told_of_the_point() -> None:
    def told() -> set[tuple[str, str, str, str, str]]:
        change = Change(ResourceType.METERING_POINT, "UPDATE", HOUSE, after={"point": point_form(HOUSE)})
        with open_unit(lanes=[HOUSE], sender_eic=NORTH, saved_at=NOW) as unit:
            unit.record(change)
        tell_all()
        return {address for address in addresses() if address[3] == "METERING_POINT"}

    before = told()
    assert before
    give(HOUSE)
    give(HOUSE, to=market.STRANGER, role=SUPPLIER)
    Message.objects.all().delete()
    assert told() == before
