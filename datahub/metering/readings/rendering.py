"""Writing stored days as JSON without making an object of each interval. Source: `2-wire.md`, `/meter-data/search`.

The text of a year costs a few times what a JSON library needs to write the same, made of strings prepared per day.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datahub.market import Resolution
from datahub.metering.readings.channels import STEP_SECONDS
from datahub.metering.readings.packing import Block

# Most quarter-hours of most points are below 20 kWh.
_READY_NUMBERS = 20_000
_DAY_SECONDS = 86_400


@lru_cache(maxsize=1)
def _ready_numbers() -> list[str]:
    return [repr(thousandths / 1000) for thousandths in range(_READY_NUMBERS)]


@lru_cache(maxsize=64)
def _clock(second_of_day: int, step: int, slots: int) -> list[list[str]]:
    """Give the times of day of a day's slots in UTC, a list for each UTC date that the day touches."""
    dates: list[list[str]] = []
    for slot in range(slots):
        date, second = divmod(second_of_day + slot * step, _DAY_SECONDS)
        while len(dates) <= date:
            dates.append([])
        dates[date].append(f"T{second // 3600:02d}:{second // 60 % 60:02d}:00Z")
    return dates


def starts(start: int, resolution: Resolution, slots: int) -> list[str]:
    """Write the starts of a day's slots in UTC; `start` is the day's first instant in seconds since 1970."""
    clocks = _clock(start % _DAY_SECONDS, STEP_SECONDS[resolution], slots)
    return [date + clock for date, part in zip(_dates(start), clocks, strict=False) for clock in part]


def _dates(start: int) -> list[str]:
    """Write the UTC dates that a day touches, of up to 25 hours."""
    date = datetime.fromtimestamp(start, UTC).date()
    return [str(date + timedelta(days=number)) for number in range(3)]


def whole_day(block: Block, row: int, start: int) -> str | None:
    """Write all intervals of a day in which each is held in both directions, with one type for each direction.

    None for other days, which are written interval by interval.
    """
    if len(block.codes) > 2 or not block.present[row].all():
        return None
    times, types = block.times[row], block.types[row]
    if (types != types[:, :1]).any():
        return None
    if (times != times[:, :1]).any():
        return _whole_day_with_times(block, row, start)
    inward, outward = (_before_number(int(times[channel, 0]), int(types[channel, 0])) for channel in range(2))
    # One string an interval of as few parts as can be: this is what a year's page costs.
    inward, outward = f'","inQty":{inward}', f'}},"outQty":{outward}'
    numbers_in, numbers_out = _numbers(block.values[row, 0]), _numbers(block.values[row, 1])
    written: list[str] = []
    clocks = _clock(start % _DAY_SECONDS, STEP_SECONDS[block.resolution], block.slots)
    for date, part in zip(_dates(start), clocks, strict=False):
        begin, at = f'{{"pS":"{date}', len(written)
        written += [
            f"{begin}{clock}{inward}{one}{outward}{other}}}}}"
            for clock, one, other in zip(part, numbers_in[at:], numbers_out[at:], strict=False)
        ]
    return ",".join(written)


def _whole_day_with_times(block: Block, row: int, start: int) -> str:
    """Write such a day whose intervals have reading times of their own."""
    moments = _moments(block.times[row].ravel())
    inward, outward = (f'","rType":"{chr(int(kind))}","kwh":' for kind in block.types[row, :2, 0])
    between = '},"outQty":{"rTime":"'
    return ",".join(
        [
            f'{{"pS":"{begin}","inQty":{{"rTime":"{read_in}{inward}{one}{between}{read_out}{outward}{other}}}}}'
            for begin, read_in, one, read_out, other in zip(
                starts(start, block.resolution, block.slots),
                moments[: block.slots],
                _numbers(block.values[row, 0]),
                moments[block.slots :],
                _numbers(block.values[row, 1]),
                strict=True,
            )
        ]
    )


def _before_number(time: int, kind: int) -> str:
    """Write a quantity up to its number; the time in microseconds, the type as its ASCII code."""
    return f'{{"rTime":"{_moments(np.array([time]))[0]}","rType":"{chr(kind)}","kwh":'


def intervals(block: Block, row: int, start: int, wanted: NDArray[np.bool_]) -> list[str]:
    """Write the wanted ones of a day's intervals, each as a JSON object; intervals without a reading are left out."""
    begins = starts(start, block.resolution, block.slots)
    quantities = [_quantities(block, row, channel) for channel in range(2)]
    inward, outward = quantities
    every = bool(wanted.all())
    if every and inward is not None and outward is not None and bool(block.present[row, :2].all()):
        return [
            f'{{"pS":"{begin}","inQty":{one},"outQty":{other}}}'
            for begin, one, other in zip(begins, inward, outward, strict=True)
        ]
    written = []
    present = (block.present[row, :2] & wanted).T.tolist()
    for slot, (has_in, has_out) in enumerate(present):
        if has_in or has_out:
            parts = [f'{{"pS":"{begins[slot]}"']
            if has_in and inward is not None:
                parts.append(f'"inQty":{inward[slot]}')
            if has_out and outward is not None:
                parts.append(f'"outQty":{outward[slot]}')
            written.append(",".join(parts) + "}")
    return written


def _numbers(values: NDArray[np.int64]) -> list[str]:
    ready = _ready_numbers()
    return [ready[k] if k < _READY_NUMBERS else repr(k / 1000) for k in values.tolist()]


def _moments(microseconds: NDArray[np.int64]) -> list[str]:
    """Write reading times in UTC: with seconds, and with decimals where they have them."""
    whole = microseconds % 1_000_000 == 0
    unit: Literal["s", "us"] = "s" if whole.all() else "us"
    texts: list[str] = np.datetime_as_string(microseconds.view("datetime64[us]"), unit=unit, timezone="UTC").tolist()
    if unit == "us" and whole.any():
        return [text[:19] + "Z" if is_whole else text for text, is_whole in zip(texts, whole.tolist(), strict=True)]
    return texts


def _quantities(block: Block, row: int, channel: int) -> list[str] | None:
    """Write a direction's quantity for each slot (those without a reading mean nothing); None if it is empty."""
    present = block.present[row, channel]
    if not present.any():
        return None
    numbers = _numbers(block.values[row, channel])
    times, types = block.times[row, channel][present], block.types[row, channel][present]
    volumes = [""] * len(numbers)
    if len(block.codes) > 2 and block.present[row, channel + 2].any():
        has_volume = block.present[row, channel + 2].tolist()
        volumes = [
            f',"m3":{number}' if has else ""
            for number, has in zip(_numbers(block.values[row, channel + 2]), has_volume, strict=True)
        ]
    if (times == times[0]).all() and (types == types[0]).all():
        head = _before_number(int(times[0]), int(types[0]))
        return [f"{head}{number}{volume}}}" for number, volume in zip(numbers, volumes, strict=True)]
    moments = _moments(np.where(present, block.times[row, channel], times[0]))
    if len(block.codes) <= 2 and (types == types[0]).all():
        middle = f'","rType":"{chr(types[0])}","kwh":'
        return [f'{{"rTime":"{moment}{middle}{number}}}' for moment, number in zip(moments, numbers, strict=True)]
    kinds = np.where(present, block.types[row, channel], types[0]).tobytes().decode("ascii")
    return [
        f'{{"rTime":"{moment}","rType":"{kind}","kwh":{number}{volume}}}'
        for moment, kind, number, volume in zip(moments, kinds, numbers, volumes, strict=True)
    ]
