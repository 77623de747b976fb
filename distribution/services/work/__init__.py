"""Working one unit: its changes become messages with their contents. Nothing is written here.

What is told of each kind of object stands in a module of its own.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from datahub.market import ResourceType
from datahub.outbox.changes import Change
from distribution.selectors.facts import BatchFacts
from distribution.services.work import agreements, bills, customers, permissions, points, readings
from distribution.services.work.waiting import Told, Waiting


class _Kind(NamedTuple):
    point_eics: Callable[[Change], list[str]]
    work: Callable[[Change, Waiting, BatchFacts], Iterator[Told]]


_KINDS = {
    ResourceType.CUSTOMER_DATA: _Kind(customers.point_eics, customers.work),
    ResourceType.METERING_POINT: _Kind(points.point_eics, points.work),
    ResourceType.AGREEMENT: _Kind(agreements.point_eics, agreements.work),
    ResourceType.METERING_DATA: _Kind(readings.point_eics, readings.work),
    ResourceType.NETWORK_BILL: _Kind(bills.point_eics, bills.work),
    ResourceType.PERMISSION: _Kind(permissions.point_eics, permissions.work),
}


def point_eics(unit: Waiting) -> set[str]:
    """Give the metering points whose facts a unit is worked on."""
    return {eic for change in unit.changes for eic in _kind(change).point_eics(change)}


def work(unit: Waiting, batch: BatchFacts) -> list[Told]:
    """Give the messages of a unit in the order of their telling.

    Raises whatever is wrong with the unit: the caller sets it aside and goes on.
    """
    return [told for change in unit.changes for told in _kind(change).work(change, unit, batch)]


def _kind(change: Change) -> _Kind:
    kind = _KINDS.get(change.resource_type)
    if kind is None:
        raise ValueError(f"nobody knows yet whom a change of {change.resource_type} is told")
    return kind
