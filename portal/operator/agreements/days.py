"""The faults of agreements in days: a form asks for the first and the last day, the market speaks of instants.

What the rules say of an end, the instant after the last day, is said of the last day: else a reader who typed 31 May
would be told of 1 June.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from datahub import market_time
from datahub.errors import DomainError, Fault, codes, phrase
from datahub.errors.phrases import Phrase, Written, written
from datahub.market import Commodity

_FROM_TO = "{0} to {1}"
# An agreement that ends as a day begins has the day before as its last one.
_A_DAY_EARLIER: Mapping[str, Callable[..., Phrase]] = {
    "today": lambda: phrase("yesterday"),
    "the next day": lambda: phrase("today"),
    "the next day, since a supply or aggregation depends on it": lambda: phrase(
        "today, since a supply or aggregation depends on it"
    ),
    "{0} days ahead": lambda days: phrase("{0} days ahead", int(days) - 1),
}
_FIRST_OF_MONTH = "the first of a month at {0} in Europe/Tallinn"


def in_days(error: DomainError, commodity: Commodity) -> DomainError:
    """Give the same refusal with the days of the commodity, instead of the instants at which they begin."""
    return type(error)([_in_days(fault, commodity) for fault in error.faults])


def first_day_named(fault: Fault, commodity: Commodity) -> date | None:
    """Give the first day that the last one lies before, None of any other fault."""
    start = fault.args[1] if fault.code == codes.FROM_NOT_BEFORE_TO else None
    if not isinstance(start, Written) or not isinstance(start.value, datetime):
        return None
    return market_time.day_of(start.value, commodity)


def _in_days(fault: Fault, commodity: Commodity) -> Fault:
    is_end = bool(fault.args) and fault.args[0].endswith("validTo")
    return Fault(fault.code, tuple(_said(arg, commodity, is_end=is_end) for arg in fault.args))


def _said(arg: str, commodity: Commodity, *, is_end: bool) -> str:
    if isinstance(arg, Phrase):
        if arg.template == _FROM_TO:
            start, end = arg.values
            return Phrase(_FROM_TO, _said(start, commodity, is_end=False), _said(end, commodity, is_end=True))
        if arg.template == _FIRST_OF_MONTH:
            return phrase("the last day of a month") if is_end else phrase("the first day of a month")
        if is_end and arg.template in _A_DAY_EARLIER:
            return _A_DAY_EARLIER[arg.template](*arg.values)
        return Phrase(arg.template, *(_said(value, commodity, is_end=is_end) for value in arg.values))
    value = arg.value if isinstance(arg, Written) else None
    if not isinstance(value, datetime) or not market_time.is_day_start(value, commodity):
        return arg
    day = market_time.day_of(value, commodity)
    return written(day - timedelta(days=1) if is_end else day)
