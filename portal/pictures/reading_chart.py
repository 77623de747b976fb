"""The reading chart as pages show it: a picture that the browser draws, the same drawn by the server, and a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.translation import gettext, pgettext
from numpy.typing import NDArray

from datahub import market_time
from portal.pictures.columns import MOST_COLUMNS, Columns, columns
from portal.pictures.former import places_a_year_before
from portal.pictures.series import Quantity, Series, SeriesPoint, Sums, Unit, exact
from portal.words.times import (
    forms_of_dates,
    said_day,
    said_instant,
    said_month,
    said_short_day,
    said_short_month,
)

# A table of more rows helps nobody; who wants them takes a file.
MOST_ROWS = 800
# One of so few is not folded away, and stands at its full height: the days of a month.
FEW_ROWS = 31
# Of a day's hours and quarter-hours each third hour is named, of a year each month, of other times what fits.
_COLUMNS = (Unit.DAY, Unit.MONTH, Unit.YEAR)
_EVERY, _FEW, _DAY, _MONTHS = {Unit.QUARTER_HOUR: 12, Unit.HOUR: 3}, 20, 100, 12


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of the table: the time in words, and what was read in it and a year before."""

    label: str
    point: SeriesPoint
    former_out: Decimal | None
    former_in: Decimal | None


@dataclass(frozen=True, slots=True)
class ReadingChart:
    """Readings of one point, ready to be shown.

    `data` is what the browser draws, None where it fetches that from `data_url`; `drawing` is the server's own picture,
    None where it would have too many columns; `rows` are empty where there would be too many. Of a direction there is
    something (`has_out`, `has_in`) if there was a year before (`has_former_out`, `has_former_in`).
    """

    id: str
    caption: str
    unit: Unit
    words: dict[str, Any]
    data: dict[str, Any] | None
    data_url: str
    drawing: Columns | None
    labels: dict[int, str]
    rows: tuple[ChartRow, ...]
    points: int
    has_out: bool
    has_in: bool
    has_former_out: bool
    has_former_in: bool
    has_missing: bool
    has_running: bool
    has_volume: bool
    total_out: Quantity
    total_in: Quantity

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read at all."""
        return not any(one.estimated or one.metered for one in (self.total_out, self.total_in))

    @property
    def has_former(self) -> bool:
        """Whether there is anything of the year before."""
        return self.has_former_out or self.has_former_in

    @property
    def is_short(self) -> bool:
        """Whether its table has few rows."""
        return len(self.rows) <= FEW_ROWS

    @property
    def axis(self) -> Iterator[tuple[str, str]]:
        """Where the server's picture names a time, and how."""
        for number, x in self.drawing.labelled if self.drawing else ():
            yield x, self.labels[number]


def reading_chart(
    series: Series, *, id: str, caption: str, former: Series | None = None, data_url: str = ""
) -> ReadingChart:
    """Make the chart of a series, beside it that of a year before; the language is that of the reader.

    Without `data_url` the points stand in the page: good for some hundreds.
    """
    former_out, former_in = _former_amounts(series, former)
    few = len(series) <= MOST_ROWS
    points = list(series.points()) if few else []
    rows = (
        tuple(
            ChartRow(_row_label(point, series.unit), point, out, into)
            for point, out, into in zip(points, _exact(former_out), _exact(former_in), strict=True)
        )
        if few
        else ()
    )
    drawing = None
    if rows and len(rows) <= MOST_COLUMNS:
        drawing = columns(
            points,
            former_out=[row.former_out for row in rows],
            former_in=[row.former_in for row in rows],
            every=_every(series),
        )
    return ReadingChart(
        id=id,
        caption=caption,
        unit=series.unit,
        words=words(),
        data=None if data_url else chart_data(series, former),
        data_url=data_url,
        drawing=drawing,
        labels={number: short_label_of(points[number], series.unit) for number, _ in drawing.labelled}
        if drawing
        else {},
        rows=rows,
        points=len(series),
        has_out=bool(former_out[1].any()) or not series.out.is_empty,
        has_in=bool(former_in[1].any()) or not series.into.is_empty,
        has_former_out=bool(former_out[1].any()),
        has_former_in=bool(former_in[1].any()),
        has_missing=_is_partial(series.out) or _is_partial(series.into),
        has_running=bool(series.running.any()),
        has_volume=series.out.volumes is not None,
        total_out=series.total_out,
        total_in=series.total_in,
    )


def _is_partial(sums: Sums) -> bool:
    return bool((sums.held & (sums.missing > 0)).any())


def _every(series: Series) -> int:
    if series.unit is Unit.MONTH:
        return 1 if len(series) <= _MONTHS else 0
    return _EVERY.get(series.unit, 0) if _FEW < len(series) <= _DAY else 0


def chart_data(series: Series, former: Series | None = None) -> dict[str, Any]:
    """Give a series as the browser takes it.

    `runs` are stretches of equal steps (start, step, number, in seconds). Of each direction: amounts in thousandths of
    kWh, null where nothing was read; `estimated` what of them is (None for hours and shorter of which none is partly
    so); `missing` the seconds without a reading of points that hold some (None where none lacks any); kinds, a letter a
    point: m metered, e estimated, p partly estimated, in capitals where some of its time has no reading, the letter of
    its `Void` where all has none; `former` amounts of the same local time a year before. `running` are the numbers of
    the points of which more is to come.
    """
    former_out, former_in = _former_amounts(series, former)
    return {
        "unit": series.unit,
        "runs": _runs(series.starts, series.ends),
        "running": np.flatnonzero(series.running).tolist(),
        "out": _direction(series.out, former_out, series.unit, series.voids),
        "in": _direction(series.into, former_in, series.unit, series.voids),
    }


def words() -> dict[str, Any]:
    """Give the words of the picture that the browser draws, and the forms of its dates."""
    return {
        "out": gettext("Consumption"),
        "in": gettext("Production"),
        "estimated": gettext("estimated"),
        "estimatedOf": gettext("of which estimated"),
        "mixed": gettext("partly estimated"),
        "missing": gettext("no reading"),
        "toCome": gettext("still to come"),
        "closed": gettext("not your time"),
        "partial": gettext("some readings are missing"),
        # The browser puts the time in.
        "soFar": gettext("%(time)s, so far"),
        "former": gettext("a year before"),
        "summer": pgettext("clock", "summer time"),
        "winter": pgettext("clock", "winter time"),
        "failed": gettext("The chart could not be loaded. Reload the page."),
        "loading": gettext("Loading the chart…"),
        "hint": gettext("Point at the chart, or use the arrow keys, to read its values."),
        "measure": "kWh",
        "dates": forms_of_dates(),
    }


def _row_label(point: SeriesPoint, unit: Unit) -> str:
    """Name a point's time in full, and say of one of which more is to come that it is told so far."""
    label = label_of(point, unit)
    return gettext("%(time)s, so far") % {"time": label} if point.is_running else label


def label_of(point: SeriesPoint, unit: Unit) -> str:
    """Name a point's time in full; of an hour that comes twice, say which of the two it is."""
    local = point.start.astimezone(market_time.TALLINN)
    match unit:
        case Unit.YEAR:
            return f"{local:%Y}"
        case Unit.MONTH:
            return said_month(local)
        case Unit.DAY:
            return said_day(local.date())
    return said_instant(local, exact=False)


def short_label_of(point: SeriesPoint, unit: Unit) -> str:
    """Name a point's time where there is little room."""
    local = point.start.astimezone(market_time.TALLINN)
    match unit:
        case Unit.YEAR:
            return f"{local:%Y}"
        case Unit.MONTH:
            return said_short_month(local)
        case Unit.DAY:
            return said_short_day(local)
    return f"{local:%H:%M}"


def former_amounts(series: Series, former: Series | None) -> tuple[list[Decimal | None], list[Decimal | None]]:
    """Give the kWh at the same local time a year before each point: of consumption, of production."""
    out, into = _former_amounts(series, former)
    return _exact(out), _exact(into)


Amounts = tuple[NDArray[np.int64], NDArray[np.bool_]]


def _former_amounts(series: Series, former: Series | None) -> tuple[Amounts, Amounts]:
    """Give what was read at the same local time a year before each point, by direction; and where there is any."""
    if former is None or not len(former):
        nothing = np.zeros(len(series), np.int64), np.zeros(len(series), np.bool_)
        return nothing, nothing
    place, found = places_a_year_before(series, former)
    return _picked(former.out, place, found), _picked(former.into, place, found)


def _picked(sums: Sums, place: NDArray[np.int64], found: NDArray[np.bool_]) -> Amounts:
    # A part of a month of the year before, beside the whole month of this one, would be taken for the whole.
    whole = sums.held[place] & (sums.missing[place] == 0) & (sums.awaited[place] == 0)
    return sums.amounts[place], np.asarray(found & whole, np.bool_)


def _exact(amounts: Amounts) -> list[Decimal | None]:
    values, held = amounts
    return [exact(value) if is_held else None for value, is_held in zip(values.tolist(), held.tolist(), strict=True)]


def _runs(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    steps = ends - starts
    breaks = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(starts)]
    return [(int(starts[first]), int(steps[first]), last - first) for first, last in pairwise(breaks) if last > first]


def _direction(sums: Sums, former: Amounts, unit: Unit, voids: NDArray[np.str_]) -> dict[str, Any] | None:
    if sums.is_empty and not former[1].any():
        return None
    mixed = (sums.estimated > 0) & (sums.metered > 0)
    kinds = np.where(mixed, "p", np.where(sums.estimated > 0, "e", "m"))
    kinds = np.where(sums.missing > 0, np.char.upper(kinds), kinds)
    kinds = np.where(sums.held, kinds, voids)
    return {
        "amounts": _or_none((sums.amounts, sums.held)),
        "estimated": sums.estimated_amounts.tolist() if unit in _COLUMNS or mixed.any() else None,
        "missing": np.where(sums.held, sums.missing, 0).tolist() if _is_partial(sums) else None,
        "kinds": "".join(kinds.tolist()),
        "former": _or_none(former) if former[1].any() else None,
    }


def _or_none(amounts: Amounts) -> list[int | None]:
    values, held = amounts
    listed: Sequence[int] = values.tolist()
    if held.all():
        return list(listed)
    return [value if is_held else None for value, is_held in zip(listed, held.tolist(), strict=True)]
