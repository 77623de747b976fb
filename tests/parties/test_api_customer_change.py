"""`PUT /customer` over the wire."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.agreements.services import customers
from datahub.agreements.services.customers import Named
from datahub.errors import DomainError
from datahub.market import Commodity, CustomerIdentityType, MetadataType, Role
from datahub.market_time import months_before
from datahub.outbox.models import Unit
from datahub.parties import eic, selectors
from datahub.parties.models import Identity, Metadata, Party
from datahub.parties.rules import GivenValue
from tests import cast
from tests.api import api
from tests.parties.customers import (
    AGR,
    BRP,
    GO,
    GO2,
    MARI,
    NOW,
    OS,
    OS2,
    PATH,
    SECOND,
    build,
    change,
    eic_of,
    faults,
    identity,
    liisa,
    register,
    tie,
    value,
    values_of,
)
from tests.parties.test_api_customer import COMPANY, ORGANIZATION

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SUPPLIER = {"role": Role.OPEN_SUPPLIER}


@pytest.fixture
def market() -> None:
    build(tie("GRID", GO), tie("GENERAL_SERVICE", OS2), tie("SUPPLY", OS))


def test_a_change_merges_and_ends_the_former_value(market: None) -> None:
    answer = change(value("LAST_NAME", "Mets"), value("PHONE", "55"))
    assert answer.status_code == 200, answer.content
    saved = answer.json()["customer"]
    assert values_of(saved) == {"FIRST_NAME": "Mari", "LAST_NAME": "Mets", "PHONE": "55"}
    mari = Party.objects.get(eic=MARI)
    assert mari.name == "Mari Mets"
    former, latter = Metadata.objects.filter(party=mari, type="LAST_NAME").order_by("valid_from")
    assert (former.value, former.valid_to) == ("Maasikas", latter.valid_from)
    assert latter.valid_to is None
    assert len(Unit.objects.get().changes) == 1


@pytest.mark.parametrize(
    ("sender", "role", "ground"), [(GO, Role.GRID_OPERATOR, "OWNERSHIP"), (OS2, Role.OPEN_SUPPLIER, "AGREEMENT")]
)
def test_what_a_change_answers_is_logged_as_a_read(market: None, sender: str, role: Role, ground: str) -> None:
    identification = "5a9ee80b-3aac-4f4f-8d5c-111111111111"
    user = api(sender)
    by = {"identityType": "EIC", "identityValue": MARI}
    body = {"customer": {"customerIdentity": by, "customerMetadata": [value("PHONE", "55")]}}
    assert user.put(PATH, body, role=role, identification=identification).status_code == 200
    log = AccessLog.objects.get()
    assert (log.participant.eic, log.role, log.commodity) == (sender, role, "ELECTRICITY")
    assert (log.service, log.customer_eic, log.meter_eic, log.ground) == ("customer", MARI, "", ground)
    assert log.technical_user == f"{sender}-test"
    # What is refused reads nothing; what is registered the sender gave itself.
    assert change(value("PHONE", "55")).status_code == 422
    assert change(value("PHONE", "56"), sender=BRP, **SUPPLIER).status_code == 422
    assert register(liisa()).status_code == 201
    assert AccessLog.objects.count() == 1


def test_a_change_that_changes_nothing_is_said_to(market: None) -> None:
    saved = change(
        value("PHONE", "55"),
        value("BILLING_METHOD", "B2B_BILL,SELF_SERVICE"),
        value("BILLING_BANK_ACCOUNT", "ee38 2200 2210 2014 5685"),
    ).json()["customer"]
    assert values_of(saved)["BILLING_BANK_ACCOUNT"] == "EE382200221020145685"
    for answer in (
        change(value("FIRST_NAME", "Mari")),
        change(),
        change(customerIdentities=[identity(value="47101010033")]),
        # A set in another order, an account written in groups.
        change(value("BILLING_METHOD", "SELF_SERVICE, B2B_BILL")),
        change(value("BILLING_BANK_ACCOUNT", "EE38 2200 2210 2014 5685")),
        # The whole customer as it came back.
        change(*saved["customerMetadata"], customerIdentities=saved["customerIdentities"][1:]),
    ):
        assert (answer.status_code, faults(answer)) == (422, [("no-change-received", "customer.customerMetadata")])
    assert Unit.objects.count() == 1


def test_a_value_of_the_future_stands_beside_the_present_one(market: None) -> None:
    later = (NOW + 30 * DAY).replace(microsecond=0)
    saved = change(value("LAST_NAME", "Mets", later)).json()["customer"]
    assert [one["metadataValue"] for one in saved["customerMetadata"]] == ["Mari", "Maasikas", "Mets"]
    mari = Party.objects.get(eic=MARI)
    assert mari.name == "Mari Maasikas"
    assert selectors.metadata_at(mari, later - SECOND)[MetadataType.LAST_NAME] == "Maasikas"
    assert selectors.metadata_at(mari, later)[MetadataType.LAST_NAME] == "Mets"


def test_a_value_ends_by_its_end(market: None) -> None:
    change(value("PHONE", "55"))
    ended = change(value("PHONE", "55", until=NOW + DAY))
    assert ended.status_code == 200, ended.content
    assert Metadata.objects.get(type="PHONE").valid_to == NOW + DAY
    answer = change(value("LAST_NAME", "Maasikas", until=NOW + DAY))
    assert faults(answer) == [("missing", "customer.customerMetadata of the type LAST_NAME")]


def test_what_the_whole_would_lack_is_said_too(market: None) -> None:
    answer = change(value("BILLING_METHOD", "POST"))
    assert faults(answer) == [("missing", "customer.customerMetadata.BILLING_ADDRESS")]
    assert answer.json()["cause"]["message"].endswith("BILLING_ADDRESS is missing (for the billing method POST)")
    assert change(value("BILLING_METHOD", "POST"), value("BILLING_ADDRESS", "Kesk 5")).status_code == 200


def test_identities_are_added_and_never_taken_or_replaced(market: None) -> None:
    answer = change(customerIdentities=[identity("DOCUMENT_ID", "AB1", COUNTRY="EE", ISSUER="PPA")])
    assert answer.status_code == 200, answer.content
    kinds = [one["identityType"] for one in answer.json()["customer"]["customerIdentities"]]
    assert kinds == ["EIC", "DOCUMENT_ID", "PERSONAL_ID"]
    # Nobody becomes another person by a change.
    answer = change(customerIdentities=[identity(value="38502030021")])
    assert faults(answer) == [("invalid-pattern", "customer.customerIdentities[0].identityValue")]
    # An identity of another customer.
    register(liisa(customerIdentities=[identity("DOCUMENT_ID", "X1", COUNTRY="FI")]))
    answer = change(customerIdentities=[identity("DOCUMENT_ID", "X1", COUNTRY="FI")])
    assert (answer.status_code, faults(answer)) == (409, [("already-exists", "customer.customerIdentities[0]")])
    # Who it is told of: no one, for no value is another.
    assert not Unit.objects.exists()


def test_a_customer_is_found_by_each_of_its_identities(market: None) -> None:
    personal = identity(value="47101010033")
    assert change(value("PHONE", "1"), named=personal).status_code == 200
    del personal["identityExtension"]
    assert change(value("PHONE", "2"), named=personal).status_code == 200
    assert change(value("PHONE", "3"), customerType="PHYSICAL_PERSON").status_code == 200
    # As if there were none: the type is another, the country is another.
    for answer in (
        change(value("PHONE", "4"), customerType="LEGAL_PERSON"),
        change(value("PHONE", "4"), named=identity(value="47101010033", COUNTRY="FI")),
    ):
        assert (answer.status_code, faults(answer)) == (
            422,
            [("customer-external-id-resolve-error", "customer.customerIdentity")],
        )


def test_two_customers_of_one_code_are_not_taken_for_each_other() -> None:
    cast.participant(GO)
    company = eic_of(register(COMPANY).json()["customer"])
    organization = {**ORGANIZATION, "customerIdentities": COMPANY["customerIdentities"]}
    other = eic_of(register(organization).json()["customer"])
    build(tie("GRID", GO, company), tie("GRID", GO, other))
    answer = change(value("PHONE", "1"), named=COMPANY["customerIdentities"][0])
    assert faults(answer) == [("invalid-pattern", "customer.customerIdentity")]
    answer = change(value("PHONE", "1"), named=COMPANY["customerIdentities"][0], customerType="ORGANIZATION")
    assert eic_of(answer.json()["customer"]) == other


def test_a_market_participant_is_the_staffs_to_change() -> None:
    build(tie("GRID", GO, OS, customer_role=""))
    answer = change(value("PHONE", "1"), named={"identityType": "EIC", "identityValue": OS})
    assert faults(answer) == [("customer-external-id-resolve-error", "customer.customerIdentity")]


YEAR_AGO = months_before(NOW, 12)


@pytest.mark.parametrize(
    ("kind", "provider", "since", "until", "may"),
    [
        ("GRID", GO, NOW - DAY, None, True),
        ("GRID", GO, NOW + DAY, None, True),
        ("GRID", GO, YEAR_AGO - DAY, YEAR_AGO, True),
        ("GRID", GO, YEAR_AGO - DAY, YEAR_AGO - SECOND, False),
        ("GRID", GO2, NOW - DAY, None, False),
        ("GENERAL_SERVICE", OS, NOW - DAY, None, True),
        ("GENERAL_SERVICE", OS, NOW, NOW + SECOND, True),
        ("GENERAL_SERVICE", OS, NOW - DAY, NOW, False),
        ("GENERAL_SERVICE", OS, NOW + SECOND, None, False),
        ("SUPPLY", OS, NOW - DAY, None, False),
        ("AGGREGATION", AGR, NOW - DAY, None, False),
    ],
)
def test_who_may_change_a_customer_to_the_second(kind: str, provider: str, since: Any, until: Any, may: bool) -> None:
    build(tie(kind, provider, since=since, until=until))
    sender = provider if provider != GO2 else GO
    role = {AGR: Role.AGGREGATOR}.get(sender, Role.GRID_OPERATOR if sender == GO else Role.OPEN_SUPPLIER)

    def save() -> None:
        customers.change_customer(
            participant=Party.objects.get(eic=sender),
            role=role,
            commodity=Commodity.ELECTRICITY,
            named=Named(CustomerIdentityType.EIC, MARI),
            metadata=[GivenValue(MetadataType.PHONE, "55")],
            now=NOW,
        )

    if may:
        save()
        return
    with pytest.raises(DomainError) as error:
        save()
    wanted = "sender-type-error" if role == Role.AGGREGATOR else "customer-external-id-resolve-error"
    assert error.value.cause.code.name.endswith(wanted)
    assert not Metadata.objects.filter(type="PHONE").exists()


def test_an_agreement_counts_in_its_own_role_and_commodity(market: None) -> None:
    for answer in (
        change(value("PHONE", "1"), commodity=Commodity.NATURAL_GAS),
        change(value("PHONE", "1"), sender=OS, **SUPPLIER),
    ):
        assert faults(answer) == [("customer-external-id-resolve-error", "customer.customerIdentity")]


def test_a_stranger_learns_nothing_neither_by_words_nor_by_queries(market: None) -> None:
    stranger = cast.participant(BRP)
    nobody = eic.complete("38X-AVP-0000001")
    assert not Party.objects.filter(eic=nobody).exists()
    said, asked = [], []
    for code in (MARI, nobody):
        with CaptureQueriesContext(connection) as captured, pytest.raises(DomainError) as error:
            customers.change_customer(
                participant=stranger,
                role=Role.OPEN_SUPPLIER,
                commodity=Commodity.ELECTRICITY,
                named=Named(CustomerIdentityType.EIC, code),
                metadata=[GivenValue(MetadataType.PHONE, "1")],
                now=NOW,
            )
        asked.append([str(query["sql"]).split(" WHERE ")[0] for query in captured if "SAVEPOINT" not in query["sql"]])
        said.append(error.value.cause.message.replace(code, "X"))
    assert said[0] == said[1]
    assert "a GRID agreement (now, later or ended in the last 12 months)" in said[0]
    assert "an active GENERAL_SERVICE" in said[0]
    assert asked[0] == asked[1]


def test_the_named_supplier_changes_its_customer(market: None) -> None:
    assert change(value("BILLING_ADDRESS", "Kesk 5"), sender=OS2, **SUPPLIER).status_code == 200


@pytest.mark.parametrize(
    ("customer", "found"),
    [
        ({}, [("missing", "customer.customerIdentity")]),
        (
            {"customerIdentity": {"identityType": "NAME", "identityValue": "Mari"}},
            [("invalid-enum", "customer.customerIdentity.identityType")],
        ),
        (
            {"customerIdentity": {"identityType": "EIC", "identityValue": "38X-AVP-ZW6700C5"}},
            [("eic-syntax-error", "customer.customerIdentity.identityValue")],
        ),
        (
            {"customerIdentity": identity("EIC", "38X-AVP-ZW6700C5")},
            [
                ("eic-syntax-error", "customer.customerIdentity.identityValue"),
                ("invalid-pattern", "customer.customerIdentity.identityExtension"),
            ],
        ),
        (
            {"customerIdentity": {"identityType": "EIC", "identityValue": MARI}, "customerMetadata": [{}]},
            [("missing", f"customer.customerMetadata[0].metadata{name}") for name in ("Type", "Value")],
        ),
    ],
)
def test_a_wrong_change_is_refused(market: None, customer: dict[str, Any], found: list[tuple[str, str]]) -> None:
    answer = api(GO).put(PATH, {"customer": customer})
    assert (answer.status_code, faults(answer)) == (400, found)
    assert Identity.objects.filter(party__eic=MARI).count() == 1
