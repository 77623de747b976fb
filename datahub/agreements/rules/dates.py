"""When agreements may start and end. Source: `1-market.md`, "Agreements", "Rules by type".

"Days ahead" counts local calendar days, also over a clock change; starts and ends fall on local day (gas day)
boundaries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from datahub import market_time
from datahub.agreements.facts import AgreementFact
from datahub.errors import Fault, codes, fault, phrase, written
from datahub.market import AgreementType, Commodity

# A supply that starts with the GRID agreement may be registered so long after.
SUPPLY_BACK = timedelta(hours=48)
# Days ahead at which a supply or aggregation may start: any, and where another is then active.
NEXT_DAY, CHANGE_DAYS = 1, 14
# What is agreed between two parties starts and ends with months, so many days ahead.
BETWEEN_PARTIES = frozenset(
    {AgreementType.PORTFOLIO_SUPPLIER, AgreementType.NAMED_SUPPLIER, AgreementType.JOINT_INVOICE}
)
MONTH_DAYS = {Commodity.ELECTRICITY: 7, Commodity.NATURAL_GAS: 14}
_ON_GRID = frozenset({AgreementType.SUPPLY, AgreementType.AGGREGATION})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands where an agreement is to stand, as far as its dates depend on it.

    For a supply or aggregation: `grid` is the same customer's GRID agreement that is valid at its start (for an
    aggregation, at the point above), `another_then` says whether another of its type is valid there at its start or has
    begun since. For a GRID: `stands_on_it` says whether a supply or aggregation stands on it.
    """

    grid: AgreementFact | None = None
    another_then: bool = False
    stands_on_it: bool = False


def on_the_wire(instant: datetime | None) -> str:
    """Give an instant as messages name it."""
    return phrase("open-ended") if instant is None else written(instant)


def _boundary(instant: datetime, commodity: Commodity, *, path: str, month: bool) -> list[Fault]:
    hour = market_time.DAY_STARTS_AT[commodity].strftime("%H:%M")
    if month and not market_time.is_month_start(instant, commodity):
        right = phrase("the first of a month at {0} in Europe/Tallinn", hour)
    elif not market_time.is_day_start(instant, commodity):
        right = phrase("{0} in Europe/Tallinn", hour)
    else:
        return []
    return [fault(codes.AGREEMENT_NOT_ON_BOUNDARY, path, on_the_wire(instant), right)]


def _ahead(
    instant: datetime, now: datetime, commodity: Commodity, *, path: str, days: int, why: str = ""
) -> list[Fault]:
    if market_time.days_ahead(instant, now, commodity) >= days:
        return []
    earliest = earliest_boundary(days, now, commodity, month=False)
    why = why or {0: phrase("today"), 1: phrase("the next day")}.get(days, phrase("{0} days ahead", days))
    return [fault(codes.AGREEMENT_TOO_EARLY, path, on_the_wire(instant), on_the_wire(earliest), why)]


def _may_be_late(asked: AgreementFact, now: datetime) -> bool:
    """Tell whether a supply starts no longer back than one may that starts with the GRID agreement."""
    return asked.type == AgreementType.SUPPLY and now - asked.valid_from <= SUPPLY_BACK


def form_faults(asked: AgreementFact, *, now: datetime, path: str) -> list[Fault]:
    """Give what is wrong with the dates of a new agreement whatever stands where it is to stand."""
    if asked.type in BETWEEN_PARTIES:
        alone = Surroundings()
        return start_faults(asked, alone, now=now, path=path) + end_faults(asked, alone, now=now, path=path)
    start, end, commodity = asked.valid_from, asked.valid_to, asked.commodity
    start_path, end_path = f"{path}.validFrom", f"{path}.validTo"
    faults = _boundary(start, commodity, path=start_path, month=False)
    if asked.type in _ON_GRID and not _may_be_late(asked, now):
        faults += _ahead(start, now, commodity, path=start_path, days=NEXT_DAY, why=_next_day(asked))
    if end is not None:
        faults += _order(asked, path)
        faults += _boundary(end, commodity, path=end_path, month=False)
        faults += _ahead(end, now, commodity, path=end_path, days=NEXT_DAY if asked.type in _ON_GRID else 0)
    return faults


def _next_day(asked: AgreementFact) -> str:
    if asked.type == AgreementType.SUPPLY:
        return phrase("the next day, or up to 48 hours back where it starts together with the GRID agreement")
    return phrase("the next day")


def _order(asked: AgreementFact, path: str) -> list[Fault]:
    """Give the fault of an end that is not after the start."""
    if asked.valid_to is None or asked.valid_from < asked.valid_to:
        return []
    start, end = on_the_wire(asked.valid_from), on_the_wire(asked.valid_to)
    return [fault(codes.FROM_NOT_BEFORE_TO, f"{path}.validFrom", start, f"{path}.validTo", end)]


def days_to_start(kind: AgreementType, commodity: Commodity, *, another_then: bool = False) -> int | None:
    """Give how many local days ahead an agreement of a type starts at the earliest; None: it may start at any time."""
    if kind in BETWEEN_PARTIES:
        return MONTH_DAYS[commodity]
    if kind in _ON_GRID:
        return CHANGE_DAYS if another_then else NEXT_DAY
    return None


def days_to_end(kind: AgreementType, commodity: Commodity, *, stands_on_it: bool = False) -> int:
    """Give how many local days ahead an agreement of a type ends at the earliest."""
    if kind in BETWEEN_PARTIES:
        return MONTH_DAYS[commodity]
    return NEXT_DAY if kind in _ON_GRID or stands_on_it else 0


def keeps_to_months(kind: AgreementType, commodity: Commodity, *, with_grid: bool = False) -> bool:
    """Tell whether an agreement of a type starts and ends with months; `with_grid`: as the GRID agreement does."""
    gas_supply = kind == AgreementType.SUPPLY and commodity == Commodity.NATURAL_GAS
    return kind in BETWEEN_PARTIES or (gas_supply and not with_grid)


def earliest_boundary(days: int, now: datetime, commodity: Commodity, *, month: bool) -> datetime:
    """Give the first instant, so many local days ahead or later, at which a day begins, or a month."""
    day = now.astimezone(market_time.TALLINN).date() + timedelta(days=days)
    if month and day.day != 1:
        day = market_time.add_months(day.replace(day=1), 1)
    return market_time.day_start(day, commodity)


def start_faults(asked: AgreementFact, around: Surroundings, *, now: datetime, path: str) -> list[Fault]:
    """Give what is wrong with the start of a new agreement."""
    path = f"{path}.validFrom"
    start, kind, commodity = asked.valid_from, asked.type, asked.commodity
    with_grid = kind == AgreementType.SUPPLY and around.grid is not None and start == around.grid.valid_from
    month = keeps_to_months(kind, commodity, with_grid=with_grid)
    faults = _boundary(start, commodity, path=path, month=month)
    days = days_to_start(kind, commodity, another_then=around.another_then)
    if days is None or (with_grid and not around.another_then and _may_be_late(asked, now)):
        return faults
    why = ""
    if around.another_then:
        why = phrase("{0} days ahead, since another {1} agreement is valid then", days, kind)
    elif kind in _ON_GRID:
        why = _next_day(asked)
    return faults + _ahead(start, now, commodity, path=path, days=days, why=why)


def end_faults(asked: AgreementFact, around: Surroundings, *, now: datetime, path: str) -> list[Fault]:
    """Give what is wrong with the end that an agreement is to have; open-ended is always right here."""
    end, kind, commodity = asked.valid_to, asked.type, asked.commodity
    if end is None:
        return []
    faults = _order(asked, path)
    path = f"{path}.validTo"
    with_grid = around.grid is not None and end == around.grid.valid_to
    days = days_to_end(kind, commodity, stands_on_it=around.stands_on_it)
    why = phrase("the next day, since a supply or aggregation depends on it") if around.stands_on_it else ""
    faults += _boundary(end, commodity, path=path, month=keeps_to_months(kind, commodity, with_grid=with_grid))
    return faults + _ahead(end, now, commodity, path=path, days=days, why=why)


def change_faults(standing: AgreementFact, *, now: datetime) -> list[Fault]:
    """Give the fault of changing an agreement that has expired."""
    if standing.valid_now_or_later(now):
        return []
    return [fault(codes.AGREEMENT_EXPIRED, on_the_wire(standing.valid_to))]


def delete_faults(standing: AgreementFact, *, now: datetime) -> list[Fault]:
    """Give the fault of deleting an agreement that has started."""
    if standing.valid_from > now:
        return []
    return [fault(codes.AGREEMENT_STARTED, on_the_wire(standing.valid_from))]
