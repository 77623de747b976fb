"""The three agreements that a connection request stands on. Source: seed `003`, step 2; `4-exchanges.md`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from datahub.errors import Code, Fault, codes, fault
from datahub.market import AgreementType, Commodity
from datahub.market_time import months_after
from datahub.periods import Period

# So long an agreement counts after its end.
JOINT_INVOICE_MONTHS = 6
SUPPLY_MONTHS = 12
GRID_MONTHS = 12


class Condition(StrEnum):
    """Between whom an agreement must hold: operator and supplier, supplier and customer, operator and customer."""

    JOINT_INVOICE = "JOINT_INVOICE"
    SUPPLY = "SUPPLY"
    GRID = "GRID"


MONTHS = {
    Condition.JOINT_INVOICE: JOINT_INVOICE_MONTHS,
    Condition.SUPPLY: SUPPLY_MONTHS,
    Condition.GRID: GRID_MONTHS,
}
LONGEST_MONTHS = max(MONTHS.values())
_CODES: dict[Condition, Code] = {
    Condition.JOINT_INVOICE: codes.NO_AGREEMENT_BETWEEN_GO_AND_OS,
    Condition.SUPPLY: codes.NO_AGREEMENT_BETWEEN_OS_AND_CUSTOMER,
    Condition.GRID: codes.NO_AGREEMENT_BETWEEN_GO_AND_CUSTOMER,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks whom about which customer at which point."""

    supplier_eic: str
    operator_eic: str
    meter_eic: str
    customer_eic: str
    commodity: Commodity


@dataclass(frozen=True, slots=True)
class Standing:
    """The agreements between the parties of a request, of the point where they have one; none that was deleted.

    Each is between the right two in the right roles and for the right commodity; its time is judged here.
    """

    type: AgreementType
    period: Period


@dataclass(frozen=True, slots=True)
class Held:
    """Whether a condition holds: by which agreement's period, and until when that will do (None: it has no end).

    `until` counts too.
    """

    condition: Condition
    holds: bool
    period: Period | None = None
    until: datetime | None = None


def check(agreements: Iterable[Standing], *, now: datetime) -> list[Held]:
    """Tell which of the three conditions hold at a moment, in their order.

    An agreement counts from its start until the same wall time so many months after its end, that instant included; an
    end on a day that the later month lacks counts until that month's last day (31 August: 28 February).
    Where the supplier has none with the customer, nothing is told of the operator's: else any supplier could learn who
    lives where.
    """
    known = list(agreements)
    found = {condition: _held(condition, known, now) for condition in Condition}
    if not found[Condition.SUPPLY].holds:
        found[Condition.GRID] = Held(Condition.GRID, holds=False)
    return list(found.values())


def _held(condition: Condition, agreements: list[Standing], now: datetime) -> Held:
    begun = [one.period for one in agreements if one.type == AgreementType(condition) and one.period.start <= now]
    untils = [(period, period.end and months_after(period.end, MONTHS[condition])) for period in begun]
    counting = [(period, until) for period, until in untils if until is None or now <= until]
    if not counting:
        return Held(condition, holds=False)
    # The one that goes on longest; of two that go on alike the one that began first.
    period, until = min(counting, key=lambda it: (it[1] is not None, -it[1].timestamp() if it[1] else 0, it[0].start))
    return Held(condition, holds=True, period=period, until=until)


def condition_faults(held: Iterable[Held], asked: Asked, *, path: str) -> list[Fault]:
    """Tell which conditions do not hold, all at once; the words say nothing that the request did not."""
    fields = {
        Condition.JOINT_INVOICE: (f"{path}.serviceProviderEic", asked.supplier_eic, asked.operator_eic),
        Condition.SUPPLY: (f"{path}.customerEic", asked.supplier_eic, asked.customer_eic, asked.meter_eic),
        Condition.GRID: (f"{path}.customerEic", asked.operator_eic, asked.customer_eic, asked.meter_eic),
    }
    return [
        fault(_CODES[one.condition], *fields[one.condition], asked.commodity, MONTHS[one.condition])
        for one in held
        if not one.holds
    ]
