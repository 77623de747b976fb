"""Plausible energy for the demo's metering points: standard load profiles, a clear sky with clouds, gas by temperature.

Pure functions of time: the same point has the same energy in the same interval, whenever it is asked for. Starts are
arrays of epoch seconds (UTC), energies arrays of kWh. Profiles are the German BDEW's of 2025, which `demandlib`
carries: Estonian households and shops live by much the same hours.
"""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from demandlib import bdew
from numpy.typing import NDArray

from datahub.market_time import TALLINN

Times = NDArray[np.int64]
Energy = NDArray[np.float64]
Instants = NDArray[Any]  # of whole or broken seconds

QUARTER, HOUR, DAY = 900, 3600, 86_400
LATITUDE, LONGITUDE = 59.44, 24.75
# What the sun gives on a clear noon in midsummer for each kWp, and what is lost on the way to the meter.
_SOLAR_YIELD = 0.85
KWH_OF_CUBIC_METRE = 10.55


@dataclass(frozen=True, slots=True)
class Load:
    """What is behind a metering point: a standard profile with its yearly kWh, and a solar plant's peak in kW."""

    profile: str
    yearly_kwh: float
    solar_kw: float = 0.0


def energy(eic: str, load: Load, starts: Times, step: int) -> tuple[Energy, Energy]:
    """Give what flows into the grid and out of it at a point in each interval of `step` seconds, in kWh.

    Consumption and production are settled inside the interval, as a meter that counts both ways does it.
    """
    used = load.yearly_kwh * _share_of_year(load.profile, starts, step) * _unsteadiness(eic, starts)
    made = load.solar_kw * _solar_hours(starts, step)
    return np.maximum(made - used, 0.0).round(3), np.maximum(used - made, 0.0).round(3)


def random(name: str, numbers: Times) -> Energy:
    """Give a number in [0, 1) for each number, always the same for the same name."""
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(crc32(name.encode()))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _unsteadiness(eic: str, starts: Times) -> Energy:
    """Give by how much a single customer's interval and day differ from the average of many."""
    return (0.7 + 0.6 * random(eic, starts)) * (0.85 + 0.3 * random(eic, starts // DAY))


def _share_of_year(profile: str, starts: Times, step: int) -> Energy:
    """Give the share of a year's energy that falls into each interval."""
    if profile == "gas":
        return _gas_share(starts)
    quarters = np.repeat(starts[:, None], step // QUARTER, axis=1) + np.arange(step // QUARTER) * QUARTER
    first, share = _electricity_profile(profile, int(starts.min()) // DAY - 2, int(starts.max()) // DAY + 3)
    wall = quarters + _offsets(quarters)
    shares: Energy = share[(wall - first) // QUARTER].sum(axis=1)
    return shares


def _offsets(instants: Times) -> Times:
    """Give the local clock's distance from UTC in seconds; it changes at full hours only."""
    hours, back = np.unique(instants // HOUR, return_inverse=True)
    local = [datetime.fromtimestamp(hour * HOUR, UTC).astimezone(TALLINN).utcoffset() for hour in hours.tolist()]
    return np.array([int(offset.total_seconds()) if offset else 0 for offset in local])[back].reshape(instants.shape)


def _days_as_index(first_day: int, last_day: int, step: str) -> pd.DatetimeIndex:
    day = np.datetime64("1970-01-01")
    return pd.date_range(day + np.timedelta64(first_day, "D"), day + np.timedelta64(last_day, "D"), freq=step)


@cache
def _electricity_profile(profile: str, first_day: int, last_day: int) -> tuple[int, Energy]:
    """Give a standard profile over the local clock's quarter-hours: its first second, and shares of a year."""
    index = _days_as_index(first_day, last_day, "15min")
    kinds = {"household": bdew.H25, "business": bdew.G25, "farm": bdew.L25}
    with warnings.catch_warnings():  # the library warns of its own ways, and changes the process's filters
        warnings.simplefilter("ignore")
        powers = kinds[profile](index, holidays=_holidays(index))
    # The library gives kW for a customer of a million kWh a year.
    return first_day * DAY, powers.to_numpy(np.float64) / 4 / 1_000_000


def _holidays(index: pd.DatetimeIndex) -> list[datetime]:
    days = [(1, 1), (2, 24), (5, 1), (6, 23), (6, 24), (8, 20), (12, 24), (12, 25), (12, 26)]
    years = range(index[0].year, index[-1].year + 1)
    return [datetime(year, month, day) for year in years for month, day in days]  # noqa: DTZ001 - local days


def _gas_share(starts: Times) -> Energy:
    """Give the share of a year's gas in each hour: the profile of bakeries, by the temperature outside."""
    first_day, last_day = int(starts.min()) // DAY - 2, int(starts.max()) // DAY + 3
    first, share = _gas_profile(first_day, last_day)
    shares: Energy = share[(starts + _offsets(starts) - first) // HOUR]
    return shares


@cache
def _gas_profile(first_day: int, last_day: int) -> tuple[int, Energy]:
    index = _days_as_index(first_day, last_day, "h")
    seconds = first_day * DAY + np.arange(len(index)) * HOUR
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        building = bdew.HeatBuilding(
            index,
            holidays=_holidays(index),
            temperature=pd.Series(temperature(seconds), index=index),
            shlp_type="GBA",
            building_class=0,
            wind_class=0,
            annual_heat_demand=1,
            name="gas",
        )
        hours = building.get_bdew_profile().to_numpy(np.float64)
    return first_day * DAY, hours / hours.sum() * (len(index) / 8766)


def temperature(instants: Times) -> Energy:
    """Give a plausible temperature of Tallinn in °C: the year's course, the day's, and the weather's, days long."""
    year = np.cos(2 * np.pi * (instants / DAY / 365.25 - 201 / 365.25))  # warmest in the third week of July
    day = np.cos(2 * np.pi * (instants / DAY - 13 / 24))  # warmest at three in the afternoon
    week, into = instants // (3 * DAY), instants % (3 * DAY) / (3 * DAY)
    weather = (1 - into) * random("weather", week) + into * random("weather", week + 1) - 0.5
    return 6.5 + 11.5 * year + 2.5 * day + 9 * weather


def _solar_hours(starts: Times, step: int) -> Energy:
    """Give what a plant of 1 kWp makes in each interval, in kWh: the clear sky's curve under a day's clouds."""
    middles = starts + step / 2
    clear = np.maximum(sun_height(middles), 0.0) ** 1.15
    day = starts // DAY
    cover = random("clouds", day)  # 0 a clear day, 1 an overcast one
    passing = 1 - 0.6 * cover * random("passing clouds", starts // (2 * QUARTER))
    return _SOLAR_YIELD * clear * (1 - 0.75 * cover**2) * passing * (step / HOUR)


def sun_height(instants: Instants) -> Energy:
    """Give the sine of the sun's elevation at Tallinn; below the horizon it is negative.

    Source: the usual approximations of declination and equation of time (Spencer 1971), right to a degree.
    """
    days = instants / DAY
    angle = 2 * np.pi * ((days - 0.5) % 365.25) / 365.25
    declination = 0.006918 - 0.399912 * np.cos(angle) + 0.070257 * np.sin(angle)
    declination += -0.006758 * np.cos(2 * angle) + 0.000907 * np.sin(2 * angle)
    minutes = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    hour_angle = 2 * np.pi * (days % 1 + LONGITUDE / 360 + minutes / 1440 - 0.5)
    latitude = np.radians(LATITUDE)
    height: Energy = np.sin(latitude) * np.sin(declination)
    height += np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return height
