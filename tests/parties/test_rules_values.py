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
        # A name that ends leaves a person without one.
        ([(M.LAST_NAME, "Lepp", NOW + DAY)], [(codes.MISSING, "metadata of the type LAST_NAME")]),
        # Billing by e-mail goes on after the address has ended.
        (
            [(M.LAST_NAME, "Lepp", None), (M.EMAIL, "a@b.ee", NOW + DAY), (M.BILLING_METHOD, "EMAIL", None)],
            [(codes.MISSING, "metadata.EMAIL (for the billing method EMAIL)")],
        ),
        (
            [(M.LAST_NAME, "Lepp", None), (M.EMAIL, "a@b.ee", NOW + DAY), (M.BILLING_METHOD, "EMAIL", NOW + DAY)],
            [],
        ),
    ],
)
def test_values_are_checked_at_every_moment_to_come(
    values: list[tuple[M, str, datetime | None]], found: list[tuple[Code, str]]
) -> None:
    rows = [Value(kind, value, NOW, end) for kind, value, end in [(M.FIRST_NAME, "Liisa", None), *values]]
    faults = rules.values_faults(PartyType.PHYSICAL_PERSON, rows, "metadata", is_email, NOW)
    assert [(fault.code, fault.args[0]) for fault in faults] == found


def test_a_fault_stands_at_the_path_of_the_value_that_was_given() -> None:
    rows = [Value(M.COMPANY_NAME, "Leib OÜ", NOW, None), Value(M.EMAIL, "leib", NOW, None, "c.m[3].metadataValue")]
    (fault,) = rules.values_faults(PartyType.LEGAL_PERSON, rows, "c.m", is_email, NOW)
    assert fault.message == "c.m[3].metadataValue is leib, but must be an e-mail address"


PERSONAL, DOCUMENT = IdentityType.PERSONAL_ID, IdentityType.DOCUMENT_ID


@pytest.mark.parametrize(
    ("identities", "found"),
    [
        ([(PERSONAL, "1", "EE"), (PERSONAL, "2", "FI"), (DOCUMENT, "A", "EE"), (DOCUMENT, "B", "EE")], []),
        ([(PERSONAL, "1", "EE"), (PERSONAL, "2", "EE")], [codes.INVALID_PATTERN]),
        ([(PERSONAL, "1", "EE"), (PERSONAL, "1", "EE")], [codes.ALREADY_EXISTS]),
        ([(DOCUMENT, "A", "EE"), (DOCUMENT, "A", "EE")], [codes.ALREADY_EXISTS]),
    ],
)
def test_a_party_has_one_national_code_in_a_country(
    identities: list[tuple[IdentityType, str, str]], found: list[Code]
) -> None:
    facts = [IdentityFact(*identity) for identity in identities]
    paths = [f"i[{number}]" for number in range(len(facts))]
    assert [fault.code for fault in rules.second_identity_faults(facts, paths)] == found
