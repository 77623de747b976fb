"""What files of readings say of each interval: what it is made of, whether some is missing, whether it is not over."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import numpy as np
import pytest
from django.utils import translation

from datahub.market import Commodity, Role
from datahub.metering.models import MeteringPoint
from portal.operator.readings.tables import import_table
from portal.pictures.series import Quantity, SeriesPoint, Unit, Void, period_of
from portal.readings.tables import export_row, export_table
from portal.sheets.tables import in_every_language
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import quantity
from tests.portal.people import acting_for
from tests.portal.test_pictures_series import Given, summed

START = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def kind_of(one: Quantity | None, *, void: Void = Void.MISSING, is_running: bool = False) -> str:
    """Give what a file says, in English."""
    row = export_row("EIC", SeriesPoint(START, START + HOUR, one, None, void, is_running))
    column = next(one for one in export_table(Commodity.ELECTRICITY).columns if one.key == "consumption_kind")
    with translation.override("en"):
        return translation.gettext(column.choices[str(row["consumption_kind"])])


@pytest.mark.parametrize(
    ("estimated", "metered", "is_partial", "is_running"),
    [(*kinds, *more) for kinds in ((0, 4), (4, 0), (2, 2)) for more in product((False, True), repeat=2)],
)
def test_every_kind_has_its_words(estimated: int, metered: int, is_partial: bool, is_running: bool) -> None:
    one = Quantity(1, None, estimated, metered, HOUR if is_partial else timedelta(0))  # type: ignore[arg-type]
    made_of = "partly estimated" if estimated and metered else "estimated" if estimated else "metered"
    so_far = " so far" if is_running else ""
    lacks = ", some readings are missing" if is_partial else ""
    assert kind_of(one, is_running=is_running) == f"{made_of}{so_far}{lacks}"


def test_of_nothing_it_says_why() -> None:
    assert kind_of(None) == "no reading"
    assert kind_of(None, is_running=True) == "no reading so far"
    assert kind_of(None, void=Void.TO_COME, is_running=True) == "still to come"
    assert kind_of(None, void=Void.CLOSED, is_running=True) == "not your time"


@pytest.mark.parametrize("commodity", list(Commodity))
def test_no_kind_is_taken_for_a_column_of_the_import(commodity: Commodity) -> None:
    taken = {name for column in import_table(commodity).columns for name in in_every_language(column.header)}
    for column in export_table(commodity).columns:
        names = set(in_every_language(column.header))
        is_read = column.key in {one.key for one in import_table(commodity).columns}
        assert bool(names & taken) is is_read, column.key


def test_a_point_of_a_series_runs_from_its_start_until_its_end() -> None:
    asked = period_of(Unit.DAY, date(2026, 6, 1), Commodity.ELECTRICITY)
    readings: list[Given] = [(asked.start, HOUR / 4, 5, "M")]
    for now, number in (
        (asked.start - timedelta(seconds=1), None),
        (asked.start, 0),
        (asked.start + HOUR - timedelta(seconds=1), 0),
        # Of the second hour nothing is due yet when it begins, and nothing is there.
        (asked.start + HOUR, None),
        (asked.start + HOUR + timedelta(minutes=1), 1),
        (asked.end, None),
    ):
        assert now is not None
        found = np.flatnonzero(summed(readings, Unit.HOUR, asked, now=now).running).tolist()
        assert found == ([] if number is None else [number]), now


@pytest.mark.django_db
def test_an_operator_s_page_and_file_say_partly_estimated() -> None:
    cast.participant(cast.GRID_OPERATOR)
    day = datetime.now(UTC).date() - timedelta(days=10)
    point: MeteringPoint = points.register(now=datetime.now(UTC) - timedelta(days=100))
    starts = messages.interval_starts(day)
    sent = [
        (start, None, quantity(0 if number < 4 else 0.1, read_at=None, kind="E" if number < 4 else "M"))
        for number, start in enumerate(starts)
    ]
    assert (
        messages.send(messages.element(point.eic, messages.period("PT15M", sent)), now=datetime.now(UTC)).faults == []
    )
    browser = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, name="operator")
    query = {"point": point.eic, "span": "day", "day": str(day), "unit": "DAY", "former": "on"}
    page = browser.get("/operator/readings/", query).content.decode()
    assert ">partly estimated</td>" in page and "of which estimated 0.000" not in page
    assert "There are no readings of the year before to compare with." in page
    answer = browser.get("/operator/readings/file", {**query, "form": "csv"})
    assert "partly estimated" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
