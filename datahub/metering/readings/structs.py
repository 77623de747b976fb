"""The form of a message of readings, for msgspec. Source: `2-wire.md`, `POST /meter-data`.

Structs of readings live for one message and hold no cycles, so the garbage collector need not look at them.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType


class Quantity(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The energy of one interval in one direction, in kWh; `m3` is the volume of gas.

    `null` for what may be left out counts as left out, as everywhere on the wire.
    """

    rType: Literal["E", "M"]
    kwh: float
    rTime: str | UnsetType | None = UNSET
    m3: float | UnsetType | None = UNSET


class Interval(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One interval: its start and the energy into and out of the grid."""

    pS: str
    inQty: Quantity | UnsetType | None = UNSET
    outQty: Quantity | UnsetType | None = UNSET


class Period(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Intervals of one resolution."""

    r: Literal["PT15M", "PT1H", "P1D"]
    aI: list[Interval]


class Element(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The readings of one metering point."""

    meterEic: str
    periods: list[Period]


class Message(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A whole request body; the context is the frame's business."""

    meterData: list[Element]
    marketParticipantContext: msgspec.Raw | UnsetType = UNSET


class NamedElement(msgspec.Struct, gc=False):
    """An element whose readings are not looked at."""

    meterEic: str
    periods: msgspec.Raw


class NamedMessage(msgspec.Struct, gc=False):
    """A body of which only the points matter."""

    meterData: list[NamedElement]


DECODER = msgspec.json.Decoder(Message)
NAMED_DECODER = msgspec.json.Decoder(NamedMessage)
PERIODS_DECODER = msgspec.json.Decoder(list[Period])
