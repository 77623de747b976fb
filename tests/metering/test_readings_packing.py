"""Packed days come back as they were, take little room, and are read for ever as they once were written."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from datahub.market import Resolution
from datahub.metering.readings import packing
from datahub.metering.readings.channels import IN, IN_M3, OUT, OUT_M3
from datahub.metering.readings.packing import Block

SLOTS = {Resolution.PT15M: (92, 96, 100), Resolution.PT1H: (23, 24, 25), Resolution.P1D: (1,)}
E, M = ord("E"), ord("M")
READ_AT = 1_777_863_600_000_000


@st.composite
def blocks(draw: Any) -> Block:
    """Make any block: sparse or full, uniform or mixed, any size of number."""
    resolution = draw(st.sampled_from(list(SLOTS)))
    shape = (draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 4])), draw(st.sampled_from(SLOTS[resolution])))
    largest = draw(st.sampled_from([0, 1, 255, 256, 65_535, 10**6, 2**40, 2**62]))
    late = draw(st.sampled_from([0, 1, 10**6, 86_400 * 10**6, 2**52]))
    unit = draw(st.sampled_from([1, 1_000, 1_000_000]))
    present = draw(st.one_of(st.just(np.ones(shape, np.bool_)), hnp.arrays(np.bool_, shape)))
    present[:, 0, 0] = True
    codes = (IN, OUT, IN_M3, OUT_M3)[: shape[1]]
    return Block(
        resolution,
        codes,
        draw(hnp.arrays(np.int64, shape, elements=st.integers(0, largest), fill=st.just(largest))),
        READ_AT + draw(hnp.arrays(np.int64, shape, elements=st.integers(-late // unit, late // unit))) * unit,
        draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([E, M]), fill=st.just(E))),
        present,
    )


def assert_same(given_block: Block, came_back: Block) -> None:
    present = given_block.present
    assert (came_back.present == present).all()
    for name in ("values", "times", "types"):
        assert (getattr(came_back, name)[present] == getattr(given_block, name)[present]).all(), name


@given(block=blocks())
@settings(max_examples=300, deadline=None)
def test_days_come_back_as_they_were(block: Block) -> None:
    packed = packing.pack(block)
    came_back = packing.unpack(packed, block.codes)
    assert_same(block, came_back)
    for data, present in zip(packed, block.present, strict=True):
        head = packing.read_head(data)
        assert (head.resolution, head.slots) == (block.resolution, block.slots)
        assert head.intervals == present.any(axis=0).sum()


def test_a_day_fits_into_a_block_with_more_channels() -> None:
    block = Block.empty(1, Resolution.PT1H, (OUT,), 24)
    block.present[:], block.values[:], block.times[:], block.types[:] = True, 7, READ_AT, M
    wide = packing.unpack(packing.pack(block), (IN, OUT, 5, 6))
    assert wide.present[0].any(axis=1).tolist() == [False, True, False, False]
    assert wide.values[0, 1].tolist() == [7] * 24


def test_a_day_without_a_reading_and_a_negative_one_are_refused() -> None:
    block = Block.empty(1, Resolution.PT1H, (IN, OUT), 24)
    with pytest.raises(ValueError, match="without a reading"):
        packing.pack(block)
    block.present[0, 0, 0], block.values[0, 0, 0] = True, -1
    with pytest.raises(ValueError, match="negative"):
        packing.pack(block)


def test_an_unknown_form_is_refused() -> None:
    block = Block.empty(1, Resolution.P1D, (IN,), 1)
    block.present[:] = True
    (data,) = packing.pack(block)
    with pytest.raises(packing.UnknownForm):
        packing.unpack([b"\x02" + data[1:]], (IN,))


# Days as they were written on 2026-11-21. They stand in databases: these bytes must be read so for ever.
GOLDEN = [
    (
        "010101181802020002004c5620f550060001004d02004d2060e501003403000082001ac620632fd2761ae413479d1adf1a9b62554c95670e000901020202090a0600010305070503010808000105040a060200817a28a00d",
        {
            "codes": [1, 2],
            "resolution": "PT1H",
            "present": [
                [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            ],
            "values": [
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                [
                    2434,
                    256,
                    538,
                    710,
                    544,
                    2403,
                    2607,
                    1746,
                    118,
                    282,
                    996,
                    1299,
                    1863,
                    1437,
                    794,
                    479,
                    2074,
                    2203,
                    98,
                    341,
                    1356,
                    1173,
                    2663,
                    1550,
                ],
            ],
            "times": [
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
                1777863600000000,
            ],
            "types": "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
        },
    ),
    (
        "010101191902030310715e5620f550060001014d02024d604900450900841107feff014d4d4d4d454d52a4dc000cfc0424e0a8081cbf23c61db033f382f98fbcba500e2f078f247906913d7734069f8f6dcdae638868ecf80c004d76f8fa2ffa574c015a74525da36f321408ad1e28df8a2c232a3c61b6296ac90661433ff2c8e2225d0101030001010202030301040000040401000100040302010200030200010302010100020302040400020201011c0b2c008300bde9fa6fabbe40701fd63e9df79856b9522c2df5c9491975721e3df2202eb748bc85ae3dce70fb5d3f6400f600585c70de778781e555cb7dfbe4f1f0b13fd0292b951f6285383121ec800106e54724ed18ad9952070b040009000a030c0d060e0b040d0501080c09050d070502030a0c04090d02040708060601090e020c02000b07100095d2d36dbaa27bbacd0912",
        {
            "codes": [1, 2],
            "resolution": "PT1H",
            "present": [
                [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            ],
            "values": [
                [
                    126034,
                    129188,
                    199900,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    85260,
                    95996,
                    194564,
                    195108,
                    208864,
                    260776,
                    87816,
                    281628,
                    447,
                    23075,
                    292038,
                    283165,
                    89520,
                    41779,
                    94195,
                    12930,
                ],
                [
                    267513,
                    198799,
                    175548,
                    73402,
                    141392,
                    57102,
                    231983,
                    142343,
                    9103,
                    76324,
                    212089,
                    155910,
                    112273,
                    76093,
                    27255,
                    182580,
                    198150,
                    156063,
                    279439,
                    278381,
                    62157,
                    182446,
                    189027,
                    74376,
                    89448,
                ],
            ],
            "times": [
                1777863600487309,
                1777867200741756,
                1777870800292509,
                1777896000657652,
                1777899600004721,
                1777903200682798,
                1777906800225114,
                1777910400820075,
                1777914000913632,
                1777917600428572,
                1777921200956975,
                1777924800758705,
                1777928400325601,
                1777932000878480,
                1777935600384583,
                1777939200102319,
                1777942800593422,
                1777946400849768,
                1777950000656393,
                1777863600393927,
                1777867200902186,
                1777870800479683,
                1777874400385693,
                1777878000146334,
                1777881600212582,
                1777885200698426,
                1777888800799162,
                1777892400291978,
                1777896000628710,
                1777899600871139,
                1777903200148367,
                1777906800275374,
                1777910400524131,
                1777914000561809,
                1777917600398239,
                1777921200399656,
                1777924800128953,
                1777928400612909,
                1777932000931574,
                1777935600196639,
                1777939200797358,
                1777942800180287,
                1777946400044001,
                1777950000746860,
            ],
            "types": "MMMMMMMMMMMMMMMMMMMMMMMEMMMMMMMMMMMMMMMMMMMM",
        },
    ),
]


@pytest.mark.parametrize(("data", "expected"), GOLDEN)
def test_days_once_written_are_read_for_ever(data: str, expected: dict[str, Any]) -> None:
    block = packing.unpack([bytes.fromhex(data)], tuple(expected["codes"]))
    assert block.resolution.value == expected["resolution"]
    assert block.present[0].astype(int).tolist() == expected["present"]
    assert block.values[0].tolist() == expected["values"]
    present = block.present[0]
    assert block.times[0][present].tolist() == expected["times"]
    assert bytes(block.types[0][present]).decode() == expected["types"]


def test_days_are_written_in_the_form_described() -> None:
    """Hold the bytes of a day too small to be compressed, so that they do not depend on a library."""
    block = Block.empty(1, Resolution.P1D, (IN, OUT, IN_M3, OUT_M3), 1)
    block.present[0, [1, 3]], block.values[0, :, 0] = True, [0, 70_000, 0, 6_600]
    block.times[:], block.types[:] = READ_AT, M
    (data,) = packing.pack(block)
    assert data.hex() == "010002010102030002004c5620f550060002004d04004d70c811190100"


def household(days: int, seed: int = 1) -> Block:
    """Make quarter-hours of a household's consumption, a seventh of them with solar panels."""
    random, hour = np.random.default_rng(seed), np.arange(96) / 4
    block = Block.empty(days, Resolution.PT15M, (IN, OUT), 96)
    base = random.gamma(2.0, 60, (days, 1))
    curve = base * (1 + 0.8 * np.exp(-((hour - 8) ** 2) / 6) + 1.4 * np.exp(-((hour - 19) ** 2) / 8))
    block.values[:, 1] = curve * random.lognormal(0, 0.35, (days, 96))
    sun = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * 900 * random.lognormal(0, 0.2, (days, 96))
    block.values[:, 0] = np.where(np.arange(days)[:, None] % 7 == 0, sun, 0)
    block.present[:], block.types[:], block.times[:] = True, M, READ_AT
    return block


# A row's head, its key, the length of the bytes, and its entry in the index; rounded up.
ROW_BYTES = 24 + 4 + 8 + 4 + 4 + 28


def test_a_quarter_hour_takes_three_bytes_with_one_reading_time_a_delivery() -> None:
    packed = packing.pack(household(700))
    assert sum(len(data) + ROW_BYTES for data in packed) / (700 * 96) <= 3


@pytest.mark.parametrize("soon", [False, True])
def test_a_quarter_hour_takes_ten_bytes_with_a_reading_time_of_its_own(soon: bool) -> None:
    block, random = household(700), np.random.default_rng(7)
    block.times += random.integers(0, 1_000_000, block.times.shape)
    if soon:
        block.times += np.arange(96) * 900_000_000
    packed = packing.pack(block)
    assert sum(len(data) + ROW_BYTES for data in packed) / (700 * 96) <= 10
