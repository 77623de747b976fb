"""What a customer may let whom see: the table of `4-exchanges.md`, at both edges of its times, to the second."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from datahub.access.rules import (
    Asked,
    CustomerView,
    Subject,
    Tie,
    customer_view,
    cut_subject,
    opened_time,
    own_time,
    settle_terms,
)
from datahub.access.rules.authorizations import PURPOSES, end_when_revoked, whole_second, whole_seconds
from datahub.market import AgreementType, AuthorizationPurpose, Role, SourceType
from datahub.market_time import LAST_SECOND, TALLINN
from datahub.periods import Period

P = AuthorizationPurpose
SUPPLIER, AGGREGATOR, ADVISER = Role.OPEN_SUPPLIER, Role.AGGREGATOR, Role.ENERGY_SERVICE_PROVIDER
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
YEAR_AGO = datetime(2025, 5, 4, 10, tzinfo=UTC)
IN_3_YEARS = datetime(2029, 5, 4, 10, tzinfo=UTC)
FROM_NOW, LAST_YEAR = Period(NOW, None), Period(YEAR_AGO, NOW)


def local(*at: int) -> datetime:
    return datetime(*at, tzinfo=TALLINN).astimezone(UTC)  # type: ignore[misc,arg-type]


def settle(
    role: Role = ADVISER,
    purpose: AuthorizationPurpose = P.RESEARCH,
    validity: Period | None = FROM_NOW,
    subject: Period | None = LAST_YEAR,
    now: datetime = NOW,
) -> tuple[object, list[tuple[str, str]]]:
    terms, faults = settle_terms(Asked(role, purpose, validity, subject, now))
    return terms, [(one.code.name.rpartition(".")[2], one.args[0]) for one in faults]


def faults(**asked: object) -> list[tuple[str, str]]:
    terms, found = settle(**asked)  # type: ignore[arg-type]
    assert (terms is None) == bool(found)
    return found


OFFERS = {SUPPLIER: P.ENERGY_SUPPLY_OFFER, AGGREGATOR: P.AGGREGATION_OFFER}


@pytest.mark.parametrize("role", OFFERS)
@pytest.mark.parametrize(
    ("now", "since"),
    [
        (NOW, YEAR_AGO),
        # Of a day that the year before lacks: its month's last.
        (local(2028, 2, 29, 12), local(2027, 2, 28, 12)),
        (local(2029, 2, 28, 12), local(2028, 2, 28, 12)),
        (local(2029, 3, 1), local(2028, 3, 1)),
        # The same time on the clock, though the offset is another one then.
        (local(2026, 3, 29, 12), local(2025, 3, 29, 12)),
        (local(2026, 10, 25, 12), local(2025, 10, 25, 12)),
    ],
)
def test_an_offer_is_valid_for_48_hours_and_opens_the_12_months_before_now(
    role: Role, now: datetime, since: datetime
) -> None:
    terms, found = settle_terms(Asked(role, OFFERS[role], None, None, now))
    assert (terms is not None, found) == (True, [])
    assert terms is not None
    assert terms.validity == Period(now, now + timedelta(hours=48))
    assert terms.subject == Subject(since, now)


def test_48_hours_are_48_hours_though_the_clock_changes() -> None:
    eve = local(2026, 3, 28, 12)
    terms, _ = settle_terms(Asked(SUPPLIER, P.ENERGY_SUPPLY_OFFER, None, None, eve))
    assert terms is not None
    assert terms.validity.end == local(2026, 3, 30, 13)


@pytest.mark.parametrize("role", OFFERS)
def test_the_periods_of_an_offer_are_not_chosen(role: Role) -> None:
    fixed = "authorization-period-is-fixed"
    period = Period(NOW, NOW + DAY)
    assert faults(role=role, purpose=OFFERS[role], validity=period, subject=None) == [(fixed, "periodStart")]
    assert faults(role=role, purpose=OFFERS[role], validity=None, subject=period) == [(fixed, "subjectPeriodStart")]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("purpose", P)
def test_each_receiver_is_given_access_for_its_own_purposes(role: Role, purpose: AuthorizationPurpose) -> None:
    chosen = {} if role == ADVISER else {"validity": None, "subject": None}
    found = faults(role=role, purpose=purpose, **chosen)
    if role not in {SUPPLIER, AGGREGATOR, ADVISER}:
        assert found == [("authorization-receiver-role-error", "role")]
    elif purpose in PURPOSES[role]:
        assert found == []
    else:
        assert found == [("authorization-purpose-error", "purpose")]


def test_the_purposes_of_the_table() -> None:
    assert {role: set(purposes) for role, purposes in PURPOSES.items()} == {
        SUPPLIER: {"ENERGY_SUPPLY_OFFER"},
        AGGREGATOR: {"AGGREGATION_OFFER"},
        ADVISER: {"ENERGY_MANAGEMENT", "ENERGY_EFFICIENCY", "FLEXIBILITY", "CARBON_ACCOUNTING", "RESEARCH"},
    }


# Where UTC would need a year before the first or behind the last.
AHEAD, BEHIND = timezone(timedelta(hours=5)), timezone(timedelta(hours=-5))
EARLY, LATE = "authorization-period-too-early", "authorization-period-too-late"
ORDER, MISSING = "from-field-cannot-be-equal-to-or-after-to-field", "missing"


@pytest.mark.parametrize(
    ("validity", "found"),
    [
        (Period(NOW, None), []),
        (Period(NOW + 400 * DAY, None), []),
        (Period(NOW, NOW + SECOND), []),
        (Period(NOW, NOW + 10_000 * DAY), []),
        (Period(NOW - SECOND, None), [(EARLY, "periodStart")]),
        (Period(NOW, LAST_SECOND), []),
        (Period(NOW, LAST_SECOND + SECOND), [(LATE, "periodEnd")]),
        (Period(NOW, datetime.max.replace(tzinfo=BEHIND)), [(LATE, "periodEnd")]),
        (Period(LAST_SECOND, None), []),
        (Period(LAST_SECOND + SECOND, None), [(LATE, "periodStart")]),
        (Period(datetime.min.replace(tzinfo=AHEAD), None), [(EARLY, "periodStart")]),
        (Period(NOW, datetime.min.replace(tzinfo=AHEAD)), [(ORDER, "periodStart")]),
        (Period(NOW, NOW), [(ORDER, "periodStart")]),
        (Period(NOW, NOW - SECOND), [(ORDER, "periodStart")]),
        (Period(NOW - SECOND, NOW - SECOND), [(EARLY, "periodStart"), (ORDER, "periodStart")]),
        (None, [(MISSING, "periodStart")]),
    ],
)
def test_an_energy_service_providers_validity_is_chosen_from_now_on(
    validity: Period | None, found: list[tuple[str, str]]
) -> None:
    assert faults(validity=validity) == found


@pytest.mark.parametrize(
    ("subject", "is_open_ended", "found"),
    [
        (Period(YEAR_AGO, NOW), True, []),
        (Period(YEAR_AGO - SECOND, NOW), True, [(EARLY, "subjectPeriodStart")]),
        (Period(NOW, IN_3_YEARS), True, []),
        (Period(NOW, IN_3_YEARS + SECOND), True, [(LATE, "subjectPeriodEnd")]),
        (Period(NOW, IN_3_YEARS + SECOND), False, []),
        (Period(NOW, LAST_SECOND), False, []),
        (Period(NOW, LAST_SECOND + SECOND), False, [(LATE, "subjectPeriodEnd")]),
        (Period(NOW, LAST_SECOND + SECOND), True, [(LATE, "subjectPeriodEnd")]),
        (Period(LAST_SECOND + SECOND, None), False, [(MISSING, "subjectPeriodEnd"), (LATE, "subjectPeriodStart")]),
        (
            Period(LAST_SECOND + SECOND, LAST_SECOND + DAY),
            False,
            [(LATE, "subjectPeriodStart"), (LATE, "subjectPeriodEnd")],
        ),
        (Period(datetime.min.replace(tzinfo=AHEAD), NOW), False, [(EARLY, "subjectPeriodStart")]),
        (Period(NOW + DAY, NOW + DAY + SECOND), True, []),
        (Period(NOW, NOW), True, [(ORDER, "subjectPeriodStart")]),
        (Period(YEAR_AGO, None), True, [(MISSING, "subjectPeriodEnd")]),
        (Period(YEAR_AGO - SECOND, None), False, [(EARLY, "subjectPeriodStart"), (MISSING, "subjectPeriodEnd")]),
        (None, False, [(MISSING, "subjectPeriodStart"), (MISSING, "subjectPeriodEnd")]),
    ],
)
def test_its_subject_period_has_an_end_and_reaches_12_months_back_and_without_an_end_3_years_ahead(
    subject: Period | None, is_open_ended: bool, found: list[tuple[str, str]]
) -> None:
    assert faults(validity=Period(NOW, None if is_open_ended else NOW + DAY), subject=subject) == found


@pytest.mark.parametrize(
    ("now", "earliest", "latest"),
    [
        (local(2028, 2, 29, 12), local(2027, 2, 28, 12), local(2031, 2, 28, 12)),
        (local(2025, 2, 28, 12), local(2024, 2, 28, 12), local(2028, 2, 28, 12)),
        (local(2026, 3, 29, 12), local(2025, 3, 29, 12), local(2029, 3, 29, 12)),
        # Three years ahead the clock jumps from 03:00 to 04:00 that night: 03:30 is 04:30 then.
        (local(2023, 3, 29, 3, 30), local(2022, 3, 29, 3, 30), local(2026, 3, 29, 4, 30)),
    ],
)
def test_12_months_and_3_years_are_counted_on_the_calendar(now: datetime, earliest: datetime, latest: datetime) -> None:
    asked = {"validity": Period(now, None), "now": now}
    assert faults(subject=Period(earliest, latest), **asked) == []
    assert faults(subject=Period(earliest - SECOND, latest), **asked) == [(EARLY, "subjectPeriodStart")]
    assert faults(subject=Period(earliest, latest + SECOND), **asked) == [(LATE, "subjectPeriodEnd")]


def test_all_faults_are_found_at_once() -> None:
    assert faults(purpose=P.AGGREGATION_OFFER, validity=Period(NOW - SECOND, None), subject=None) == [
        ("authorization-purpose-error", "purpose"),
        (EARLY, "periodStart"),
        (MISSING, "subjectPeriodStart"),
        (MISSING, "subjectPeriodEnd"),
    ]


A_YEAR, MAY, JUNE = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("grids", "own"),
    [
        ([], None),
        ([Period(A_YEAR, None)], Period(A_YEAR, None)),
        # What joins without a gap is one time; what lies behind a gap is another.
        ([Period(A_YEAR, MAY), Period(MAY, JUNE)], Period(A_YEAR, JUNE)),
        ([Period(A_YEAR, MAY - SECOND), Period(MAY, JUNE)], Period(MAY, JUNE)),
        ([Period(MAY, JUNE), Period(JUNE + SECOND, None)], Period(MAY, JUNE)),
        # In force from its very start, and no longer at its end.
        ([Period(NOW, None)], Period(NOW, None)),
        ([Period(A_YEAR, NOW + SECOND)], Period(A_YEAR, NOW + SECOND)),
        ([Period(A_YEAR, NOW)], None),
        ([Period(NOW + SECOND, None)], None),
    ],
)
def test_a_customers_own_time_is_the_unbroken_one_around_now(grids: list[Period], own: Period | None) -> None:
    assert own_time(grids, NOW) == own


@pytest.mark.parametrize(
    ("grids", "opened"),
    [
        ([], None),
        ([Period(A_YEAR, None)], Period(A_YEAR, None)),
        ([Period(A_YEAR, MAY), Period(MAY, JUNE)], Period(A_YEAR, JUNE)),
        # A later tenancy is for a new authorization, an earlier one was not opened at the giving.
        ([Period(A_YEAR, MAY), Period(MAY + SECOND, JUNE), Period(JUNE + SECOND, None)], Period(MAY + SECOND, JUNE)),
        ([Period(NOW, None)], Period(NOW, None)),
        ([Period(NOW + SECOND, None)], None),
        # Its end was moved to the midnight before it was given.
        ([Period(A_YEAR, MAY), Period(JUNE, None)], Period(A_YEAR, MAY)),
    ],
)
def test_an_authorization_opens_of_the_tenancy_in_which_it_was_given(
    grids: list[Period], opened: Period | None
) -> None:
    assert opened_time(grids, NOW) == opened


@pytest.mark.parametrize(
    ("own", "cut"),
    [
        (Period(A_YEAR, None), Subject(YEAR_AGO, NOW)),
        (Period(A_YEAR, NOW + DAY), Subject(YEAR_AGO, NOW)),
        (Period(MAY, None), Subject(MAY, NOW)),
        (Period(A_YEAR, MAY), Subject(YEAR_AGO, MAY)),
        (Period(NOW - SECOND, None), Subject(NOW - SECOND, NOW)),
        (Period(NOW, None), None),
        (Period(A_YEAR, YEAR_AGO), None),
    ],
)
def test_a_subject_period_is_cut_to_it(own: Period, cut: Subject | None) -> None:
    assert cut_subject(Subject(YEAR_AGO, NOW), own) == cut


def test_a_revoked_one_ends_at_that_instant_and_one_that_has_not_begun_never_begins() -> None:
    at = NOW + timedelta(microseconds=1)
    assert end_when_revoked(Period(NOW, None), at) == at
    assert end_when_revoked(Period(NOW + DAY, NOW + 2 * DAY), at) == NOW + DAY


def test_seconds_are_cut_down_and_written_in_utc() -> None:
    wall = datetime(2026, 5, 4, 13, 0, 0, 999_999, tzinfo=TALLINN)
    assert whole_second(wall) == NOW
    assert whole_second(wall).tzinfo is UTC
    assert whole_seconds(Period(wall, wall + SECOND)) == Period(NOW, NOW + SECOND)
    assert whole_seconds(Period(wall, None)) == Period(NOW, None)
    assert whole_seconds(None) is None
    for instant in (datetime.max.replace(tzinfo=BEHIND), datetime.min.replace(tzinfo=AHEAD)):
        assert whole_second(instant) == instant.replace(microsecond=0)


SUPPLY = Tie(AgreementType.SUPPLY, SUPPLIER, own=True)
GRID = Tie(AgreementType.GRID, Role.GRID_OPERATOR, own=True)


@pytest.mark.parametrize(
    ("ties", "seen"),
    [
        ([], (CustomerView.NAME_ALONE, SourceType.PERMISSION)),
        ([SUPPLY], (CustomerView.NAME_AND_IDENTITIES, SourceType.AGREEMENT)),
        ([SUPPLY._replace(own=False)], (CustomerView.NAME_AND_IDENTITIES, SourceType.BALANCE_STATE)),
        ([GRID], (CustomerView.ALL, SourceType.OWNERSHIP)),
    ],
)
def test_an_authorization_opens_the_name_and_narrows_nothing(ties: list[Tie], seen: tuple[object, object]) -> None:
    assert customer_view(ties, is_permitted=True) == seen
