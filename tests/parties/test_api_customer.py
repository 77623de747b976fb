"""`POST /customer` over the wire."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from datahub.market import Permission, Role
from datahub.outbox.models import Unit
from datahub.parties import eic
from datahub.parties.models import Party
from tests import cast
from tests.api import api, technical_user
from tests.parties.customers import (
    AGR,
    GO,
    MARI,
    NOW,
    OS,
    PATH,
    eic_of,
    extension,
    faults,
    identity,
    liisa,
    register,
    value,
    values_of,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_customer_is_registered_and_gets_an_eic() -> None:
    cast.participant(GO)
    answer = register(liisa(value("EMAIL", "liisa@example.ee"), value("BILLING_METHOD", "EMAIL, B2B_BILL")))
    assert answer.status_code == 201, answer.content
    saved = answer.json()["customer"]
    code = eic_of(saved)
    assert code.startswith("38X-AVP-")
    assert eic.is_valid(code)
    assert values_of(saved) == {
        "BILLING_METHOD": "EMAIL, B2B_BILL",
        "EMAIL": "liisa@example.ee",
        "FIRST_NAME": "Liisa",
        "LAST_NAME": "Lepp",
    }
    assert saved["customerIdentities"] == [
        {"identityType": "EIC", "identityValue": code, "identityExtension": []},
        identity(),
    ]
    assert Party.objects.get(eic=code).name == "Liisa Lepp"
    # With a new customer nobody has an agreement: nobody is told.
    assert not Unit.objects.exists()


def test_the_same_message_again_registers_nobody() -> None:
    cast.participant(GO)
    first = register(liisa(), identification="5a9ee80b-3aac-4f4f-8d5c-111111111111")
    again = register(liisa(), identification="5a9ee80b-3aac-4f4f-8d5c-111111111111")
    assert again.json() == first.json()
    assert again["x-document-replayed"] == "true"
    assert Party.objects.filter(type="PHYSICAL_PERSON").count() == 1


def test_an_identity_that_is_known_is_refused_and_the_customer_is_not_named() -> None:
    cast.participant(GO)
    code = eic_of(register(liisa()).json()["customer"])
    answer = register(liisa())
    assert answer.status_code == 409
    assert faults(answer) == [("already-exists", "customer.customerIdentities[0]")]
    assert code not in answer.content.decode()


def drawn(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    """Let these be the next characters that are drawn."""
    characters = iter("".join(numbers))
    drawing = SimpleNamespace(choice=lambda _: next(characters))
    monkeypatch.setattr("datahub.parties.services.customer_codes.secrets", drawing)


def test_a_code_that_stands_already_or_has_no_right_check_character_is_drawn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    valid = [eic.is_valid(eic.complete(f"38X-AVP-{number:07d}")) for number in range(200)]
    wrong, (taken, free) = valid.index(False), [number for number in range(200) if valid[number]][:2]
    Party.objects.create(eic=eic.complete(f"38X-AVP-{taken:07d}"), type="LEGAL_PERSON", name="taken over")
    cast.participant(GO)
    drawn(monkeypatch, *(f"{number:07d}" for number in (wrong, taken, wrong, free)))
    answer = register(liisa())
    assert answer.status_code == 201, answer.content
    assert eic_of(answer.json()["customer"]) == eic.complete(f"38X-AVP-{free:07d}")


def test_codes_cannot_be_guessed_from_those_that_were_given() -> None:
    cast.participant(GO)
    given = []
    for number in range(20):
        customer = liisa(customerIdentities=[identity("DOCUMENT_ID", f"D{number}", COUNTRY="FI")])
        given.append(int(eic_of(register(customer).json()["customer"])[8:15], 36))
    assert min(abs(one - other) for one in given for other in given if one is not other) > 1000
    assert given != sorted(given)


COMPANY = {
    "customerType": "LEGAL_PERSON",
    "customerMetadata": [value("COMPANY_NAME", "Leib OÜ")],
    "customerIdentities": [identity("COMPANY_ID", "14015072")],
}
ORGANIZATION = {
    "customerType": "ORGANIZATION",
    "customerMetadata": [value("ORGANIZATION_NAME", "Saatkond")],
    "customerIdentities": [identity("EMBASSY_ID", "FIN-1", COUNTRY="FI", ISSUER="Helsinki")],
}


@pytest.mark.parametrize("customer", [COMPANY, ORGANIZATION])
def test_companies_and_organisations_are_customers_too(customer: dict[str, Any]) -> None:
    cast.participant(GO)
    answer = register(customer)
    assert answer.status_code == 201, answer.content
    assert answer.json()["customer"]["customerIdentities"][1:] == customer["customerIdentities"]


@pytest.mark.parametrize(
    ("customer", "found"),
    [
        ({}, [("missing", f"customer.{name}") for name in ("customerType", "customerMetadata", "customerIdentities")]),
        (liisa(customerType="MARKET_PARTICIPANT"), [("invalid-enum", "customer.customerType")]),
        (liisa(extra=1), [("missing-field", "customer.extra")]),
        (
            liisa(customerIdentities=[]),
            [("missing", "customer.customerIdentities of the type PERSONAL_ID or DOCUMENT_ID")],
        ),
        (
            liisa(customerIdentities=[identity("DOCUMENT_ID", "A1")]),
            [("missing", "customer.customerIdentities of the type PERSONAL_ID")],
        ),
        (
            liisa(customerIdentities=[identity(value="60001019907")]),
            [("invalid-pattern", "customer.customerIdentities[0].identityValue")],
        ),
        (
            liisa(customerIdentities=[identity(), identity("COMPANY_ID", "14015072")]),
            [("invalid-enum", "customer.customerIdentities[1].identityType")],
        ),
        (liisa(customerIdentities=[identity(), identity()]), [("invalid-pattern", "customer.customerIdentities[1]")]),
        (
            liisa(customerIdentities=[identity(), identity(value="47101010033")]),
            [("invalid-pattern", "customer.customerIdentities[1].identityValue")],
        ),
        (
            liisa(customerIdentities=[identity("EIC", MARI)]),
            [("invalid-enum", "customer.customerIdentities[0].identityType")],
        ),
        (
            liisa(customerIdentities=[{"identityType": "PERSONAL_ID", "identityValue": "60001019906"}]),
            [("missing", "customer.customerIdentities[0].identityExtension")],
        ),
        (
            liisa(customerIdentities=[identity(ISSUER="PPA")]),
            [("invalid-pattern", "customer.customerIdentities[0].identityExtension")],
        ),
        (
            liisa(customerIdentities=[identity(COUNTRY="ee")]),
            [("invalid-pattern", "customer.customerIdentities[0].identityExtension[0]")],
        ),
        (
            liisa(customerIdentities=[{**identity(), "identityExtension": 2 * extension(COUNTRY="EE")}]),
            [("invalid-pattern", "customer.customerIdentities[0].identityExtension")],
        ),
        (liisa(value("PHONE", "")), [("missing", "customer.customerMetadata[2].metadataValue")]),
        (
            liisa(value("PHONE", "5" * 251)),
            [("field-cannot-be-longer-than-x-characters", "customer.customerMetadata[2].metadataValue")],
        ),
        (liisa(value("SHOE_SIZE", "38")), [("invalid-enum", "customer.customerMetadata[2].metadataType")]),
        (liisa(value("EMAIL", "liisa")), [("invalid-email", "customer.customerMetadata[2].metadataValue")]),
        (
            liisa(value("BILLING_BANK_ACCOUNT", "EE1234567890")),
            [("invalid-pattern", "customer.customerMetadata[2].metadataValue")],
        ),
        (
            liisa(value("BILLING_METHOD", "BANK,EMAIL")),
            [
                ("missing", "customer.customerMetadata.BILLING_BANK_NAME"),
                ("missing", "customer.customerMetadata.BILLING_BANK_ACCOUNT"),
                ("missing", "customer.customerMetadata.EMAIL"),
            ],
        ),
        (liisa(value("COMPANY_NAME", "Lepp OÜ")), [("invalid-enum", "customer.customerMetadata[2].metadataType")]),
        (
            # What is wrong in one value or identity is said beside what is wrong in the shape of others and its own.
            liisa(
                value("PHONE", ""),
                {**value("EMAIL", "liisa"), "validFrom": "2026-13-01T00:00:00Z"},
                {**value("BILLING_BANK_ACCOUNT", "EE1"), "extra": 1},
                value("BILLING_METHOD", "PIGEON,POST,POST"),
                customerIdentities=[
                    {**identity(value="60001019907"), "extra": 1},
                    identity("COMPANY_ID", "1"),
                    identity("DOCUMENT_ID", "A"),
                    {**identity("DOCUMENT_ID", "A"), "identityValue": "A"},
                ],
                extra=1,
            ),
            [
                ("missing", "customer.customerMetadata[2].metadataValue"),
                ("invalid-pattern", "customer.customerMetadata[3].validFrom"),
                ("invalid-email", "customer.customerMetadata[3].metadataValue"),
                ("missing-field", "customer.customerMetadata[4].extra"),
                ("invalid-pattern", "customer.customerMetadata[4].metadataValue"),
                ("invalid-enum", "customer.customerMetadata[5].metadataValue"),
                ("invalid-pattern", "customer.customerMetadata[5].metadataValue"),
                ("missing-field", "customer.customerIdentities[0].extra"),
                ("invalid-pattern", "customer.customerIdentities[0].identityValue"),
                ("invalid-pattern", "customer.customerIdentities[1].identityValue"),
                ("missing-field", "customer.extra"),
                ("invalid-pattern", "customer.customerIdentities[3]"),
            ],
        ),
        (
            liisa(value("PHONE", "5", until=NOW + 2 * DAY), value("PHONE", "6", NOW + DAY)),
            [("invalid-pattern", "customer.customerMetadata[3].validFrom")],
        ),
        (
            liisa(customerMetadata=[value("FIRST_NAME", "Liisa"), value("LAST_NAME", "Lepp", NOW + DAY)]),
            [("missing", "customer.customerMetadata of the type LAST_NAME")],
        ),
        (
            liisa(value("PHONE", "5", NOW + 2 * DAY, NOW + DAY)),
            [("from-field-cannot-be-equal-to-or-after-to-field", "customer.customerMetadata[2].validFrom")],
        ),
        (
            liisa(value("PHONE", "5", NOW - 2 * DAY, NOW - DAY)),
            [("invalid-pattern", "customer.customerMetadata[2].validTo")],
        ),
        (
            liisa({"metadataType": "PHONE", "metadataValue": "5", "validFrom": "2026-05-04T10:00:00"}),
            [("invalid-pattern", "customer.customerMetadata[2].validFrom")],
        ),
        (
            liisa(value("PHONE", "5"), value("PHONE", "6")),
            [("invalid-pattern", "customer.customerMetadata[3].validFrom")],
        ),
        (
            liisa(value("EMAIL", "x"), value("BILLING_BANK_ACCOUNT", "y")),
            [
                ("invalid-email", "customer.customerMetadata[2].metadataValue"),
                ("invalid-pattern", "customer.customerMetadata[3].metadataValue"),
            ],
        ),
    ],
)
def test_all_that_is_wrong_is_said_with_its_path_and_nothing_is_saved(
    customer: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    cast.participant(GO)
    answer = register(customer)
    assert 400 <= answer.status_code < 500
    assert faults(answer) == found
    assert not Party.objects.filter(type="PHYSICAL_PERSON").exists()


@pytest.mark.parametrize(("sender", "role"), [(OS, Role.OPEN_SUPPLIER), (AGR, Role.AGGREGATOR)])
def test_who_registers_no_grid_agreements_registers_no_customers(sender: str, role: Role) -> None:
    cast.participant(sender)
    answer = register(liisa(), sender, role)
    assert (answer.status_code, faults(answer)) == (403, [("sender-type-error", role)])


def test_a_viewer_saves_nothing() -> None:
    cast.participant(GO)
    user = technical_user(GO, Permission.VIEWER_CUSTOMER, suffix="viewer")
    assert api(user).post(PATH, {"customer": liisa()}).status_code == 403
    assert api(user).put(PATH, {"customer": {}}).status_code == 403
