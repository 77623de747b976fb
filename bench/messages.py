"""Bodies of `POST /meter-data` as an operator's system sends them, with the readings of the demo's profiles."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from datahub import market_time
from datahub.demo.profiles import QUARTER, Load, energy

POINTS, QUARTERS = 365, 96
Times = Literal["delivery", "own"]

# The text of every energy up to 40 kWh a quarter-hour, by Wh.
_KWH = [repr(wh / 1000) for wh in range(40_001)]


def energies(points: Sequence[tuple[int, str]], starts: Sequence[datetime]) -> NDArray[np.int64]:
    """Give energies in Wh as [point, direction (in, out), interval] for the intervals that start then.

    They are the demo's profiles: mostly households, some shops, a solar plant at every tenth point.
    """
    instants = np.array([int(start.timestamp()) for start in starts])
    result = np.zeros((len(points), 2, len(starts)), np.int64)
    for row, (number, code) in enumerate(points):
        profile, yearly = ("business", 9_000) if number % 8 == 3 else ("household", 1_500 + number * 7_919 % 6_000)
        load = Load(profile, yearly, solar_kw=6.0 + number % 7 if number % 10 == 0 else 0.0)
        for direction, flow in enumerate(energy(code, load, instants, QUARTER)):
            result[row, direction] = np.rint(flow * 1000)
    return result


def starts_of(first_day: date, days: int) -> list[datetime]:
    """Give the starts of all quarter-hours of that many local days, in UTC."""
    start, end = market_time.day_start(first_day), market_time.day_start(first_day + timedelta(days=days))
    return [start + timedelta(seconds=at) for at in range(0, int((end - start).total_seconds()), QUARTER)]


def _reading_times(count: int, read_at: datetime, times: Times, seed: int) -> list[str] | str:
    """Give the reading time of every quantity: one for the whole delivery, or microseconds apart."""
    base = read_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if times == "delivery":
        return f"{base}.146109Z"
    apart = np.cumsum(np.random.default_rng(seed).integers(1, 14, count)) % 1_000_000
    return [f"{base}.{micros:06d}Z" for micros in apart.tolist()]


def body(
    *, context: dict[str, Any], points: Sequence[tuple[int, str]], first_day: date, days: int, read_at: datetime,
    times: Times,
) -> bytes:  # fmt: skip
    """Make one message: for each (number, EIC) every quarter-hour of the days, both directions, metered."""
    starts = starts_of(first_day, days)
    texts = [start.astimezone(market_time.TALLINN).isoformat() for start in starts]
    elements = []
    for (number, code), (inward, outward) in zip(points, energies(points, starts).tolist(), strict=True):
        read = _reading_times(2 * len(starts), read_at, times, number)
        ins, outs = ([read] * len(starts),) * 2 if isinstance(read, str) else (read[0::2], read[1::2])
        intervals = ",".join(
            [
                f'{{"pS":"{start}","inQty":{{"rTime":"{in_time}","rType":"M","kwh":{_KWH[produced]}}},'
                f'"outQty":{{"rTime":"{out_time}","rType":"M","kwh":{_KWH[consumed]}}}}}'
                for start, in_time, produced, out_time, consumed in zip(texts, ins, inward, outs, outward, strict=True)
            ]
        )
        elements.append(f'{{"meterEic":"{code}","periods":[{{"r":"PT15M","aI":[{intervals}]}}]}}')
    head = json.dumps(context, separators=(",", ":"))
    return f'{{"marketParticipantContext":{head},"meterData":[{",".join(elements)}]}}'.encode()


def write_bodies(directory: Path, bodies: list[bytes]) -> list[Path]:
    """Put bodies on disk, to be sent from there."""
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for number, content in enumerate(bodies):
        file = directory / f"{number:04d}.json"
        file.write_bytes(content)
        files.append(file)
    return files
