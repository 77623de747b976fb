"""Fields of request bodies that take JSON's own types and nothing that merely looks like them. Source: `2-wire.md`.

A service's body derives from `Body` and uses these fields and those of DRF (CharField, BooleanField, IntegerField,
ListField, nested Body with or without many=True, …); `datahub.wire.reading` reads them. A field says what is wrong with
a value by raising `Wrong`; its path is added by the reader.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rest_framework import serializers

from datahub.errors import Code, Fault, codes
from datahub.market_time import FIRST_YEAR, LAST_YEAR
from datahub.parties import eic
from datahub.texts import all_seen
from datahub.wire.paging import DEFAULT_PAGE_SIZE, MAX_PAGE, Pagination

_INSTANT = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6}(\d{0,3}))?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_FORM = "a date, YYYY-MM-DD"
_INSTANT_FORM = "an ISO 8601 time with Z or an offset, like 2024-05-22T21:00:00Z"


class Wrong(serializers.ValidationError):
    """What is wrong with one field's value: a code whose first argument, the path, is added by the reader."""

    def __init__(self, code: Code, *args: object) -> None:
        super().__init__(code.name)
        self.fault_code = code
        self.fault_args = tuple(str(arg) for arg in args)

    def at(self, path: str) -> Fault:
        """Give the fault of the field at a path."""
        return Fault(self.fault_code, (path, *self.fault_args))


def shown(value: object) -> str:
    """Give a value as it stands in a message: JSON's words, at most 100 characters."""
    if value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, str):
        text = all_seen(value) if value else '""'
    elif isinstance(value, dict):
        text = "an object"
    elif isinstance(value, list):
        text = "a list"
    else:
        text = str(value)
    return text if len(text) <= 100 else text[:99] + "…"


class Body(serializers.Serializer[Any]):
    """An object of a request body. Fields that are not declared are refused by name.

    `null` for a field that may be left out counts as left out (unless the field has allow_null). Faults between fields
    are found in `validate(attrs)`, which raises `DomainError` with full paths, or `Wrong` for the object itself; it is
    asked only where every field is right. `faults_in` is asked always.
    """

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Give the faults of an object at a path that only some of its fields are needed to find.

        `values` are those that could be read: a wrong one is left out, of a wrong object its right fields are there, a
        wrong entry of a list is None.
        """
        return ()


class OneOrManyField(serializers.Field[Any, Any, Any, Any]):
    """One object, or a list of at most `max_length` of them; becomes a dict, or a list of dicts."""

    def __init__(self, child: type[Body], *, max_length: int, **options: Any) -> None:
        super().__init__(**options)
        self.one = child()
        self.many: Any = child(many=True, allow_empty=False, max_length=max_length)  # type: ignore[call-arg]

    def fitting(self, data: Any) -> serializers.BaseSerializer[Any]:
        """Give the field that reads a value: anything that is no list should be one object."""
        return self.many if isinstance(data, list) else self.one


class LinesField(serializers.CharField):
    """A text that may go over more than one line, as no other may. Which signs they may have: `datahub.texts`."""

    lines = True


class EicField(serializers.CharField):
    """An EIC code of one kind (`datahub.parties.eic`: PARTY, METERING_POINT, AREA)."""

    def __init__(self, *, kind: str = eic.PARTY, **options: Any) -> None:
        self.kind = kind
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Give the code, or raise Wrong with what an EIC of the kind must be."""
        fault = eic.check(data, kind=self.kind, path="")
        if fault is not None:
            raise Wrong(fault.code, shown(data), *fault.args[2:])
        return str(data)


class InstantField(serializers.Field[datetime, str, str, Any]):
    """An instant with Z or an offset, seconds optional; becomes an aware datetime in UTC."""

    def to_internal_value(self, data: Any) -> datetime:
        """Give the instant in UTC, or raise Wrong."""
        return parse_instant(data)

    def to_representation(self, value: datetime) -> str:
        """Write it in UTC with seconds."""
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: Any) -> datetime:
    """Read an ISO 8601 time with Z or an offset, seconds optional, between 1970 and 2199; else raise Wrong.

    What is finer than a microsecond counts as the next one: a moment just after midnight is not midnight.
    """
    if not isinstance(text, str):
        raise Wrong(codes.INVALID_PATTERN, shown(text), _INSTANT_FORM)
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Wrong(codes.INVALID_PATTERN, shown(text), _INSTANT_FORM)
    if not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise Wrong(codes.INVALID_PATTERN, text, f"a time between {FIRST_YEAR} and {LAST_YEAR}")
    try:
        # Python leaves out what is finer than a microsecond.
        return datetime.fromisoformat(text).astimezone(UTC) + timedelta(microseconds=int(match[4] or 0) > 0)
    except ValueError as error:
        # Python words the bounds of months, days and hours well, those of an offset in terms of its own.
        why = "an offset is shorter than 24 hours" if "timedelta" in str(error) else str(error)
        raise Wrong(codes.INVALID_PATTERN, text, f"{_INSTANT_FORM}; {why}") from error


class LocalDateField(serializers.DateField):
    """A local date in the one form YYYY-MM-DD, between the years 1970 and 2199; becomes a date."""

    def to_internal_value(self, data: Any) -> date:
        """Give the date, or raise Wrong."""
        if not isinstance(data, str) or _DATE.fullmatch(data) is None:
            raise Wrong(codes.INVALID_PATTERN, shown(data), _DATE_FORM)
        try:
            read = date.fromisoformat(data)
        except ValueError as error:
            raise Wrong(codes.INVALID_PATTERN, data, f"{_DATE_FORM}; {error}") from error
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise Wrong(codes.INVALID_PATTERN, data, f"a date between {FIRST_YEAR} and {LAST_YEAR}")
        return read


class CodeField(serializers.ChoiceField):
    """A code of one of the market's lists; becomes the list's member."""

    def __init__(self, list_of: type[StrEnum], **options: Any) -> None:
        self.list_of = list_of
        super().__init__(choices=[(code.value, code.value) for code in list_of], **options)

    def to_internal_value(self, data: Any) -> StrEnum:
        """Give the member, or raise Wrong with what is possible."""
        try:
            return self.list_of(data)
        except ValueError as error:
            raise Wrong(codes.INVALID_ENUM, " or ".join(self.list_of), shown(data)) from error


class ExactDecimalField(serializers.DecimalField):
    """A JSON number that is kept exactly: at most `max_digits` digits, `decimal_places` of them decimals."""

    max_digits: int
    decimal_places: int

    def __init__(self, max_digits: int, decimal_places: int, **options: Any) -> None:
        super().__init__(max_digits=max_digits, decimal_places=decimal_places, coerce_to_string=False, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        """Give the number as it was sent, or raise Wrong."""
        value = Decimal(data)
        if not value:
            return Decimal(0)
        whole, places = self.max_digits - self.decimal_places, self.decimal_places
        # Looked at before anything is computed: 1e999999999 is a short text and a very long number.
        if value.adjusted() >= whole:
            code, bound = (codes.TOO_BIG, "9" * whole) if value > 0 else (codes.TOO_SMALL, "-" + "9" * whole)
            raise Wrong(code, shown(data), bound)
        _, digits, exponent = value.as_tuple()
        closing_zeros = next(count for count, digit in enumerate(reversed(digits)) if digit)
        if -int(exponent) - closing_zeros > places:
            raise Wrong(codes.TOO_MANY_DECIMALS, shown(data), places)
        return value


class _PageBody(Body):
    page = serializers.IntegerField(min_value=0, max_value=MAX_PAGE, default=0, help_text="Counts from 0.")


class PaginationField(_PageBody):
    """The `pagination` of a search's body; becomes a `Pagination`.

    Left out: the first page of the default size; with `default=None` it is None, where a search may be asked for its
    first rows without pages.
    """

    def __init__(self, *, max_size: int = DEFAULT_PAGE_SIZE, default_size: int | None = None, **options: Any) -> None:
        self.max_size = max_size
        self.default_size = default_size or min(max_size, DEFAULT_PAGE_SIZE)
        options.setdefault("required", False)
        if not options["required"]:
            options.setdefault("default", lambda: Pagination(page_size=self.default_size))
        super().__init__(**options)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add pageSize with this search's bounds."""
        fields = dict(super().get_fields())
        fields["pageSize"] = serializers.IntegerField(min_value=1, max_value=self.max_size, default=self.default_size)
        return fields

    def validate(self, attrs: Any) -> Any:
        """Make the Pagination."""
        return Pagination(page=attrs["page"], page_size=attrs["pageSize"])


class PageAnswer(Body):
    """The `pagination` of a search's answer."""

    page = serializers.IntegerField(min_value=0)
    totalPages = serializers.IntegerField(min_value=1)
