"""Intervals are written as a JSON library would write them one by one, however many at once and whatever is missing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahub.market import Commodity, Resolution
from datahub.metering.readings import rendering, texts
from datahub.metering.readings.channels import CHANNELS, POSSIBLE_RESOLUTIONS, STEP_SECONDS
from datahub.metering.readings.packing import Block

START = 1_774_648_800  # 2026-03-28T00:00:00+02:00
READ = (START + 100_000) * 1_000_000
SLOTS = {Resolution.PT15M: (92, 96, 100), Resolution.PT1H: (23, 24, 25), Resolution.P1D: (1,)}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> str:
    """Write a time with six decimals, or with none where all are naught."""
    at = EPOCH + timedelta(microseconds=microseconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at.microsecond:06d}Z" if at.microsecond else "Z")


def one_by_one(block: Block, starts: np.ndarray, wanted: np.ndarray) -> list[dict[str, Any]]:
    """Give the intervals of a block as objects, each by itself."""
    written = []
    for day, slot in np.ndindex(len(block), block.slots):
        quantities = {}
        for channel, name in enumerate(("inQty", "outQty")):
            if block.present[day, channel, slot]:
                quantities[name] = {
                    "rTime": moment(int(block.times[day, channel, slot])),
                    "rType": chr(block.types[day, channel, slot]),
                    "kwh": int(block.values[day, channel, slot]) / 1000,
                }
                if len(block.codes) > 2 and block.present[day, channel + 2, slot]:
                    quantities[name]["m3"] = int(block.values[day, channel + 2, slot]) / 1000
        if quantities and wanted[day, slot]:
            start = int(starts[day]) + slot * STEP_SECONDS[block.resolution]
            written.append({"pS": moment(start * 1_000_000), **quantities})
    return written


def as_text(intervals: list[dict[str, Any]]) -> bytes:
    return json.dumps(intervals, separators=(",", ":"))[1:-1].encode()


@st.composite
def blocks(draw: Any) -> Block:
    """Make days of any form: full or with gaps, reading times alike or apart, one type or both, small and big."""
    commodity = draw(st.sampled_from(list(Commodity)))
    resolution = draw(st.sampled_from(POSSIBLE_RESOLUTIONS[commodity]))
    codes = CHANNELS[commodity]
    block = Block.empty(draw(st.integers(1, 4)), resolution, codes, draw(st.sampled_from(SLOTS[resolution])))
    shape = block.values.shape
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    limits = draw(st.tuples(*[st.sampled_from([1, 10_000, 20_001, 10**6, 10**9, 10**12])] * 2))
    for channel in range(len(codes)):
        block.values[:, channel] = random.integers(0, limits[channel % 2], block.values[:, channel].shape)
    step = draw(st.sampled_from([1, 250_000, 1_000_000]))
    alike = draw(st.sampled_from(["all", "of a day", "of a direction", "of a while", "none"]))
    pieces = {
        "all": (1, 1, 1),
        "of a day": (shape[0], 1, 1),
        "of a direction": (shape[0], 2, 1),
        "of a while": (shape[0], 2, -(-shape[2] // 9)),
        "none": (shape[0], 2, shape[2]),
    }[alike]
    times = READ + random.integers(0, 10**5, pieces) * step
    times = np.broadcast_to(
        times.repeat(9, axis=2)[:, :, : shape[2]] if alike == "of a while" else times, (shape[0], 2, shape[2])
    )
    kinds = np.where(random.random(times.shape) < draw(st.sampled_from([0, 0.5, 1])), ord("E"), ord("M"))
    present = random.random(shape) < draw(st.sampled_from([0.02, 0.5, 0.98, 1]))
    present[:, draw(st.integers(0, 1)) :: 2] |= draw(st.booleans())
    present[:, 2:] &= present[:, : len(codes) - 2]
    if draw(st.booleans()):
        present[:, draw(st.integers(0, 1)) :: 2] = False
    volumes = len(codes) // 2
    block.times[:], block.types[:] = np.tile(times, (1, volumes, 1)), np.tile(kinds, (1, volumes, 1))
    block.present[:] = present
    return block


@given(block=blocks(), which=st.sampled_from(["all", "some", "none"]), seed=st.integers(0, 99))
@settings(max_examples=300, deadline=None)
def test_intervals_read_as_if_written_one_by_one(block: Block, which: str, seed: int) -> None:
    wanted = np.random.default_rng(seed).random((len(block), block.slots)) < {"all": 1, "some": 0.4, "none": 0}[which]
    starts = START + np.arange(len(block)) * 86_400
    expected = as_text(one_by_one(block, starts, wanted))
    assert rendering.intervals(block, slice(0, len(block)), starts, wanted) == expected
    if which == "all":
        assert rendering.intervals(block, slice(0, len(block)), starts) == expected


def test_some_days_of_a_block_are_written_alone() -> None:
    block = Block.empty(3, Resolution.PT1H, CHANNELS[Commodity.ELECTRICITY], 24)
    block.present[:], block.times[:], block.types[:] = True, READ, ord("M")
    block.values[:] = np.arange(3 * 2 * 24).reshape(3, 2, 24)
    starts = np.array([START + 86_400, START + 5 * 86_400])
    expected = one_by_one(block, np.array([START, *starts]), np.ones((3, 24), np.bool_))[24:]
    assert rendering.intervals(block, slice(1, 3), starts) == as_text(expected)


def joined(columns: list[texts.Column], count: int) -> list[str]:
    rows: list[bytes] = [
        b"".join(column if isinstance(column, bytes) else column[row] for column in columns) for row in range(count)
    ]
    return [row.decode() for row in rows]


@pytest.mark.parametrize("largest", [0, 9_999, 10_000, 19_999, 20_000, 999_999, 1_000_000, 10**9 + 1, 999_999_999_999])
def test_numbers_are_written_in_their_shortest_form(largest: int) -> None:
    some = [0, 1, 10, 100, 999, 1000, 1001, 12_340, 999_999, 1_000_000, 1_000_001, 10**9, 10**9 + 7_000, largest]
    thousandths = [number for number in some if number <= largest]
    expected = [repr(number / 1000) for number in thousandths]
    assert joined(texts.numbers(np.array(thousandths)), len(thousandths)) == expected


@pytest.mark.parametrize(
    "microseconds",
    [
        [READ] * 9,
        [READ] * 9 + [READ + 1] * 9,
        [READ + 1, READ + 10**6, READ, READ + 999_999],
        [-1, 0, 1, -3_600_000_000],
        [7_258_118_399_999_999, 7_258_118_400_000_000, 7_258_204_799_000_000],
        [1_709_164_800_000_000, 951_782_400_000_000],
    ],
    ids=["all alike", "two runs", "decimals and none", "around 1970", "around 2200", "leap days"],
)
def test_times_have_six_decimals_or_none(microseconds: list[int]) -> None:
    assert joined(texts.moments(np.array(microseconds)), len(microseconds)) == [moment(one) for one in microseconds]
