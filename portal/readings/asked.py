"""Which readings are asked for: a time, as a day, a month, a year or by its days, and by what they are summed."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datahub.market import Commodity
from datahub.market_time import FIRST_YEAR, LAST_YEAR, add_months, day_of, day_start
from datahub.periods import Period
from portal.forms import CodeField, DayField, FilterForm
from portal.pictures.series import Unit, period_of

# Readings are kept for about seven years; more is never asked for at once.
MOST_YEARS = 8


class Span(StrEnum):
    """How the time is chosen."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    OWN = "own"


_SPANS = [
    (Span.MONTH, _("A month")),
    (Span.DAY, _("A day")),
    (Span.YEAR, _("A year")),
    (Span.OWN, _("Choose dates")),
]
UNITS = {
    Unit.QUARTER_HOUR: _("Quarter-hour"),
    Unit.HOUR: _("Hour"),
    Unit.DAY: _("Day"),
    Unit.MONTH: pgettext_lazy("unit", "Month"),
    Unit.YEAR: pgettext_lazy("unit", "Year"),
}
_FINEST = Unit.QUARTER_HOUR
SPAN_UNITS = {Span.DAY: Unit.DAY, Span.MONTH: Unit.MONTH, Span.YEAR: Unit.YEAR}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: the days, both included, the same as a period, and the unit; `span` how they were chosen."""

    point: str
    span: Span
    first: date
    last: date
    unit: Unit
    commodity: Commodity
    with_former: bool

    @property
    def period(self) -> Period:
        """The days as a period."""
        return _days(self.first, self.last, self.commodity)

    @property
    def former(self) -> Period:
        """The same days a year before; of whole months whole months, whether or not they have a 29 February."""
        after = self.last + timedelta(days=1)
        is_whole = self.first.day == after.day == 1
        last = add_months(after, -12) - timedelta(days=1) if is_whole else add_months(self.last, -12)
        return _days(add_months(self.first, -12), last, self.commodity)

    def within(self, period: Period) -> "Asked":
        """Give what of it lies in the days of a period; they share some."""
        last = self.last if period.end is None else day_of(period.end - timedelta(microseconds=1), self.commodity)
        first = max(self.first, day_of(period.start, self.commodity))
        return replace(self, first=first, last=min(self.last, last))

    def moved(self, steps: int) -> date | None:
        """Give a day of the day, month or year so many before or behind; None for own dates and where there is none."""
        months = {Span.MONTH: 1, Span.YEAR: 12}.get(self.span)
        if self.span is Span.OWN or not FIRST_YEAR + 1 < self.first.year < LAST_YEAR - 1:
            return None
        return self.first + timedelta(days=steps) if months is None else add_months(self.first, months * steps)


def _days(first: date, last: date, commodity: Commodity) -> Period:
    return Period(day_start(first, commodity), day_start(last + timedelta(days=1), commodity))


class ReadingFilters(FilterForm):
    """A time and a unit; whose pages they are adds the field `point`."""

    span = forms.ChoiceField(label=_("Period"), choices=_SPANS)
    day = DayField(label=_("Any day in that period"))
    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))
    unit = CodeField(Unit, label=_("Total per"), empty=_("Automatic"))
    former = forms.BooleanField(label=_("Compare with the previous year"))

    def __init__(self, *args: Any, commodity: Commodity, now: datetime, **named: Any) -> None:
        super().__init__(*args, **named)
        self.commodity = commodity
        self.today = day_of(now, commodity)
        units = {unit: words for unit, words in UNITS.items() if unit is not _FINEST or _has_finest(commodity)}
        self.fields["unit"].choices = [("", _("Automatic")), *units.items()]  # type: ignore[attr-defined]

    @property
    def is_asked(self) -> bool:
        """Whether something was chosen, which may be taken back."""
        return bool(self.chosen)

    @property
    def cleared(self) -> str:
        """Give the parameters of the address at which all but the place is taken back."""
        return ""

    @property
    def own_days(self) -> list[forms.BoundField]:
        """Give the fields that count only where days are chosen."""
        return [self["first"], self["last"]]

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be, and a time that is too long."""
        given: dict[str, Any] = super().clean() or {}
        for name in ("day", "first", "last"):
            day = given.get(name)
            if day is not None and not FIRST_YEAR + 1 < day.year < LAST_YEAR - 1:
                self.add_error(name, ValidationError(_("There are no readings for that day.")))
        if given.get("span") == Span.OWN:
            for name in ("first", "last"):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, ValidationError(_("Enter this day, or choose another period.")))
        first, last = given.get("first"), given.get("last")
        if first and last and not self.errors:
            if first > last:
                self.add_error("last", ValidationError(_("This day is before the first one.")))
            elif last > add_months(first, 12 * MOST_YEARS):
                text = _("At most %(years)s years are shown at once.")
                self.add_error("last", ValidationError(text, params={"years": MOST_YEARS}))
        return given

    @property
    def asked(self) -> Asked:
        """Give what is asked for, what was left out as suits; the form is valid."""
        chosen = self.chosen
        span = Span(chosen.get("span") or Span.MONTH)
        day: date = chosen.get("day") or self.today - timedelta(days=1)
        if span is Span.OWN:
            first, last = chosen["first"], chosen["last"]
        else:
            period = period_of(SPAN_UNITS[span], day, self.commodity)
            first = day_of(period.start, self.commodity)
            last = day_of(period.end, self.commodity) - timedelta(days=1) if period.end else first
        unit = chosen.get("unit") or _suitable(first, last, self.commodity)
        return Asked(chosen["point"], span, first, last, unit, self.commodity, bool(chosen.get("former")))


def _has_finest(commodity: Commodity) -> bool:
    """Tell whether quarter-hours are read: of gas hours are the shortest."""
    return commodity is Commodity.ELECTRICITY


def _suitable(first: date, last: date, commodity: Commodity) -> Unit:
    """Give the unit in which a time is neither a few points nor thousands."""
    days = (last - first).days + 1
    if days <= 3:
        return _FINEST if _has_finest(commodity) else Unit.HOUR
    return Unit.DAY if days <= 100 else Unit.MONTH
