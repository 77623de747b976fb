"""`POST /customer/search` over the wire: who finds whom, who sees what, and that each read is logged."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from datahub.access.customer_search import MOST_FOUND, Criteria, search_customers
from datahub.access.models import AccessLog
from datahub.market import Commodity, CustomerCriterion, Role
from datahub.market_time import months_before
from datahub.parties.models import Metadata, Party
from tests import cast
from tests.api import api
from tests.distribution.market import CHAINS
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
    extension,
    faults,
    identity,
    liisa,
    register,
    search,
    tie,
    value,
    values_of,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ALONE = {
    "customerMetadata": [],
    "customerIdentities": [{"identityType": "EIC", "identityValue": MARI, "identityExtension": []}],
}
NAMES = {"FIRST_NAME", "LAST_NAME"}
CONTACTS = {"PHONE", "MOBILE_PHONE", "EMAIL"}
BILLING = {"BILLING_ADDRESS", "BILLING_BANK_NAME", "BILLING_BANK_ACCOUNT", "BILLING_METHOD"}
EVERYTHING = [
    value("PHONE", "55"),
    value("MOBILE_PHONE", "56"),
    value("EMAIL", "mari@example.ee"),
    value("BILLING_ADDRESS", "Kesk 5"),
    value("BILLING_BANK_NAME", "Pank"),
    value("BILLING_BANK_ACCOUNT", "EE382200221020145685"),
    value("BILLING_METHOD", "EMAIL,POST,BANK"),
]
YEAR_AGO = months_before(NOW, 12)


def know_all_of_mari() -> None:
    mari = Party.objects.get(eic=MARI)
    Metadata.objects.bulk_create(
        Metadata(party=mari, type=one["metadataType"], value=one["metadataValue"], valid_from=cast.BEGINNING)
        for one in EVERYTHING
    )


# The agreement, the reader in its role, what it sees, on which ground. Chains: OS2 → OS → BRP, GO → BRP, AGR → OS.
READERS: list[tuple[list[Any], str, Role, set[str] | None, str]] = [
    ([("GRID", GO)], GO, Role.GRID_OPERATOR, NAMES | CONTACTS | BILLING, "OWNERSHIP"),
    ([("GRID", GO)], GO2, Role.GRID_OPERATOR, None, ""),
    # The operator's portfolio provider is told of its agreements and still sees nothing of the customer.
    ([("GRID", GO)], BRP, Role.OPEN_SUPPLIER, None, ""),
    ([("GENERAL_SERVICE", OS2)], OS2, Role.OPEN_SUPPLIER, NAMES | CONTACTS | BILLING, "AGREEMENT"),
    ([("GENERAL_SERVICE", OS2)], OS, Role.OPEN_SUPPLIER, NAMES, "BALANCE_STATE"),
    # Nor of that of its general service.
    ([("GENERAL_SERVICE", GO)], BRP, Role.OPEN_SUPPLIER, None, ""),
    ([("GENERAL_SERVICE", GO)], GO, Role.GRID_OPERATOR, NAMES, "AGREEMENT"),
    ([("SUPPLY", OS2)], OS2, Role.OPEN_SUPPLIER, NAMES, "AGREEMENT"),
    ([("SUPPLY", OS2)], OS, Role.OPEN_SUPPLIER, NAMES, "BALANCE_STATE"),
    ([("SUPPLY", OS2)], BRP, Role.OPEN_SUPPLIER, NAMES, "BALANCE_STATE"),
    ([("SUPPLY", OS2)], AGR, Role.AGGREGATOR, None, ""),
    ([("AGGREGATION", AGR)], AGR, Role.AGGREGATOR, NAMES, "AGREEMENT"),
    ([("SUPPLY", OS2), ("GENERAL_SERVICE", OS2)], OS2, Role.OPEN_SUPPLIER, NAMES | CONTACTS | BILLING, "AGREEMENT"),
    ([], GO, Role.GRID_OPERATOR, None, ""),
]


@pytest.mark.parametrize(("agreements", "reader", "role", "seen", "ground"), READERS)
def test_each_reader_sees_what_its_agreements_let_it(
    agreements: list[Any], reader: str, role: Role, seen: set[str] | None, ground: str
) -> None:
    own_role = {GO: {"service_provider_role": Role.GRID_OPERATOR}}
    build(*(tie(kind, provider, **own_role.get(provider, {})) for kind, provider in agreements))
    know_all_of_mari()
    (found,) = search(sender=reader, role=role).json()["identities"]
    if seen is None:
        assert found == ALONE
    else:
        assert found["customerType"] == "PHYSICAL_PERSON"
        assert set(values_of(found)) == seen
        assert found["customerIdentities"] == [*ALONE["customerIdentities"], identity(value="47101010033")]
    log = AccessLog.objects.get()
    assert (log.participant.eic, log.role, log.commodity) == (reader, role, "ELECTRICITY")
    assert (log.service, log.customer_eic, log.meter_eic) == ("customer/search", MARI, "")
    assert (log.ground, log.technical_user) == (ground, f"{reader}-test")


@pytest.mark.parametrize(
    ("kind", "provider", "since", "until", "seen"),
    [
        ("GRID", GO, NOW + DAY, None, "all"),
        ("GRID", GO, YEAR_AGO - DAY, YEAR_AGO, "all"),
        ("GRID", GO, YEAR_AGO - DAY, YEAR_AGO - SECOND, None),
        ("GENERAL_SERVICE", OS, YEAR_AGO - DAY, YEAR_AGO, "all"),
        ("GENERAL_SERVICE", OS, YEAR_AGO - DAY, YEAR_AGO - SECOND, None),
        ("GENERAL_SERVICE", OS, NOW, None, "all"),
        ("GENERAL_SERVICE", OS, NOW + SECOND, None, None),
        ("SUPPLY", OS, YEAR_AGO - DAY, YEAR_AGO, "name"),
        ("SUPPLY", OS, YEAR_AGO - DAY, YEAR_AGO - SECOND, None),
        ("SUPPLY", OS, NOW + SECOND, None, None),
        ("AGGREGATION", AGR, NOW, None, "name"),
        ("AGGREGATION", AGR, NOW + SECOND, None, None),
    ],
)
def test_a_ground_begins_and_ends_to_the_second(
    kind: str, provider: str, since: datetime, until: datetime | None, seen: str | None
) -> None:
    build(tie(kind, provider, since=since, until=until))
    know_all_of_mari()
    role = {GO: Role.GRID_OPERATOR, OS: Role.OPEN_SUPPLIER, AGR: Role.AGGREGATOR}[provider]
    (found,) = search_customers(
        participant=Party.objects.get(eic=provider),
        role=role,
        commodity=Commodity.ELECTRICITY,
        criteria=Criteria(CustomerCriterion.EIC, MARI),
        now=NOW,
    )
    kinds = {str(one.type) for one in found.metadata}
    assert kinds == {None: set(), "name": NAMES, "all": NAMES | CONTACTS | BILLING}[seen]
    assert (found.type is None) == (found.identities == ()) == (seen is None)


def test_an_agreement_in_another_role_or_commodity_is_no_ground() -> None:
    build(tie("GRID", GO), tie("GRID", GO2, service_provider_role=Role.CLOSED_DISTRIBUTION_NETWORK))
    assert search(commodity=Commodity.NATURAL_GAS).json()["identities"] == [ALONE]
    assert search(sender=GO2).json()["identities"] == [ALONE]
    (found,) = search(sender=GO2, role=Role.CLOSED_DISTRIBUTION_NETWORK).json()["identities"]
    assert values_of(found) == {"FIRST_NAME": "Mari", "LAST_NAME": "Maasikas"}


def test_one_sees_ones_own_data_and_that_is_not_logged() -> None:
    build()
    (found,) = search(text=OS, sender=OS, role=Role.OPEN_SUPPLIER).json()["identities"]
    assert (found["customerType"], values_of(found)) == ("MARKET_PARTICIPANT", {"COMPANY_NAME": "Päikese Energia AS"})
    assert not AccessLog.objects.exists()


def test_a_customer_is_found_by_its_identities_narrowed_by_country_and_issuer() -> None:
    build()
    customer = liisa(customerIdentities=[identity("DOCUMENT_ID", "A1", COUNTRY="FI", ISSUER="Helsinki")])
    code = eic_of(register(customer).json()["customer"])

    def found(*said: dict[str, str], kind: str = "DOCUMENT_ID", text: str = "A1") -> list[str]:
        answer = search(kind, text, extensions=list(said) or None)
        assert answer.status_code == 200, answer.content
        return [eic_of(one) for one in answer.json()["identities"]]

    assert found() == found(*extension(COUNTRY="FI")) == found(*extension(COUNTRY="FI", ISSUER="Helsinki")) == [code]
    assert found(*extension(COUNTRY="EE")) == found(*extension(ISSUER="Turku")) == found(text="A") == []
    assert found(kind="PERSONAL_ID") == []


def test_companies_are_found_by_name_and_people_never_are() -> None:
    build(tie("GRID", GO))

    def found(text: str, **more: Any) -> list[str]:
        return [eic_of(one) for one in search("NAME", text, **more).json()["identities"]]

    assert found("päik") == found("Päikese Energia AS") == [OS]
    assert found("Energia") == found("Mari") == found("Mari Maasikas") == found("Maasikas") == []
    assert found("%%%") == found("p_ik") == []
    assert found("päik", customerTypes=["MARKET_PARTICIPANT"]) == [OS]
    assert found("päik", marketParticipantRole=["OPEN_SUPPLIER", "AGGREGATOR"]) == [OS]
    assert found("päik", marketParticipantRole=["GRID_OPERATOR"]) == []


def test_a_type_that_is_hidden_is_not_told_by_the_filter_either() -> None:
    build(tie("GRID", GO))

    def found(sender: str, text: str = MARI, *kinds: str) -> list[str]:
        answer = search(text=text, sender=sender, customerTypes=list(kinds))
        return [eic_of(one) for one in answer.json()["identities"]]

    for kind in ("PHYSICAL_PERSON", "LEGAL_PERSON"):
        assert found(GO2, MARI, kind) == [MARI]
    assert found(GO, MARI, "PHYSICAL_PERSON") == found(GO, MARI, "LEGAL_PERSON", "PHYSICAL_PERSON") == [MARI]
    logged = AccessLog.objects.count()
    # What is left out is not read.
    assert found(GO, MARI, "LEGAL_PERSON") == found(GO, GO, "LEGAL_PERSON") == []
    assert AccessLog.objects.count() == logged


def test_a_name_is_searched_as_it_is_now() -> None:
    build()
    company = Party.objects.get(eic=OS)
    Metadata.objects.filter(party=company).update(valid_to=NOW - DAY)
    Metadata.objects.create(party=company, type="COMPANY_NAME", value="Kuu Energia AS", valid_from=NOW - DAY)
    assert search("NAME", "Päike").json()["identities"] == []
    assert len(search("NAME", "Kuu").json()["identities"]) == 1


def test_who_searches_by_too_little_of_a_name_is_asked_for_more() -> None:
    build()
    firms = Party.objects.bulk_create(
        Party(eic=f"38X-FIRM-{number:07d}", type="LEGAL_PERSON", name="Mets OÜ") for number in range(MOST_FOUND)
    )
    Metadata.objects.bulk_create(
        Metadata(party=firm, type="COMPANY_NAME", value="Mets OÜ", valid_from=cast.BEGINNING) for firm in firms
    )
    answer = search("NAME", "mets")
    assert answer.status_code == 200
    codes = [eic_of(one) for one in answer.json()["identities"]]
    assert len(codes) == MOST_FOUND
    assert codes == sorted(codes)
    Metadata.objects.create(
        party=Party.objects.get(eic=OS), type="ORGANIZATION_NAME", value="Metsad", valid_from=cast.BEGINNING
    )
    answer = search("NAME", "mets")
    assert (answer.status_code, faults(answer)) == (422, [("too-many-found", "searchCriteria.identityValue")])


def test_names_are_found_by_an_index() -> None:
    firms = Party.objects.bulk_create(
        Party(eic=f"38X-FIRM-{number:07d}", type="LEGAL_PERSON", name="") for number in range(3000)
    )
    Metadata.objects.bulk_create(
        Metadata(party=firm, type="COMPANY_NAME", value=f"{firm.pk % 100} OÜ", valid_from=NOW - DAY) for firm in firms
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE parties_metadata")
    names = Metadata.objects.filter(type__in=["COMPANY_NAME", "ORGANIZATION_NAME"], value__istartswith="leiv").valid_at(
        NOW
    )
    assert "parties_metadata_by_name" in names.explain()


def test_active_only_or_the_whole_history() -> None:
    build(tie("GRID", GO))
    change(value("LAST_NAME", "Mets"), value("PHONE", "77", NOW + DAY))

    def names(**more: Any) -> list[str]:
        (found,) = search(**more).json()["identities"]
        return [one["metadataValue"] for one in found["customerMetadata"]]

    assert names() == names(activeOnly=True) == ["Mari", "Mets"]
    assert names(activeOnly=False) == ["Mari", "Maasikas", "Mets", "77"]


@pytest.mark.parametrize(
    ("criteria", "more", "found"),
    [
        (None, {}, [("missing", "searchCriteria")]),
        (
            {"identityType": "SHOE", "identityValue": ""},
            {},
            [("invalid-enum", "searchCriteria.identityType"), ("missing", "searchCriteria.identityValue")],
        ),
        (
            {"identityType": "EIC", "identityValue": "38X-AVP-ZW6700C5"},
            {},
            [("eic-syntax-error", "searchCriteria.identityValue")],
        ),
        ({"identityType": "NAME", "identityValue": "Le"}, {}, [("invalid-pattern", "searchCriteria.identityValue")]),
        (identity("NAME", "Leib"), {}, [("invalid-pattern", "searchCriteria.identityExtension")]),
        (identity("EIC", MARI), {}, [("invalid-pattern", "searchCriteria.identityExtension")]),
        (
            {"identityType": "EIC", "identityValue": MARI},
            {"customerTypes": ["DOG"], "marketParticipantRole": ["CAT"], "activeOnly": "true"},
            [
                ("invalid-enum", "customerTypes[0]"),
                ("invalid-enum", "marketParticipantRole[0]"),
                ("invalid-pattern", "activeOnly"),
            ],
        ),
        (
            {
                "identityType": "PERSONAL_ID",
                "identityValue": "1",
                "identityExtension": [{"extensionType": "COUNTRY", "extensionValue": "Eesti"}],
            },
            {"pagination": {}},
            [
                ("invalid-pattern", "searchCriteria.identityExtension[0]"),
                ("missing-field", "pagination"),
            ],
        ),
    ],
)
def test_a_wrong_search_is_refused(
    criteria: dict[str, Any] | None, more: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    cast.participant(GO)
    body = {"searchCriteria": criteria, **more} if criteria else more
    answer = api(GO).post(f"{PATH}/search", body)
    assert (answer.status_code, faults(answer)) == (400, found)
    assert not AccessLog.objects.exists()


def test_the_chains_of_the_table_are_the_markets() -> None:
    assert {(fact.service_provider_eic, fact.customer_eic) for fact in CHAINS} >= {(BRP, OS), (OS, OS2), (BRP, GO)}
