"""The same local times a year before. Knows no Django."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from datahub import market_time
from portal.pictures.series import Series

_UNIX = np.datetime64(0, "s")


def places_a_year_before(series: Series, former: Series) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give of each point the number of the former series' point of the same local time, and whether there is one."""
    if not len(former):
        return np.zeros(len(series), np.int64), np.zeros(len(series), np.bool_)
    wanted = _wall_times(series.starts, years=-1)
    there = _wall_times(former.starts, years=0)
    order = np.argsort(there, kind="stable")
    place = order[np.clip(np.searchsorted(there[order], wanted), 0, len(there) - 1)]
    return place, np.asarray(there[place] == wanted, np.bool_)


def _wall_times(starts: NDArray[np.int64], *, years: int) -> NDArray[np.int64]:
    """Give local times, moved by whole years, as numbers that are equal for the same one; the second of two is another.

    A day that the year lacks (29 February) gets a number that none has.
    """
    offsets = _offsets(starts)
    wall = (starts + offsets).astype("datetime64[s]")
    months = wall.astype("datetime64[M]")
    moved_months = months + 12 * years
    moved = moved_months.astype("datetime64[s]") + (wall - months.astype("datetime64[s]"))
    seconds = (moved - _UNIX).astype(np.int64)
    seconds[moved.astype("datetime64[M]") != moved_months] = -1
    second_of_two = np.zeros(len(starts), np.bool_)
    second_of_two[1:] = wall[1:] <= wall[:-1]
    # Clocks are set back by an hour: so long each local time is one that was there before.
    turned = np.flatnonzero(second_of_two)
    for first in turned.tolist():
        second_of_two[(starts >= starts[first]) & (starts < starts[first] + 3600)] = True
    return np.asarray(seconds * 2 + second_of_two, np.int64)


def _offsets(starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the seconds by which local time is ahead at each instant; looked up once an hour of change at most."""
    hours, place = np.unique(starts // 3600, return_inverse=True)
    days, day_place = np.unique(hours // 24, return_inverse=True)
    first = np.array([_offset(int(day) * 86_400) for day in days], np.int64)
    after = np.array([_offset((int(day) + 1) * 86_400) for day in days], np.int64)
    by_hour = first[day_place]
    for number in np.flatnonzero((first != after)[day_place]).tolist():
        by_hour[number] = _offset(int(hours[number]) * 3600)
    return np.asarray(by_hour[place], np.int64)


def _offset(seconds: int) -> int:
    local = datetime.fromtimestamp(seconds, market_time.TALLINN)
    offset = local.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
