"""Over random markets nobody sees more, or less, than the table "Who may see what" grants, told instant by instant."""

import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from datahub.access import rules, selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import one_point
from datahub.market import AgreementType, Role
from datahub.metering.models import MeteringPoint
from tests.agreements import market
from tests.agreements.market import (
    BALANCE,
    ELECTRICITY,
    FLAT,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    standing,
)

SUPPLIERS = [SUN, WIND, NAMED, BALANCE, STRANGER, LINE]
MONTHS = [day(2024 + n // 12, n % 12 + 1, 1) for n in range(36)]
# Whatever happens, happens at the start of a month: one instant stands for each.
INSTANTS = [start + timedelta(days=10) for start in MONTHS]
FOREVER = day(2027, 1, 1)
SINCE = rules.ground_since(NOW)
A = AgreementType


def random_agreement(dice: random.Random) -> AgreementFact:
    start = dice.randrange(35)
    end = dice.choice([None, dice.randrange(start + 1, 36)])
    period = MONTHS[start], None if end is None else MONTHS[end]
    kind = dice.choice([A.PORTFOLIO_SUPPLIER, A.PORTFOLIO_SUPPLIER, A.SUPPLY, A.SUPPLY, A.GENERAL_SERVICE, A.GRID])
    if kind == A.PORTFOLIO_SUPPLIER:
        provider, customer = dice.sample(SUPPLIERS, 2)
        return market.portfolio(provider, customer, *period)
    provider = NORTH if kind == A.GRID else dice.choice(SUPPLIERS)
    return fact(kind, provider, dice.choice([MARI, JAAN]), dice.choice([HOUSE, FLAT]), *period)


def random_market(seed: int) -> list[AgreementFact]:
    """Make agreements that may stand together; circles of portfolios in time are not asked about here."""
    dice = random.Random(seed)  # noqa: S311
    kept: list[AgreementFact] = []
    for _ in range(60):
        one = random_agreement(dice)
        if not any(one_point.excludes(one, other) and one.period.overlaps(other.period) for other in kept):
            kept.append(one)
    return kept


def stands_above(reader: str, member: str, instant: datetime, agreements: list[AgreementFact]) -> bool:
    """Walk up from a member at one instant."""
    walked: set[str] = set()
    party: str | None = member
    while party is not None and party not in walked:
        walked.add(party)
        party = next(
            (
                a.service_provider_eic
                for a in agreements
                if a.type == A.PORTFOLIO_SUPPLIER and a.customer_eic == party and a.valid_at(instant)
            ),
            None,
        )
        if party == reader:
            return True
    return False


def runs(granted: list[bool]) -> list[tuple[int, int]]:
    """Give the stretches of months that are granted, from first to behind the last."""
    edges = [n for n in range(37) if (n < 36 and granted[n]) != (n > 0 and granted[n - 1])]
    return [(first, last) for first, last in list(pairwise(edges))[::2]]


def grounds(reader: str, point: str, agreements: list[AgreementFact]) -> tuple[bool, set[datetime]]:
    """Give whether a supplier sees a point, and the instants whose readings it may read."""
    visible, readable = False, set()
    for a in agreements:
        if a.point_eic != point or a.type not in {A.SUPPLY, A.GENERAL_SERVICE}:
            continue
        if a.type == A.GENERAL_SERVICE and a.valid_from > NOW:
            continue
        own = a.service_provider_eic == reader
        granted = [
            a.valid_at(t) and (own or stands_above(reader, a.service_provider_eic, t, agreements)) for t in INSTANTS
        ]
        for first, last in runs(granted):
            start, end = MONTHS[first], MONTHS[last] if last < 36 else FOREVER
            if end < SINCE:
                continue
            visible |= start <= NOW or start == a.valid_from
            if start <= NOW:
                readable |= set(INSTANTS[first:last])
        if own and a.type == A.SUPPLY and a.valid_at(NOW):
            grids = [g for g in agreements if g.type == A.GRID and g.point_eic == point]
            readable |= {
                t
                for t in INSTANTS
                if SINCE <= t < NOW and any(g.customer_eic == a.customer_eic and g.valid_at(t) for g in grids)
            }
    return visible, readable


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(25))
def test_every_supplier_sees_exactly_what_the_table_grants(seed: int) -> None:
    market.build()
    agreements = standing(*random_market(seed))
    for reader in SUPPLIERS:
        who = market.party(reader), Role.OPEN_SUPPLIER, ELECTRICITY, NOW
        for eic in (HOUSE, FLAT):
            visible, readable = grounds(reader, eic, agreements)
            point = MeteringPoint.objects.get(eic=eic)
            assert selectors.visible_points(*who).filter(eic=eic).exists() is visible, (seed, reader, eic)
            assert bool(selectors.grounds_for([point], *who)[point.pk]) is visible, (seed, reader, eic)
            periods = selectors.reading_periods(point, *who)
            seen = {t for t in INSTANTS for start, end, _ in periods if start <= t and (end is None or t < end)}
            assert seen == readable, (seed, reader, eic)
