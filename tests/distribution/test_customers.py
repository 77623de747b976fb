"""Customer data: who is told of a billing value and of a name, what stands in it, and that late work tells the same."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.agreements.models import Agreement
from datahub.agreements.services import customers
from datahub.market import AgreementType, MetadataType, ResourceType, Role
from datahub.market_time import months_before
from datahub.outbox.models import Unit
from datahub.parties.models import Party
from datahub.parties.rules import GivenValue
from distribution.rules.customers import Provider, told_of_customer
from distribution.rules.facts import Recipient
from distribution.services.tell import tell
from tests.distribution import market
from tests.distribution.market import scanned, supplier
from tests.parties.customers import AGR, BRP, GO, GO2, MARI, NOW, OS, OS2, SECOND, build, build_also, tie

M = MetadataType
DAY = timedelta(days=1)
YEAR_AGO = months_before(NOW, 12)
OPERATOR = market.operator(GO)


def provider(kind: AgreementType, eic: str, role: Role = Role.OPEN_SUPPLIER, until: datetime | None = None) -> Provider:
    return Provider(kind, Recipient(eic, role, "ELECTRICITY"), until)


GRID = provider(AgreementType.GRID, GO, Role.GRID_OPERATOR)
SUPPLY = provider(AgreementType.SUPPLY, OS)
NAMED = provider(AgreementType.GENERAL_SERVICE, OS2)


@pytest.mark.parametrize(
    ("changed", "providers", "told"),
    [
        # Billing: the named supplier alone, up to 12 months after its general service.
        ([M.BILLING_ADDRESS], [GRID, SUPPLY, NAMED], {supplier(OS2): True}),
        ([M.PHONE], [GRID, SUPPLY, NAMED], {supplier(OS2): True}),
        ([M.EMAIL], [GRID, SUPPLY], {}),
        ([M.MOBILE_PHONE], [provider(AgreementType.GENERAL_SERVICE, OS2, until=YEAR_AGO)], {supplier(OS2): True}),
        ([M.MOBILE_PHONE], [provider(AgreementType.GENERAL_SERVICE, OS2, until=YEAR_AGO - SECOND)], {}),
        # A grid operator that provides the general service itself is no named supplier.
        ([M.PHONE], [provider(AgreementType.GENERAL_SERVICE, GO, Role.GRID_OPERATOR)], {}),
        # Name: everyone with an agreement valid now; the named supplier sees the rest too.
        ([M.LAST_NAME], [GRID, SUPPLY, NAMED], {OPERATOR: False, supplier(OS): False, supplier(OS2): True}),
        ([M.LAST_NAME], [provider(AgreementType.SUPPLY, OS, until=NOW)], {}),
        ([M.LAST_NAME], [provider(AgreementType.SUPPLY, OS, until=NOW + SECOND)], {supplier(OS): False}),
        ([M.LAST_NAME], [provider(AgreementType.GENERAL_SERVICE, OS2, until=NOW)], {}),
        ([M.LAST_NAME], [SUPPLY, provider(AgreementType.GENERAL_SERVICE, OS, until=NOW - DAY)], {supplier(OS): True}),
        ([M.LAST_NAME, M.PHONE], [provider(AgreementType.GENERAL_SERVICE, OS2, until=NOW)], {supplier(OS2): True}),
    ],
)
def test_who_is_told_and_how_much(
    changed: list[MetadataType], providers: list[Provider], told: dict[Recipient, bool]
) -> None:
    assert told_of_customer(changed, providers, saved_at=NOW, sender_eic="") == told


def test_the_sender_is_told_in_none_of_its_roles() -> None:
    providers = [GRID, provider(AgreementType.GENERAL_SERVICE, GO), SUPPLY]
    assert told_of_customer([M.LAST_NAME], providers, saved_at=NOW, sender_eic=GO) == {supplier(OS): False}


# --- in the database ----------------------------------------------------------------------------------------------


def change(values: dict[MetadataType, str], *, sender: str = GO, now: datetime = NOW) -> None:
    customers.change_party(party=Party.objects.get(eic=MARI), metadata=values, now=now, sender_eic=sender)


def tell_all() -> None:
    assert not tell(now=datetime.now(NOW.tzinfo), batches=100)


def told(eic: str, role: str = Role.OPEN_SUPPLIER) -> list[Any]:
    return [message["content"] for message in scanned(eic, ResourceType.CUSTOMER_DATA, role)]


def kinds(content: dict[str, Any]) -> list[str]:
    return [value["metadataType"] for value in content["customerMetadata"]]


ROLES = [(GO, Role.GRID_OPERATOR), (GO2, Role.GRID_OPERATOR), (OS, Role.OPEN_SUPPLIER), (OS2, Role.OPEN_SUPPLIER)]
ROLES += [(BRP, Role.OPEN_SUPPLIER), (AGR, Role.AGGREGATOR)]


def everything_told() -> dict[str, list[Any]]:
    return {eic: contents for eic, role in ROLES if (contents := told(eic, role))}


@pytest.mark.django_db
def test_a_billing_value_goes_with_the_name_to_the_named_supplier_alone() -> None:
    build(tie("GRID", GO), tie("GENERAL_SERVICE", OS2), tie("SUPPLY", OS), tie("AGGREGATION", AGR))
    change({M.BILLING_ADDRESS: "Kesk 5"})
    tell_all()
    (content,) = everything_told().pop(OS2)
    since = NOW.isoformat().replace("+00:00", "Z")
    assert content == {
        "customerType": "PHYSICAL_PERSON",
        "customerMetadata": [
            {"metadataType": "BILLING_ADDRESS", "metadataValue": "Kesk 5", "validFrom": since},
            {"metadataType": "FIRST_NAME", "metadataValue": "Mari", "validFrom": "2020-01-01T00:00:00Z"},
            {"metadataType": "LAST_NAME", "metadataValue": "Maasikas", "validFrom": "2020-01-01T00:00:00Z"},
        ],
        "customerEic": MARI,
    }
    assert list(everything_told()) == [OS2]
    (message,) = scanned(OS2, ResourceType.CUSTOMER_DATA)
    assert message["reason"] == "CREATE"


@pytest.mark.django_db
def test_a_name_goes_to_every_provider_with_an_agreement_valid_now_and_up_no_chain() -> None:
    build(
        tie("GRID", GO),
        tie("GRID", GO2, until=NOW - DAY),
        tie("SUPPLY", OS, since=NOW + DAY),
        tie("SUPPLY", OS2),
        tie("AGGREGATION", AGR),
    )
    change({M.LAST_NAME: "Mets", M.PHONE: "55"}, sender="")
    tell_all()
    every = everything_told()
    assert list(every) == [GO, OS2, AGR]
    assert [kinds(content) for (content,) in every.values()] == [["FIRST_NAME", "LAST_NAME"]] * 3


@pytest.mark.django_db
def test_a_save_is_told_once_to_whom_it_concerns_twice() -> None:
    build(tie("GRID", GO), tie("GENERAL_SERVICE", OS2), tie("SUPPLY", OS2), tie("GENERAL_SERVICE", OS2))
    change({M.LAST_NAME: "Mets", M.PHONE: "55"})
    tell_all()
    (content,) = told(OS2)
    assert kinds(content) == ["FIRST_NAME", "LAST_NAME", "PHONE"]
    assert list(everything_told()) == [OS2]


@pytest.mark.django_db
def test_the_named_supplier_is_not_told_of_what_it_saved() -> None:
    build(tie("GRID", GO), tie("GENERAL_SERVICE", OS2))
    change({M.LAST_NAME: "Mets", M.PHONE: "55"}, sender=OS2)
    tell_all()
    assert list(everything_told()) == [GO]


@pytest.mark.django_db
def test_a_value_of_the_future_is_told_at_its_save_beside_the_present_one() -> None:
    build(tie("GENERAL_SERVICE", OS2))
    mari = Party.objects.get(eic=MARI)
    customers.change_party(party=mari, metadata=[GivenValue(M.LAST_NAME, "Mets", NOW + DAY)], now=NOW, sender_eic=GO)
    tell_all()
    (content,) = told(OS2)
    end = (NOW + DAY).isoformat().replace("+00:00", "Z")
    _, former, later = content["customerMetadata"]
    assert (former["metadataValue"], former["validTo"]) == ("Maasikas", end)
    assert (later["metadataValue"], later["validFrom"]) == ("Mets", end)


@pytest.mark.django_db
def test_identities_alone_are_told_to_nobody() -> None:
    build(tie("GENERAL_SERVICE", OS2))
    mari = Party.objects.get(eic=MARI)
    customers.change_party(party=mari, metadata={M.LAST_NAME: "Maasikas"}, now=NOW)
    assert not Unit.objects.exists()


@pytest.mark.django_db
def test_worked_late_it_tells_the_same() -> None:
    build(tie("GRID", GO), tie("GENERAL_SERVICE", OS2), tie("SUPPLY", OS))
    change({M.LAST_NAME: "Mets", M.PHONE: "55"}, sender="")
    (unit,) = Unit.objects.all()
    kept = unit.changes
    # Before anyone works on it everything is over, and the customer has another name.
    Agreement.objects.exclude(type="PORTFOLIO_SUPPLIER").update(valid_to=NOW - 400 * DAY, valid_from=NOW - 500 * DAY)
    change({M.LAST_NAME: "Kask", M.PHONE: "66"}, now=NOW + SECOND)
    tell_all()
    every = everything_told()
    assert list(every) == [GO, OS, OS2]
    ((name,), (_,), (whole,)) = every.values()
    assert [one["metadataValue"] for one in name["customerMetadata"]] == ["Mari", "Mets"]
    assert [one["metadataValue"] for one in whole["customerMetadata"]] == ["Mari", "Mets", "55"]
    assert kept[0]["reason"] == "CREATE"


@pytest.mark.django_db
def test_a_customer_with_many_points_makes_a_small_change_with_as_few_queries() -> None:
    build(tie("GRID", GO), tie("GENERAL_SERVICE", OS2))
    with CaptureQueriesContext(connection) as few:
        change({M.PHONE: "1"})
    small = len(str(Unit.objects.get().changes))
    Unit.objects.all().delete()
    build_also(*(tie("GRID", GO) for _ in range(50)), *(tie("GENERAL_SERVICE", OS2) for _ in range(50)))
    with CaptureQueriesContext(connection) as many:
        change({M.PHONE: "2"}, now=NOW + SECOND)
    assert len(str(Unit.objects.get().changes)) < small + 200
    assert len(many) <= len(few) + 2
