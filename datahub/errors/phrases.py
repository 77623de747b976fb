"""What stands in a message as it is written, and knows what it was written from.

Each is the text that the API answers; pages read from it what it is made of, and say it in the reader's language.
Babel takes the words of `phrase(…)` into the catalogues, so that rules need to know nothing of languages.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

Value = datetime | date | int | float | Decimal


class Phrase(str):
    """Words with {0}, {1} … for the values inside."""

    template: str
    values: tuple[str, ...]

    def __new__(cls, template: str, *values: object) -> "Phrase":
        """Put the values into the words."""
        inside = tuple(written(value) for value in values)
        made = super().__new__(cls, template.format(*inside))
        made.template, made.values = template, inside
        return made

    def __getnewargs__(self) -> tuple[str, ...]:  # type: ignore[override]
        """Say of what a copy is made."""
        return self.template, *self.values


class Listing(str):
    """Several things, the last or each of them joined to the next by a word: "A or B", "A and B", "A, B"."""

    word: Literal["or", "and", ","]
    items: tuple[str, ...]

    def __new__(cls, items: Iterable[object], word: Literal["or", "and", ","]) -> "Listing":
        """Join the things."""
        inside = tuple(written(item) for item in items)
        made = super().__new__(cls, (", " if word == "," else f" {word} ").join(inside))
        made.word, made.items = word, inside
        return made

    def __getnewargs__(self) -> tuple[tuple[str, ...], str]:  # type: ignore[override]
        """Say of what a copy is made."""
        return self.items, self.word


class Written(str):
    """A number, a date or an instant, with the value itself."""

    value: Value

    def __new__(cls, text: str, value: Value) -> "Written":
        """Keep the value beside its text."""
        made = super().__new__(cls, text)
        made.value = value
        return made

    def __getnewargs__(self) -> tuple[str, Value]:  # type: ignore[override]
        """Say of what a copy is made."""
        return str(self), self.value


def phrase(template: str, *values: object) -> Phrase:
    """Give words that pages translate: `phrase("{0} days ahead", 14)`. The words must stand there as they are."""
    return Phrase(template, *values)


def any_of(items: Iterable[object]) -> Listing:
    """Give what may be chosen from: "A or B or C"."""
    return Listing(items, "or")


def all_of(items: Iterable[object]) -> Listing:
    """Give what goes together: "A and B and C"."""
    return Listing(items, "and")


def listing(items: Iterable[object]) -> Listing:
    """Give a mere list: "A, B, C"."""
    return Listing(items, ",")


def written(arg: object) -> str:
    """Write a value as it stands in a message: instants in UTC with `Z`, where UTC has a year for them."""
    if isinstance(arg, str):
        return arg
    if isinstance(arg, datetime):
        return Written(_instant(arg), arg)
    # True and False are no numbers here.
    if isinstance(arg, date | int | float | Decimal) and not isinstance(arg, bool):
        return Written(str(arg), arg)
    return str(arg)


def _instant(instant: datetime) -> str:
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        return instant.isoformat()
    return instant.isoformat().replace("+00:00", "Z")
