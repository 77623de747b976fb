"""What a party must be known by: the table of identities, national codes, names, billing, ranges."""

from collections.abc import Mapping

import pytest

from datahub.errors import codes
from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Permission, Role
from datahub.parties import eic, rules
from datahub.parties.rules import IdentityFact
from datahub.parties.services.parties import is_email

ORGANIZATION, PERSON, COMPANY = PartyType.ORGANIZATION, PartyType.PHYSICAL_PERSON, PartyType.LEGAL_PERSON
PERSONAL, COMPANY_ID = IdentityType.PERSONAL_ID, IdentityType.COMPANY_ID
DOCUMENT, EMBASSY = IdentityType.DOCUMENT_ID, IdentityType.EMBASSY_ID


@pytest.mark.parametrize("identity", list(IdentityType))
@pytest.mark.parametrize("party", [ORGANIZATION, PERSON, COMPANY])
def test_each_type_of_party_may_have_the_identities_of_the_table(party: PartyType, identity: IdentityType) -> None:
    table = {
        PERSONAL: {PERSON},
        COMPANY_ID: {ORGANIZATION, COMPANY},
        DOCUMENT: {ORGANIZATION, PERSON},
        EMBASSY: {ORGANIZATION},
    }
    faults = rules.identity_faults(party, IdentityFact(identity, "FOREIGN-1", "FI"), "i")
    assert (not faults) == (party in table[identity])
    assert [f.code for f in faults] == ([] if party in table[identity] else [codes.INVALID_ENUM])


@pytest.mark.parametrize(
    ("kind", "party", "value", "country", "valid"),
    [
        (PERSONAL, PERSON, "47101010033", "EE", True),
        (PERSONAL, PERSON, "47101010034", "EE", False),  # check digit
        (PERSONAL, PERSON, "47113010033", "EE", False),  # no such month
        (PERSONAL, PERSON, "4710101003", "EE", False),
        (PERSONAL, PERSON, "4710 1010 033", "EE", False),  # kept and compared plain
        (PERSONAL, PERSON, "٤٧١٠١٠١٠٠٣٣", "EE", False),
        (PERSONAL, PERSON, "010190-123A", "FI", True),  # foreign ones are not checked
        (COMPANY_ID, COMPANY, "14001374", "EE", True),
        (COMPANY_ID, COMPANY, "14001375", "EE", False),
        (COMPANY_ID, COMPANY, "1400137", "EE", False),
        (COMPANY_ID, COMPANY, "FI12345", "FI", True),
        (DOCUMENT, PERSON, "AB1234567", "EE", True),
        (COMPANY_ID, COMPANY, "FI12345", "XX", False),
        (COMPANY_ID, COMPANY, "FI12345", "fi", False),
        (COMPANY_ID, COMPANY, "FI12345", "", False),
        (COMPANY_ID, COMPANY, " ", "FI", False),
    ],
)
def test_estonian_codes_are_checked_and_countries_are_real(
    kind: IdentityType, party: PartyType, value: str, country: str, valid: bool
) -> None:
    assert (not rules.identity_faults(party, IdentityFact(kind, value, country), "i")) == valid


@pytest.mark.parametrize(
    ("party", "identities", "complete"),
    [
        (PERSON, [(PERSONAL, "EE")], True),
        (PERSON, [(DOCUMENT, "EE")], False),
        (PERSON, [(DOCUMENT, "FI")], True),
        (PERSON, [(PERSONAL, "FI")], True),
        (PERSON, [], False),
        (COMPANY, [(COMPANY_ID, "EE")], True),
        (COMPANY, [], False),
        (ORGANIZATION, [(EMBASSY, "FI")], True),
        (ORGANIZATION, [], False),
        (PartyType.MARKET_PARTICIPANT, [(COMPANY_ID, "EE")], True),
        (PartyType.MARKET_PARTICIPANT, [], False),
    ],
)
def test_who_lacks_a_required_identity(
    party: PartyType, identities: list[tuple[IdentityType, str]], complete: bool
) -> None:
    given = [IdentityFact(kind, "1", country) for kind, country in identities]
    assert (not rules.required_identity_faults(party, given, "identities")) == complete


M = MetadataType
MARI = {M.FIRST_NAME: "Mari", M.LAST_NAME: "Maasikas"}


@pytest.mark.parametrize(
    ("party", "values", "found"),
    [
        (PERSON, MARI, []),
        (PERSON, {M.FIRST_NAME: "Mari"}, [codes.MISSING]),
        (PERSON, {M.FIRST_NAME: "Mari", M.LAST_NAME: "  "}, [codes.MISSING]),
        (PERSON, {**MARI, M.COMPANY_NAME: "Mari OÜ"}, [codes.INVALID_ENUM]),
        (COMPANY, {M.COMPANY_NAME: "Leib OÜ"}, []),
        (COMPANY, {}, [codes.MISSING]),
        (ORGANIZATION, {M.ORGANIZATION_NAME: "Saatkond"}, []),
        (PERSON, {**MARI, M.EMAIL: "mari@example.ee"}, []),
        (PERSON, {**MARI, M.EMAIL: "mari(at)example.ee"}, [codes.INVALID_EMAIL]),
        (PERSON, {**MARI, M.BILLING_BANK_ACCOUNT: "EE382200221020145685"}, []),
        (PERSON, {**MARI, M.BILLING_BANK_ACCOUNT: "EE382200221020145686"}, [codes.INVALID_PATTERN]),
        (PERSON, {**MARI, M.PHONE: "5" * 251}, [codes.FIELD_CANNOT_BE_LONGER]),
        (PERSON, {**MARI, M.BILLING_METHOD: "EMAIL"}, [codes.MISSING_WHERE]),
        (PERSON, {**MARI, M.BILLING_METHOD: "EMAIL", M.EMAIL: "m@example.ee"}, []),
        (PERSON, {**MARI, M.BILLING_METHOD: "POST,SELF_SERVICE", M.BILLING_ADDRESS: "Tallinn"}, []),
        (PERSON, {**MARI, M.BILLING_METHOD: "POST"}, [codes.MISSING_WHERE]),
        (PERSON, {**MARI, M.BILLING_METHOD: "BANK"}, [codes.MISSING_WHERE, codes.MISSING_WHERE]),
        (PERSON, {**MARI, M.BILLING_METHOD: "PIGEON"}, [codes.INVALID_ENUM]),
        (PERSON, {**MARI, M.BILLING_METHOD: "EMAIL,", M.EMAIL: "m@example.ee"}, [codes.INVALID_ENUM]),
        (PERSON, {**MARI, M.BILLING_METHOD: "B2B_BILL,B2B_BILL"}, [codes.INVALID_PATTERN]),
    ],
)
def test_what_may_be_known_of_a_party(party: PartyType, values: Mapping[M, str], found: list[object]) -> None:
    assert [f.code for f in rules.metadata_faults(party, values, "metadata", is_email)] == found


@pytest.mark.parametrize(
    ("party", "role", "commodity", "allowed"),
    [
        (PartyType.MARKET_PARTICIPANT, Role.GRID_OPERATOR, Commodity.NATURAL_GAS, True),
        (PartyType.MARKET_PARTICIPANT, Role.AGGREGATOR, Commodity.NATURAL_GAS, False),
        (PartyType.MARKET_PARTICIPANT, Role.LINE_OPERATOR, Commodity.NATURAL_GAS, False),
        (PartyType.MARKET_PARTICIPANT, Role.CLOSED_DISTRIBUTION_NETWORK, Commodity.NATURAL_GAS, False),
        (PartyType.MARKET_PARTICIPANT, Role.CHARGING_POINT_OPERATOR, Commodity.NATURAL_GAS, False),
        (PartyType.MARKET_PARTICIPANT, Role.AGGREGATOR, Commodity.ELECTRICITY, True),
        (PERSON, Role.OPEN_SUPPLIER, Commodity.ELECTRICITY, False),
    ],
)
def test_who_may_hold_a_role(party: PartyType, role: Role, commodity: Commodity, allowed: bool) -> None:
    assert (not rules.role_faults(party, role, commodity, "marketRole")) == allowed


@pytest.mark.parametrize(
    ("prefix", "others", "allowed"),
    [
        ("38ZGO-1", ["38ZGO-2"], True),
        ("38ZGO-1", ["38ZGO-"], False),  # inside another's
        ("38ZGO-", ["38ZGO-1"], False),  # around another's
        ("38XGO-1", [], False),
        ("38Z", [], False),
        ("38zgo-1", [], False),
        ("38ZGO-1000000001", [], False),  # a whole code is no range
    ],
)
def test_code_ranges_never_meet(prefix: str, others: list[str], allowed: bool) -> None:
    assert (not rules.range_faults(prefix, others, "eicRange")) == allowed


@pytest.mark.parametrize(
    ("suffix", "permissions", "networks", "existing", "allowed"),
    [
        ("demo", [Permission.ADMIN], [], 19, True),
        ("demo", [Permission.ADMIN], [], 20, False),
        ("demo", [Permission.ADMIN], ["192.0.2.0/24", "2001:db8::/32", "192.0.2.7"], 0, True),
        ("demo", [Permission.ADMIN], ["192.0.2.1/24"], 0, False),  # host bits
        ("demo", [Permission.ADMIN], ["office"], 0, False),
        ("demo", [], [], 0, False),
        ("", [Permission.ADMIN], [], 0, False),
        ("a b", [Permission.ADMIN], [], 0, False),
        ("x" * 41, [Permission.ADMIN], [], 0, False),
    ],
)
def test_technical_users(
    suffix: str, permissions: list[Permission], networks: list[str], existing: int, allowed: bool
) -> None:
    faults = rules.technical_user_faults(
        suffix=suffix, permissions=permissions, allowed_networks=networks, existing=existing, path="technicalUser"
    )
    assert (not faults) == allowed


@pytest.mark.parametrize(
    ("code", "kind", "valid"),
    [
        ("38ZGO-10000001-U", eic.METERING_POINT, True),
        ("38X-EIN-GO-----0", eic.PARTY, True),
        ("38A-EE-98-4634-U", eic.AREA, True),
        ("38ZGO-10000001-V", eic.METERING_POINT, False),  # check character
        ("38ZGO-10000001-U", eic.PARTY, False),  # of the wrong kind
        ("38zgo-10000001-u", eic.METERING_POINT, False),
        ("38ZGO-10000001-U\n", eic.METERING_POINT, False),
        ("٣٨ZGO-10000001-U", eic.METERING_POINT, False),
        ("", eic.PARTY, False),
    ],
)
def test_eic_codes(code: str, kind: str, valid: bool) -> None:
    fault = eic.check(code, kind=kind, path="eic")
    assert (fault is None) == valid
    assert fault is None or (fault.code == codes.EIC_SYNTAX and fault.args[0] == "eic")
