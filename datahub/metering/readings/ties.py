"""Which of two documents counts that say otherwise of a quantity with the same reading time: the later accepted one.

Documents are mostly worked on in the order of their acceptance, and then what is worked on later is right. Where one
that was accepted later was done first (workers at once, a retry), its quantities stay: its body, which is kept, tells
which these are. Source: `1-market.md`, "Readings".
"""

from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from datahub.market import Commodity
from datahub.metering.readings import packing
from datahub.metering.readings.blocks import Incoming, newest
from datahub.metering.readings.channels import CHANNELS
from datahub.metering.readings.packing import Block


def stand(incoming: Incoming, stored: dict[tuple[int, date], bytes], commodity: Commodity) -> bool:
    """Tell whether a stored quantity has the reading time of one of the message that says otherwise.

    Of a day that stands in another resolution its newest reading time counts, as it does for the whole day.
    """
    block = incoming.block
    rows, same = [], []
    for row, key in enumerate(zip(incoming.points, incoming.days, strict=True)):
        data = stored.get(key)
        if data is None:
            continue
        if packing.read_head(data).resolution is block.resolution:
            rows.append(row)
            same.append(data)
        elif newest(block, row) == newest(packing.unpack([data], CHANNELS[commodity]), 0):
            return True
    if not same:
        return False
    old = packing.unpack(same, block.codes)
    tied = block.present[rows, :2] & old.present[:, :2] & (block.times[rows, :2] == old.times[:, :2])
    differs = block.types[rows, :2] != old.types[:, :2]
    # What is measured beside the energy goes with its direction, whether one of the two has it or both.
    differs |= (_said(block)[rows] != _said(old)).reshape(len(rows), -1, 2, block.slots).any(axis=1)
    return bool((tied & differs).any())


def _said(block: Block) -> NDArray[np.int64]:
    return np.where(block.present, block.values, -1)


def overtake(incoming: Incoming, later: Iterable[Incoming]) -> None:
    """Mark what a document accepted later, whose days are given, said with the same reading times."""
    block = incoming.block
    rows = {key: row for row, key in enumerate(zip(incoming.points, incoming.days, strict=True))}
    for part in later:
        for row, key in enumerate(zip(part.points, part.days, strict=True)):
            here = rows.get(key)
            if here is None:
                continue
            if part.block.resolution is block.resolution:
                same = part.block.times[row, :2] == block.times[here, :2]
                incoming.overtaken[here] |= part.block.present[row, :2] & same
            else:
                incoming.overtaken_days[here] |= newest(part.block, row) == newest(block, here)
