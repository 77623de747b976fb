"""The market's calendar at its ends: what was stored there is shown, whatever it says."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from datahub import market_time
from datahub.market import Commodity
from datahub.periods import Period
from portal.templatetags import words

ENDS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, 23, tzinfo=UTC),
    datetime(1, 1, 2, 3, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(9999, 12, 31, 21, tzinfo=UTC),
]


@pytest.mark.parametrize("commodity", Commodity)
@pytest.mark.parametrize("instant", ENDS, ids=str)
def test_no_instant_is_out_of_the_calendar(instant: datetime, commodity: Commodity) -> None:
    day = market_time.day_of(instant, commodity)
    assert abs(day.year - instant.year) <= 1
    assert abs((market_time.day_start(day, commodity) - instant).days) <= 2
    with translation.override("et"):
        assert str(instant.year) in words.local_time(instant)
        for shown in (words.local_date, words.local_day, words.last_day):
            assert shown(instant) != ""
        assert words.period(Period(instant, None), commodity) != ""


def test_the_first_and_the_last_day_begin() -> None:
    assert market_time.day_start(date.min).year == 1
    assert market_time.day_start(date.max) == datetime(9999, 12, 30, 22, tzinfo=UTC)


def test_local_time_is_that_of_tallinn() -> None:
    assert market_time.local(datetime(2026, 7, 1, tzinfo=UTC)).isoformat() == "2026-07-01T03:00:00+03:00"
