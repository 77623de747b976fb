"""What is wrong in a file that somebody gave: a sentence of the catalogue with its values, and the place.

A fault is kept and sent as its parts, and becomes a sentence only when it is shown, in the language of who reads it.
Nothing here knows Django but for the translation of a sentence and the form of a number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext

from portal.sheets import messages

# What is shown of a value in a sentence; a cell may hold 32,767 characters.
SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Word:
    """A word or sentence of the catalogue inside a fault's values: the header of a column, the label of a choice."""

    msgid: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number inside a fault's values, with a point; said as the reader's language writes it."""

    written: str


Arg = str | int | Word | Figure | Sequence[Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, as the spreadsheet program counts: row 1 is the first; `column` is its letter.

    `header` is the header of the column as it stands in the file. What is not known is "" or None.
    """

    sheet: str = ""
    row: int | None = None
    column: str = ""
    header: str = ""


@dataclass(frozen=True, slots=True)
class SheetFault:
    """One thing that is wrong: `msgid` with `%(name)s` for its `args`, the place, and what stood there."""

    msgid: str
    args: Mapping[str, Arg] = field(default_factory=dict)
    place: Place = Place()
    shown: str = ""

    def say(self) -> str:
        """Say it in the active language."""
        return gettext(self.msgid) % {name: said(arg) for name, arg in self.args.items()}

    @property
    def kept_args(self) -> dict[str, Any]:
        """The values as JSON can keep them."""
        return {name: _kept(arg) for name, arg in self.args.items()}

    @classmethod
    def from_kept(cls, msgid: str, kept: Mapping[str, Any], place: Place = Place(), shown: str = "") -> "SheetFault":
        """Make the fault of what was kept."""
        return cls(msgid, {name: _unkept(arg) for name, arg in kept.items()}, place, shown)


class SheetError(Exception):
    """A file, or what is in it, that cannot be taken: one or more faults."""

    def __init__(self, *faults: SheetFault) -> None:
        self.faults = faults
        super().__init__(faults[0].msgid)


def refuse(msgid: str, *, place: Place = Place(), shown: str = "", **args: Arg) -> SheetError:
    """Make the error of a single fault, to be raised."""
    return SheetError(SheetFault(msgid, args, place, cut(shown)))


def cut(text: str, length: int = SHOWN_LENGTH) -> str:
    """Cut a text to what is shown of it."""
    return text if len(text) <= length else text[: length - 1] + "…"


def said(arg: Arg) -> str:
    """Say one of a fault's values in the active language."""
    if isinstance(arg, Word):
        return gettext(arg.msgid) if arg.msgid else ""
    if isinstance(arg, Figure):
        return str(number_format(Decimal(arg.written)))
    if isinstance(arg, str | int):
        return str(arg)
    return gettext(messages.LIST_SEPARATOR).join(said(part) for part in arg)


def _kept(arg: Arg) -> Any:
    if isinstance(arg, Word):
        return {"word": arg.msgid}
    if isinstance(arg, Figure):
        return {"figure": arg.written}
    return arg if isinstance(arg, str | int) else [_kept(part) for part in arg]


def _unkept(kept: Any) -> Arg:
    if isinstance(kept, dict):
        return Figure(kept["figure"]) if "figure" in kept else Word(kept["word"])
    return [_unkept(part) for part in kept] if isinstance(kept, list) else kept
