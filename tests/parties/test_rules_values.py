"""What is known of a party over time: a new value ends the former, history stays, what is to come is checked too."""

from datetime import UTC, datetime, timedelta

import pytest

from datahub.errors import Code, codes
from datahub.market import IdentityType, MetadataType, PartyType
from datahub.parties import rules
from datahub.parties.rules import GivenValue, IdentityFact, Value
from datahub.parties.services.parties import is_email

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
DAY = timedelta(days=1)
M = MetadataType
# The hours of the tables count from NOW; None is open.
Hours = tuple[str, int, int | None]


def at(hours: int | None) -> datetime | None:
    return None if hours is None else NOW + timedelta(hours=hours)


def known(*rows: Hours) -> list[Value]:
    return [Value(M.PHONE, value, NOW + timedelta(hours=start), at(end)) for value, start, end in rows]


def settled(before: list[Hours], *given: tuple[str, int | None, int | None]) -> list[Hours]:
    values, faults = rules.settle_values(
        known(*before), [GivenValue(M.PHONE, value, at(start), at(end), "m") for value, start, end in given], NOW
    )
    assert faults == []

    def hours(instant: datetime | None) -> int | None:
        return None if instant is None else round((instant - NOW).total_seconds() / 3600)

    return [(value.value, hours(value.valid_from) or 0, hours(value.valid_to)) for value in values]


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [
        # The first, the next, and one in between.
        ([], ("A", None, None), [("A", 0, None)]),
        ([("A", -9, None)], ("B", None, None), [("A", -9, 0), ("B", 0, None)]),
        ([("A", -9, None)], ("B", 5, None), [("A", -9, 5), ("B", 5, None)]),
        # Back in time, as long as nothing that has begun is lost.
        ([("A", -9, None)], ("B", -8, None), [("A", -9, -8), ("B", -8, None)]),
        # An end of its own: the former does not come back.
        ([("A", -9, None)], ("B", None, 5), [("A", -9, 0), ("B", 0, 5)]),
        # What is planned stays, unless it is given anew or a value is given for its time.
        ([("A", -9, 7), ("C", 7, None)], ("B", None, None), [("A", -9, 0), ("B", 0, 7), ("C", 7, None)]),
        ([("A", -9, 7), ("C", 7, None)], ("B", 7, None), [("A", -9, 7), ("B", 7, None)]),
        ([("A", -9, 7), ("C", 7, None)], ("B", None, 8), [("A", -9, 0), ("B", 0, 8)]),
        ([("A", -9, 7), ("C", 7, None)], ("B", None, 7), [("A", -9, 0), ("B", 0, 7), ("C", 7, None)]),
        # What began at this very instant was valid before it for no one.
        ([("A", 0, None)], ("B", None, None), [("B", 0, None)]),
        # The same again changes nothing, at whatever time it is said.
        ([("A", -9, None)], ("A", None, None), [("A", -9, None)]),
        ([("A", -9, None)], ("A", -9, None), [("A", -9, None)]),
        ([("A", -9, None)], ("A", -3, None), [("A", -9, None)]),
        ([("A", -9, 7), ("C", 7, None)], ("A", None, None), [("A", -9, 7), ("C", 7, None)]),
        ([("A", -9, -5), ("B", -5, None)], ("A", -9, -5), [("A", -9, -5), ("B", -5, None)]),
        ([("A", -9, -5), ("B", -5, None)], ("A", -9, None), [("A", -9, -5), ("B", -5, None)]),
        # Its end moves: earlier, back in time, later, away.
        ([("A", -9, None)], ("A", None, 4), [("A", -9, 4)]),
        ([("A", -9, None)], ("A", -9, -1), [("A", -9, -1)]),
        ([("A", -9, 4)], ("A", None, 6), [("A", -9, 6)]),
        ([("A", -9, 4)], ("A", None, None), [("A", -9, None)]),
        ([("A", -9, 4), ("C", 4, 6)], ("A", None, 5), [("A", -9, 5)]),
        # After its end the same value is a new one.
        ([("A", -9, -5)], ("A", None, None), [("A", -9, -5), ("A", 0, None)]),
    ],
)
def test_what_a_given_value_does_to_those_that_are_known(
    before: list[Hours], given: tuple[str, int | None, int | None], after: list[Hours]
) -> None:
    assert settled(before, given) == after


def test_several_values_of_a_type_follow_each_other_in_whatever_order_they_are_given() -> None:
    for given in ([("B", None, None), ("C", 5, 9)], [("C", 5, 9), ("B", None, None)]):
        assert settled([("A", -9, None)], *given) == [("A", -9, 0), ("B", 0, 5), ("C", 5, 9)]


@pytest.mark.parametrize(
    ("before", "given", "code", "path"),
    [
        ([("A", -9, None)], [("B", -9, None)], codes.INVALID_PATTERN, "m.validFrom"),
        ([("A", -9, None)], [("B", -10, None)], codes.INVALID_PATTERN, "m.validFrom"),
        ([("A", -9, -5), ("B", -5, None)], [("C", -6, None)], codes.INVALID_PATTERN, "m.validFrom"),
        ([("A", -9, -5), ("B", -5, None)], [("A", -9, -4)], codes.INVALID_PATTERN, "m.validTo"),
        ([], [("A", None, 0)], codes.FROM_NOT_BEFORE_TO, "m.validFrom"),
        ([], [("A", 5, 5)], codes.FROM_NOT_BEFORE_TO, "m.validFrom"),
        ([], [("A", -5, 0)], codes.INVALID_PATTERN, "m.validTo"),
        ([("A", -9, None)], [("A", None, -9)], codes.FROM_NOT_BEFORE_TO, "m.validFrom"),
        ([], [("A", 5, None), ("B", 5, None)], codes.INVALID_PATTERN, "m.validFrom"),
        ([], [("A", None, None), ("A", None, None)], codes.INVALID_PATTERN, "m.validFrom"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed_by_it(
    before: list[Hours], given: list[tuple[str, int | None, int | None]], code: Code, path: str
) -> None:
    rows = [GivenValue(M.PHONE, value, at(start), at(end), "m") for value, start, end in given]
    values, faults = rules.settle_values(known(*before), rows, NOW)
    assert [(fault.code, fault.args[0]) for fault in faults] == [(code, path)]
    assert values[: len(before)] == known(*before)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([(M.LAST_NAME, "Lepp", None)], []),
        # A name that ends leaves a person without one, also where there is another one later.
        (
            [(M.LAST_NAME, "Lepp", NOW + DAY)],
            ["metadata of the type LAST_NAME is missing from 2026-05-05T10:00:00Z on"],
        ),
        # Billing by e-mail goes on after the address has ended.
        (
            [(M.LAST_NAME, "Lepp", None), (M.EMAIL, "a@b.ee", NOW + DAY), (M.BILLING_METHOD, "EMAIL", None)],
            ["metadata.EMAIL is missing from 2026-05-05T10:00:00Z on (for the billing method EMAIL)"],
        ),
        (
            [(M.LAST_NAME, "Lepp", None), (M.EMAIL, "a@b.ee", NOW + DAY), (M.BILLING_METHOD, "EMAIL", NOW + DAY)],
            [],
        ),
        # What lacks now is told once, however long it does.
        (
            [(M.LAST_NAME, "Lepp", None), (M.BILLING_METHOD, "POST", None), (M.PHONE, "5", NOW + DAY)],
            ["metadata.BILLING_ADDRESS is missing (for the billing method POST)"],
        ),
    ],
)
def test_values_are_checked_at_every_moment_to_come(
    values: list[tuple[M, str, datetime | None]], found: list[str]
) -> None:
    rows = [Value(kind, value, NOW, end) for kind, value, end in [(M.FIRST_NAME, "Liisa", None), *values]]
    faults = rules.values_faults(PartyType.PHYSICAL_PERSON, rows, "metadata", is_email, NOW)
    assert [fault.message for fault in faults] == found


def test_a_fault_stands_at_the_path_of_the_value_that_was_given() -> None:
    given = [Value(M.EMAIL, "leib", NOW, None, "c.m[3]"), Value(M.LAST_NAME, "Leib", NOW, None, "c.m[4]")]
    rows = [Value(M.COMPANY_NAME, "Leib OÜ", NOW, None), *given]
    faults = rules.values_faults(PartyType.LEGAL_PERSON, rows, "c.m", is_email, NOW)
    assert [fault.message for fault in faults] == [
        "c.m[3].metadataValue is leib, but must be an e-mail address",
        "c.m[4].metadataType can be of the names of a LEGAL_PERSON only COMPANY_NAME, not LAST_NAME",
    ]


@pytest.mark.parametrize(
    ("kind", "known_as", "given_as", "kept"),
    [
        # A set has no order.
        (M.BILLING_METHOD, "EMAIL,POST", "POST, EMAIL", "EMAIL,POST"),
        (M.BILLING_METHOD, "EMAIL,POST", "POST", "POST"),
        (M.BILLING_BANK_ACCOUNT, "EE382200221020145685", "ee38 2200 2210 2014 5685", "EE382200221020145685"),
        (M.BILLING_BANK_ACCOUNT, "EE382200221020145685", "EE47 1000 0010 2014 5685", "EE471000001020145685"),
        (M.EMAIL, "a@b.ee", "A@b.ee", "A@b.ee"),
    ],
)
def test_what_says_the_same_is_the_same_value(kind: M, known_as: str, given_as: str, kept: str) -> None:
    before = Value(kind, known_as, NOW - DAY, None)
    after, faults = rules.settle_values([before], [GivenValue(kind, given_as)], NOW)
    assert faults == []
    assert after[-1].value == kept
    assert (after == [before]) == (kept == known_as)


def test_a_value_does_not_begin_before_another_one_of_the_message_ends() -> None:
    def faults(*given: tuple[str, int | None, int | None]) -> list[str]:
        rows = [GivenValue(M.PHONE, value, at(start), at(end), f"m[{value}]") for value, start, end in given]
        return [fault.message for fault in rules.settle_values(known(("A", -9, None)), rows, NOW)[1]]

    wanted = ["m[C].validFrom is 2026-05-04T14:00:00Z, but must be 2026-05-04T15:00:00Z, when m[B] ends, or later"]
    assert faults(("B", None, 5), ("C", 4, None)) == faults(("C", 4, 9), ("B", None, 5)) == wanted
    assert faults(("B", None, 5), ("C", 5, None)) == faults(("B", None, None), ("C", 4, None)) == []
    # The end of a value that is known counts as well as a new one's.
    assert faults(("A", -9, 5), ("C", 4, None)) == [wanted[0].replace("m[B]", "m[A]")]


def test_times_in_faults_are_written_with_z() -> None:
    over = known(("A", -9, -5), ("B", -5, None))
    given = [("C", -6, None), ("A", -9, -4), ("D", -3, 0)]
    for value, start, end in given:
        row = GivenValue(M.PHONE, value, at(start), at(end), "m")
        (fault,) = rules.settle_values(over, [row], NOW)[1]
        assert "+00:00" not in fault.message
        assert fault.message.count("Z") >= 2


PERSONAL, DOCUMENT = IdentityType.PERSONAL_ID, IdentityType.DOCUMENT_ID


@pytest.mark.parametrize(
    ("identities", "found"),
    [
        ([(PERSONAL, "1", "EE"), (PERSONAL, "2", "FI"), (DOCUMENT, "A", "EE"), (DOCUMENT, "B", "EE")], []),
        ([(PERSONAL, "1", "EE"), (PERSONAL, "2", "EE")], [codes.INVALID_PATTERN]),
        ([(PERSONAL, "1", "EE"), (PERSONAL, "1", "EE")], []),
    ],
)
def test_a_party_has_one_national_code_in_a_country(
    identities: list[tuple[IdentityType, str, str]], found: list[Code]
) -> None:
    facts = [IdentityFact(*identity) for identity in identities]
    paths = [f"i[{number}]" for number in range(len(facts))]
    assert [fault.code for fault in rules.second_identity_faults(facts, paths)] == found


def test_an_identity_stands_once_in_a_list() -> None:
    facts = [IdentityFact(*key) for key in ((DOCUMENT, "A", "EE"), (DOCUMENT, "A", "FI"), (DOCUMENT, "A", "EE"))]
    (fault,) = rules.repeated_identity_faults(facts, ["i[0]", "i[1]", "i[2]"])
    assert fault.message == "i[2] is DOCUMENT_ID A EE, but must be another one: it is already at i[0]"
