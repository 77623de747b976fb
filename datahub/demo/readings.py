"""The readings of the demo's metering points, up to now."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction

from datahub.demo import profiles
from datahub.demo.cast import Installation
from datahub.market import Commodity
from datahub.market_time import TALLINN, add_months, day_start
from datahub.metering.models import MeteringPoint
from datahub.metering.readings import channels, packing, storage
from datahub.outbox.services import open_unit

MONTHS_BACK = 12
_ESTIMATED_SHARE = 0.004


@transaction.atomic
def store_readings(*, installations: dict[str, Installation], now: datetime) -> int:
    """Store a year of readings, up to the last interval that is over and read; give how many intervals.

    Nobody is told: these are readings that the hub takes over, as it takes over the agreements.
    """
    count = 0
    points = list(MeteringPoint.objects.filter(eic__in=installations).order_by("eic"))
    with open_unit(lanes=[point.eic for point in points], sender_eic="", saved_at=now):
        for point in points:
            days = list(point_days(point, installations[point.eic], now=now))
            storage.write_days((point.pk, day, data) for day, data, _ in days)
            count += sum(intervals for _, _, intervals in days)
    return count


def point_days(point: MeteringPoint, installation: Installation, *, now: datetime) -> Iterable[tuple[date, bytes, int]]:
    """Give a point's packed days with the number of intervals that each has."""
    commodity = Commodity(point.commodity)
    today = now.astimezone(TALLINN).date()
    first = add_months(today, -MONTHS_BACK) + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    step = channels.STEP_SECONDS[installation.resolution]
    bounds = np.array([int(day_start(day, commodity).timestamp()) for day in [*days, today + timedelta(days=1)]])
    slots = np.diff(bounds) // step
    starts = np.arange(bounds[0], bounds[-1], step)
    delay = 4 + int(profiles.random(point.eic, np.array([0]))[0] * 8)  # seconds from an interval's end to its reading
    is_read = starts + step + delay <= int(now.timestamp())
    inward, outward = profiles.energy(point.eic, installation.load, starts, step)
    of_channel = {channels.IN: inward, channels.OUT: outward}
    if commodity == Commodity.NATURAL_GAS:
        of_channel[channels.OUT_M3] = (outward / profiles.KWH_OF_CUBIC_METRE).round(3)
    if not (point.production or point.type == "BORDER"):
        del of_channel[channels.IN]
    codes = tuple(of_channel)
    estimated = profiles.random(f"{point.eic} estimated", starts) < _ESTIMATED_SHARE
    kinds = np.where(estimated, ord("E"), ord("M"))
    for length in np.unique(slots).tolist():  # a day of 92 quarter-hours is packed with others of its length
        chosen = np.flatnonzero(slots == length)
        places = (bounds[chosen] - bounds[0])[:, None] // step + np.arange(length)
        block = packing.Block.empty(len(chosen), installation.resolution, codes, length)
        for number, values in enumerate(of_channel.values()):
            block.values[:, number] = np.rint(values[places] * 1000)
            block.times[:, number] = (starts[places] + step + delay) * 1_000_000
            block.types[:, number] = kinds[places]
            block.present[:, number] = is_read[places]
        kept = np.flatnonzero(block.present.any(axis=(1, 2)))
        block = packing.Block(
            block.resolution, codes, block.values[kept], block.times[kept], block.types[kept], block.present[kept]
        )
        if not len(kept):
            continue
        intervals = block.present[:, 0].sum(axis=1).tolist()
        for row, data, many in zip(chosen[kept].tolist(), packing.pack(block), intervals, strict=True):
            yield days[row], data, many
