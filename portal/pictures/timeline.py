"""The time line of agreements: a lane a kind, a bar an agreement. Pure geometry; the template draws it.

Across, places are shares of the width, so that one drawing fits every screen; down, they are pixels. Knows no Django.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from datahub import market_time
from datahub.market import Commodity
from portal.pictures.axis import Mark, MarkUnit, Window, marks

# A bar is as high as what is pointed at should be at least.
BAR_HEIGHT, ROW_HEIGHT = 26, 30
AXIS_HEIGHT, LANE_NAME_HEIGHT, LANE_GAP, FOOT_HEIGHT = 26, 20, 8, 22
_NARROWEST = 0.004
_SHORTEST_WINDOW = timedelta(days=14)
# Beside the first start and the last end some time is left, so that it is seen that nothing stands there.
_MARGIN = 0.04
_MIDDLE = 0.5
_ALMOST_AT_THE_EDGE = 0.88
# What the name of a mark takes of a picture that is not narrow.
_ROOM_FOR_A_MARK = {MarkUnit.DAY: 0.07, MarkUnit.MONTH: 0.085, MarkUnit.YEAR: 0.05}
_ROOM_FOR_A_LABEL = 0.2
# An open end fades over the last part of the picture.
_FADES_FROM, _FADES_AT_LAST_FROM = 0.8, 0.985
_ROOM_FOR_TWO_NAMES = 0.15


class SpanState(StrEnum):
    """What is said of an agreement: it stands, or it was deleted."""

    STANDING = "STANDING"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Span:
    """A time to be drawn.

    `lane` is the code of its kind, `lane_name` and `label` are words to be shown (such as the provider's name). `url`
    is the page of what it stands for ("" where there is none or it may not be seen), `note` says why it came to be so.
    `timeline` fills in the first and the last day, those of the commodity, and whether it is over or still to come.
    """

    lane: str
    lane_name: str
    label: str
    start: datetime
    end: datetime | None
    url: str = ""
    state: SpanState = SpanState.STANDING
    note: str = ""
    first_day: date | None = None
    last_day: date | None = None
    is_over: bool = False
    is_coming: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as it is drawn: from `left`, `width` wide (shares), with its top edge at `top` (pixels).

    Its label has the room from `label_left` on, and where it stands before the bar ends there.
    """

    span: Span
    left: float
    width: float
    top: int
    label_left: float
    label_width: float
    label_before: bool
    open_at_end: bool

    @property
    def x(self) -> str:
        """Where it begins, for an attribute."""
        return percent(self.left)

    @property
    def across(self) -> str:
        """How wide it is, for an attribute."""
        return percent(self.width)

    @property
    def label_x(self) -> str:
        """Where its label's room begins, for an attribute."""
        return percent(self.label_left)

    @property
    def label_across(self) -> str:
        """How wide its label's room is, for an attribute."""
        return percent(self.label_width)


@dataclass(frozen=True, slots=True)
class Lane:
    """All bars of a kind, one under another where they overlap."""

    code: str
    name: str
    top: int
    height: int
    bars: tuple[Bar, ...]

    @property
    def name_baseline(self) -> int:
        """Where its name is written."""
        return self.top + LANE_NAME_HEIGHT - 6


@dataclass(frozen=True, slots=True)
class AxisMark:
    """A mark of the axis, with the side to which its name is written; `has_room`: there is room for it to the left."""

    mark: Mark
    has_room: bool = True

    @property
    def is_named(self) -> bool:
        """Tell whether there is room for its name."""
        return self.has_room or self.anchor == "start"

    @property
    def x(self) -> str:
        """Where it stands, for an attribute."""
        return percent(self.mark.place)

    @property
    def anchor(self) -> str:
        """Say from which end its name is written, so that it stays inside the picture."""
        return "end" if self.mark.place > 1 - _ROOM_FOR_A_MARK[self.mark.unit] else "start"

    @property
    def is_late(self) -> bool:
        """Tell whether its name stays inside a narrow picture only if it is written to the other side."""
        return self.anchor == "start" and self.mark.place > _ALMOST_AT_THE_EDGE

    @property
    def shift(self) -> int:
        """How far its name stands from the line, in pixels."""
        return -4 if self.anchor == "end" else 4


@dataclass(frozen=True, slots=True)
class Timeline:
    """A time line, ready to be drawn: `id` tells it from others on the page, `caption` says what it shows.

    `now` is the share of the width at which the present stands. `spans` stand in the table beside the picture.
    """

    id: str
    caption: str
    height: int
    lanes: tuple[Lane, ...]
    marks: tuple[AxisMark, ...]
    now: float
    spans: tuple[Span, ...]

    @property
    def now_x(self) -> str:
        """Where the line of the present stands, for an attribute."""
        return percent(self.now)

    @property
    def now_anchor(self) -> str:
        """Say from which end the word for the present is written."""
        return "end" if self.now > _MIDDLE else "start"

    @property
    def fades_from(self) -> str:
        """Where what has no end begins to fade: not before the present, nor before it has begun."""
        begun = [bar.left for lane in self.lanes for bar in lane.bars if bar.open_at_end]
        return percent(min(max(_FADES_FROM, self.now, *begun), _FADES_AT_LAST_FROM))

    @property
    def now_baseline(self) -> int:
        """Where the word for the present is written: under the lanes."""
        return self.height - 6

    @property
    def axis_baseline(self) -> int:
        """Where the marks' names are written."""
        return AXIS_HEIGHT - 9

    @property
    def has_links(self) -> bool:
        """Tell whether any bar leads somewhere."""
        return any(span.url for span in self.spans)


def percent(share: float) -> str:
    """Write a share as an attribute of SVG, the same in every language."""
    return f"{share * 100:.3f}%"


def timeline(
    spans: Iterable[Span],
    *,
    now: datetime,
    id: str,
    caption: str = "",
    lane_order: Sequence[str] = (),
    commodity: str = Commodity.ELECTRICITY,
) -> Timeline:
    """Lay out spans on a time line that shows all their starts and ends, and the present.

    Lanes stand in `lane_order`, others behind, by their code; bars of a lane by start, under each other where they
    overlap.
    """
    ordered = sorted((_placed(span, commodity, now) for span in spans), key=_order)
    shown_time = window_of(ordered, now=now)
    lanes, top = [], AXIS_HEIGHT
    for code in sorted({span.lane for span in ordered}, key=lambda code: _place_of(code, lane_order)):
        in_lane = [span for span in ordered if span.lane == code]
        bars, rows = _bars(in_lane, shown_time, top + LANE_NAME_HEIGHT)
        height = LANE_NAME_HEIGHT + rows * ROW_HEIGHT + LANE_GAP
        lanes.append(Lane(code, in_lane[0].lane_name, top, height, bars))
        top += height
    return Timeline(
        id=id,
        caption=caption,
        height=top + FOOT_HEIGHT,
        lanes=tuple(lanes),
        marks=_axis_marks(marks(shown_time, commodity)),
        now=shown_time.place(now),
        spans=tuple(sorted(ordered, key=lambda span: _place_of(span.lane, lane_order))),
    )


def _axis_marks(found: Sequence[Mark]) -> tuple[AxisMark, ...]:
    before = [-1.0, *(mark.place for mark in found)]
    return tuple(
        AxisMark(mark, has_room=mark.place - before[number] > _ROOM_FOR_TWO_NAMES) for number, mark in enumerate(found)
    )


def _placed(span: Span, commodity: str, now: datetime) -> Span:
    """Say on which day of the commodity a span begins, which is its last, and where it stands to the present."""
    last = None if span.end is None else market_time.day_of(span.end - timedelta(microseconds=1), commodity)
    return replace(
        span,
        first_day=market_time.day_of(span.start, commodity),
        last_day=last,
        is_over=span.end is not None and span.end <= now,
        is_coming=span.start > now,
    )


def window_of(spans: Sequence[Span], *, now: datetime) -> Window:
    """Give the time that shows all starts, all ends and the present, with some room at both sides."""
    instants = [now, *(span.start for span in spans), *(span.end for span in spans if span.end is not None)]
    first, last = min(instants), max(instants)
    if last - first < _SHORTEST_WINDOW:
        room = (_SHORTEST_WINDOW - (last - first)) / 2
        first, last = first - room, last + room
    margin = (last - first) * _MARGIN
    return Window(first - margin, last + margin)


def _order(span: Span) -> tuple[datetime, bool, datetime, str]:
    return span.start, span.end is None, span.end or span.start, span.label


def _place_of(code: str, order: Sequence[str]) -> tuple[int, str]:
    return (order.index(code) if code in order else len(order), code)


def _bars(spans: Sequence[Span], window: Window, top: int) -> tuple[tuple[Bar, ...], int]:
    """Draw the spans of a lane, each in the first row where it overlaps none; give them and how many rows there are."""
    rows: list[list[Span]] = []
    for span in spans:
        fitting = next((row for row in rows if (end := row[-1].end) is not None and end <= span.start), None)
        if fitting is None:
            rows.append([span])
        else:
            fitting.append(span)
    drawn = {
        id(span): bar
        for number, row in enumerate(rows)
        for span, bar in zip(row, _row(row, window, top + number * ROW_HEIGHT), strict=True)
    }
    return tuple(drawn[id(span)] for span in spans), len(rows)


def _row(spans: Sequence[Span], window: Window, top: int) -> list[Bar]:
    places = [_place(span, window) for span in spans]
    ends_before = [0.0, *(right for _, right in places)][: len(places)]
    starts_next = [*(left for left, _ in places), 1.0][1:]
    # Two labels between two bars share the room.
    before = []
    for number, (left, _) in enumerate(places):
        room_before = (left - ends_before[number]) / (2 if number else 1)
        before.append(starts_next[number] - left < min(_ROOM_FOR_A_LABEL, room_before))
    bars = []
    for number, span in enumerate(spans):
        left, right = places[number]
        if before[number]:
            label_from, label_to = (ends_before[number] + left) / 2 if number else 0.0, left
        else:
            shared = number + 1 < len(spans) and before[number + 1]
            label_from, label_to = left, (right + starts_next[number]) / 2 if shared else starts_next[number]
        bars.append(
            Bar(
                span,
                left,
                right - left,
                top,
                label_from,
                max(label_to - label_from, 0.0),
                before[number],
                open_at_end=span.end is None,
            )
        )
    return bars


def _place(span: Span, window: Window) -> tuple[float, float]:
    left = window.place(span.start)
    right = 1.0 if span.end is None else window.place(span.end)
    # What is too short to be seen is drawn wider.
    return left, max(right, left + _NARROWEST)
