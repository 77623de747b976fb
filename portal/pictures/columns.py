"""The reading chart as the server draws it: a column a point, for print and for who runs no scripts. Knows no Django.

Across, places are shares of the width; down, they are pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from portal.pictures.series import Quantity, SeriesPoint
from portal.pictures.timeline import percent

HEIGHT = 240
MOST_COLUMNS = 124
_TOP, _BASE = 14, 214
_GAP = 0.16
_LABELS = 8
# The least that is missing is seen. static/portal/chart.js has the same.
_LEAST_MISSING = 0.15


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `kind` is out or in, its number that of its point; `hatched` pixels from its top are estimated.

    `missing` is the share of its time without a reading: a mark under its foot, from its right edge on, is as long.
    Over one that `is_running` an arrow points up: more of it is to come.
    """

    kind: str
    point: int
    left: float
    width: float
    top: int
    height: int
    hatched: int
    missing: float
    is_running: bool = False

    @property
    def x(self) -> str:
        """Where it begins, for an attribute."""
        return percent(self.left)

    @property
    def across(self) -> str:
        """How wide it is, for an attribute."""
        return percent(self.width)

    @property
    def middle(self) -> str:
        """Where its midst is, for an attribute."""
        return percent(self.left + self.width / 2)

    @property
    def missing_x(self) -> str:
        """Where the mark of what is missing begins, for an attribute."""
        return percent(self.left + self.width * (1 - self.missing))

    @property
    def missing_across(self) -> str:
        """How wide that mark is, for an attribute."""
        return percent(self.width * self.missing)


@dataclass(frozen=True, slots=True)
class FormerMark:
    """What was read a year before: a line across the point's place."""

    kind: str
    left: float
    right: float
    y: int

    @property
    def x1(self) -> str:
        """Where it begins, for an attribute."""
        return percent(self.left)

    @property
    def x2(self) -> str:
        """Where it ends, for an attribute."""
        return percent(self.right)


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the chart at an amount."""

    amount: Decimal
    y: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns, ready to be drawn; `labelled` are the numbers of the points whose time is written, with its midst."""

    columns: tuple[Column, ...]
    former: tuple[FormerMark, ...]
    levels: tuple[Level, ...]
    labelled: tuple[tuple[int, str], ...]
    places: int
    height: int = HEIGHT
    base: int = _BASE


def columns(
    points: Sequence[SeriesPoint],
    *,
    former_out: Sequence[Decimal | None] = (),
    former_in: Sequence[Decimal | None] = (),
    every: int = 0,
) -> Columns:
    """Lay out points, consumption and production side by side where there are both; the former year's as lines.

    The time of each so many points is written (`every`), of about eight if none is said.
    """
    pairs = {"out": [point.taken for point in points], "in": [point.given for point in points]}
    formers = {"out": list(former_out), "in": list(former_in)}
    kinds = [kind for kind in pairs if any(pairs[kind]) or any(formers[kind])]
    amounts = [one.kwh for quantities in pairs.values() for one in quantities if one is not None]
    most = max([*amounts, *(one for former in formers.values() for one in former if one is not None), Decimal(0)])
    step, places = _step(most)
    top_amount = max((most / step).to_integral_value(ROUND_CEILING) * step, step)
    place = 1 / len(points) if points else 1.0

    def y_of(amount: Decimal) -> int:
        return _BASE - round((_BASE - _TOP) * float(amount / top_amount))

    drawn: list[Column] = []
    marks: list[FormerMark] = []
    width = place * (1 - _GAP) / max(len(kinds), 1)
    for side, kind in enumerate(kinds):
        for number, quantity in enumerate(pairs[kind]):
            left = (number + _GAP / 2) * place + side * width
            if quantity is not None:
                column = _column(kind, number, quantity, left=left, width=width, top=y_of(quantity.kwh))
                missing = _missing(points[number], quantity)
                drawn.append(replace(column, missing=missing, is_running=points[number].is_running))
            before = formers[kind][number] if number < len(formers[kind]) else None
            if before is not None:
                marks.append(FormerMark(kind, left, left + width, y_of(before)))
    every = every or -(-len(points) // _LABELS) or 1
    return Columns(
        columns=tuple(drawn),
        former=tuple(marks),
        levels=tuple(Level(step * number, y_of(step * number)) for number in range(int(top_amount / step) + 1)),
        labelled=tuple((number, percent((number + 0.5) * place)) for number in range(0, len(points), every)),
        places=places,
    )


def _missing(point: SeriesPoint, quantity: Quantity) -> float:
    return max(quantity.missing / (point.end - point.start), _LEAST_MISSING) if quantity.is_partial else 0.0


def _column(kind: str, number: int, quantity: Quantity, *, left: float, width: float, top: int) -> Column:
    # The least amount is seen, and none is not.
    if quantity.kwh > 0:
        top = min(top, _BASE - 1)
    height = _BASE - top
    hatched = round(height * float(quantity.estimated_kwh / quantity.kwh)) if quantity.kwh else 0
    # The least share is seen.
    hatched = max(hatched, 1) if quantity.estimated_kwh and height else hatched
    return Column(kind, number, left, width, top, height, hatched, 0.0)


def _step(most: Decimal) -> tuple[Decimal, int]:
    """Give between which amounts lines are drawn, about four of them, and with how many decimals they are written."""
    if most <= 0:
        return Decimal(1), 0
    power = Decimal(1).scaleb((most / 4).adjusted())
    for factor in (1, 2, 5, 10):
        step = power * factor
        if most / step <= 5:
            return step, max(-step.normalize().as_tuple().exponent, 0)  # type: ignore[operator]  # finite
    return power * 10, 0
