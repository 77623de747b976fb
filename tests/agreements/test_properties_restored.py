"""A GRID agreement that is shortened and extended again gives back what stood on it, kept in the database all the way.

What should stand is told by a model of three lines; `test_properties_histories.py` holds the same of the rules alone.
"""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType
from tests.agreements.acting import change, standing_at
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    NORTH,
    NOW,
    SUN,
    WIND,
    day,
    fact,
    standing,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("built")]
A = AgreementType
BEGUN = day(2024, 1, 1)
# Of what stands on it, a few before now, more to come; the ends that the grid agreement is given lie behind today.
DAYS = [day(2025, 1, 1), day(2026, 1, 1), *(day(2026, month, 1) for month in range(6, 13)), day(2027, 6, 1)]
ENDS: list[datetime | None] = [day(2026, 5, 5), day(2026, 5, 6), *DAYS[2:], None]
FOREVER = day(2199, 1, 1)


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[datetime, datetime | None]]:
    """Make periods that do not meet, some of them side by side; the last may have no end."""
    edges = sorted(draw(st.sets(st.sampled_from(DAYS), min_size=2, max_size=8)))
    kept = [pair for pair in pairwise(edges) if draw(st.booleans())]
    return [*kept, (edges[-1], None)] if draw(st.booleans()) else kept


def _at(kind: AgreementType, provider: str, start: datetime, end: datetime | None) -> AgreementFact:
    if kind == A.AGGREGATION:
        return fact(kind, provider, BAKERY, AGGREGATION_POINT, start, end, parent=BAKERY_POINT)
    return fact(kind, provider, BAKERY, BAKERY_POINT, start, end)


def _key(one: AgreementFact) -> tuple[str, str, datetime]:
    return one.type, one.service_provider_eic, one.valid_from


def _check(expected: dict[tuple[str, str, datetime], datetime | None], grid_end: datetime | None) -> None:
    here = standing_at(BAKERY_POINT)
    on_it = [one for one in here if one.type in {A.SUPPLY, A.AGGREGATION}]
    assert {_key(one): one.valid_to for one in on_it} == expected
    supplies, services = ([one for one in here if one.type == kind] for kind in (A.SUPPLY, A.GENERAL_SERVICE))
    # Each day to come has one of the two, and none has both; behind the grid agreement there is neither.
    at = NOW + timedelta(hours=1)
    while at < day(2027, 8, 1):
        held = [one for one in (*supplies, *services) if one.valid_at(at)]
        assert len(held) == (grid_end is None or at < grid_end), (at, held)
        at += timedelta(days=7)
    edges = sorted(edge for one in services for edge in (one.valid_from, one.valid_to or FOREVER))
    assert len(set(edges)) == len(edges), "each part is as long as it may be"


Periods = list[tuple[datetime, datetime | None]]
HISTORIES = {
    "supplied": stretches(),
    "aggregated": stretches(),
    "ends": st.lists(st.sampled_from(ENDS), min_size=1, max_size=6),
}
SETTINGS = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def run(supplied: Periods, aggregated: Periods, ends: list[datetime | None]) -> None:
    (grid, *_) = standing(
        fact(A.GRID, NORTH, BAKERY, BAKERY_POINT, BEGUN),
        *(_at(A.SUPPLY, (SUN, WIND)[number % 2], *period) for number, period in enumerate(supplied)),
        *(_at(A.AGGREGATION, AGGREGATOR, *period) for period in aggregated),
    )
    on_it = [one for one in standing_at(BAKERY_POINT) if one.type in {A.SUPPLY, A.AGGREGATION}]
    own_ends = {_key(one): one.valid_to for one in on_it}
    assert len(own_ends) == len(supplied) + len(aggregated)
    present: datetime | None = None
    for end in [*ends, None]:
        if end == present:
            continue
        change(grid, end)
        present = end
        # The model: what would start behind the end is gone for good, the rest ends of itself or with the grid.
        own_ends = {key: own for key, own in own_ends.items() if end is None or key[2] < end}
        shown = {key: min(own or FOREVER, end or FOREVER) for key, own in own_ends.items()}
        _check({key: None if at == FOREVER else at for key, at in shown.items()}, end)


@given(**HISTORIES)
@settings(SETTINGS, max_examples=20)
def test_what_was_shortened_grows_back_and_what_was_deleted_stays_deleted(
    supplied: Periods, aggregated: Periods, ends: list[datetime | None]
) -> None:
    with transaction.atomic():
        run(supplied, aggregated, ends)
        transaction.set_rollback(True)


@pytest.mark.long
@pytest.mark.timeout(900)
@given(**HISTORIES)
@settings(SETTINGS, max_examples=800)
def test_it_does_in_many_histories(supplied: Periods, aggregated: Periods, ends: list[datetime | None]) -> None:
    with transaction.atomic():
        run(supplied, aggregated, ends)
        transaction.set_rollback(True)
