"""A whole day is written as its intervals are one by one, whatever its reading times."""

import numpy as np
import orjson
import pytest

from datahub.market import Resolution
from datahub.metering.readings import rendering
from datahub.metering.readings.channels import IN, OUT
from datahub.metering.readings.packing import Block

START = 1_774_648_800  # 2026-03-28T00:00:00+02:00
READ = (START + 100_000) * 1_000_000
SLOTS = 96


def _day(times: np.ndarray, kinds: str = "MM") -> Block:
    block = Block.empty(1, Resolution.PT15M, (IN, OUT), SLOTS)
    block.present[:] = True
    block.values[0] = np.arange(2 * SLOTS).reshape(2, SLOTS) * 1_237 % 30_011
    block.times[0] = times
    block.types[0] = np.frombuffer(kinds.encode(), np.uint8)[:, None]
    return block


@pytest.mark.parametrize(
    "times",
    [
        np.full((2, SLOTS), READ),
        np.full((2, SLOTS), READ + 146_109),
        READ + np.arange(2 * SLOTS).reshape(2, SLOTS),
        READ + np.arange(2 * SLOTS).reshape(2, SLOTS) * 250_000,
        READ + np.arange(2 * SLOTS).reshape(2, SLOTS) * 1_000_000,
    ],
    ids=["one a day", "one with decimals", "microseconds apart", "some in whole seconds", "all in whole seconds"],
)
@pytest.mark.parametrize("kinds", ["MM", "EM"])
def test_a_whole_day_reads_as_its_intervals(times: np.ndarray, kinds: str) -> None:
    block = _day(times, kinds)
    whole = rendering.whole_day(block, 0, START)
    assert whole is not None
    one_by_one = rendering.intervals(block, 0, START, np.ones(SLOTS, np.bool_))
    assert whole == ",".join(one_by_one)
    last = orjson.loads(f"[{whole}]")[-1]
    assert last["pS"] == "2026-03-28T21:45:00Z"
    assert last["outQty"]["kwh"] == block.values[0, 1, -1] / 1000
    sent_at = np.datetime64(int(times[1, -1]), "us")
    assert np.datetime64(last["outQty"]["rTime"].removesuffix("Z"), "us") == sent_at
    assert [last["inQty"]["rType"], last["outQty"]["rType"]] == list(kinds)
