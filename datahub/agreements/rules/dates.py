"""When agreements may start and end. Source: `1-market.md`, "Agreements", "Rules by type".

"Days ahead" counts local calendar days, also over a clock change; starts and ends fall on local day (gas day)
boundaries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from datahub import market_time
from datahub.agreements.facts import AgreementFact
from datahub.errors import Fault, codes, fault
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
    return "open-ended" if instant is None else instant.isoformat().replace("+00:00", "Z")


def _boundary(instant: datetime, commodity: Commodity, *, path: str, month: bool) -> list[Fault]:
    hour = market_time.DAY_STARTS_AT[commodity].strftime("%H:%M")
    if month and not market_time.is_month_start(instant, commodity):
        right = f"the first of a month at {hour} in Europe/Tallinn"
    elif not market_time.is_day_start(instant, commodity):
        right = f"{hour} in Europe/Tallinn"
    else:
        return []
    return [fault(codes.AGREEMENT_NOT_ON_BOUNDARY, path, on_the_wire(instant), right)]


def _ahead(
    instant: datetime, now: datetime, commodity: Commodity, *, path: str, days: int, why: str = ""
) -> list[Fault]:
    if market_time.days_ahead(instant, now, commodity) >= days:
        return []
    earliest = market_time.day_start(now.astimezone(market_time.TALLINN).date() + timedelta(days=days), commodity)
    why = why or {0: "today", 1: "the next day"}.get(days, f"{days} days ahead")
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
        return "the next day, or up to 48 hours back where it starts together with the GRID agreement"
    return "the next day"


def _order(asked: AgreementFact, path: str) -> list[Fault]:
    """Give the fault of an end that is not after the start."""
    if asked.valid_to is None or asked.valid_from < asked.valid_to:
        return []
    start, end = on_the_wire(asked.valid_from), on_the_wire(asked.valid_to)
    return [fault(codes.FROM_NOT_BEFORE_TO, f"{path}.validFrom", start, f"{path}.validTo", end)]


def start_faults(asked: AgreementFact, around: Surroundings, *, now: datetime, path: str) -> list[Fault]:
    """Give what is wrong with the start of a new agreement."""
    path = f"{path}.validFrom"
    start, commodity = asked.valid_from, asked.commodity
    if asked.type in BETWEEN_PARTIES:
        return _boundary(start, commodity, path=path, month=True) + _ahead(
            start, now, commodity, path=path, days=MONTH_DAYS[commodity]
        )
    if asked.type not in _ON_GRID:
        return _boundary(start, commodity, path=path, month=False)
    is_supply = asked.type == AgreementType.SUPPLY
    with_grid = is_supply and around.grid is not None and start == around.grid.valid_from
    month = is_supply and commodity == Commodity.NATURAL_GAS and not with_grid
    faults = _boundary(start, commodity, path=path, month=month)
    if around.another_then:
        why = f"{CHANGE_DAYS} days ahead, since another {asked.type} agreement is valid then"
        faults += _ahead(start, now, commodity, path=path, days=CHANGE_DAYS, why=why)
    elif not (with_grid and _may_be_late(asked, now)):
        faults += _ahead(start, now, commodity, path=path, days=NEXT_DAY, why=_next_day(asked))
    return faults


def end_faults(asked: AgreementFact, around: Surroundings, *, now: datetime, path: str) -> list[Fault]:
    """Give what is wrong with the end that an agreement is to have; open-ended is always right here."""
    end, commodity = asked.valid_to, asked.commodity
    if end is None:
        return []
    faults = _order(asked, path)
    path, why = f"{path}.validTo", ""
    if asked.type in BETWEEN_PARTIES:
        days, month = MONTH_DAYS[commodity], True
    elif asked.type in _ON_GRID:
        with_grid = around.grid is not None and end == around.grid.valid_to
        gas_supply = asked.type == AgreementType.SUPPLY and commodity == Commodity.NATURAL_GAS
        days, month = NEXT_DAY, gas_supply and not with_grid
    else:
        days, month = NEXT_DAY if around.stands_on_it else 0, False
        why = "the next day, since a supply or aggregation stands on it" if around.stands_on_it else ""
    faults += _boundary(end, commodity, path=path, month=month)
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
