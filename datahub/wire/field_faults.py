"""What JSON type a field takes, and which code of the registry stands for what DRF's fields find wrong."""

from decimal import Decimal
from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from datahub.errors import Fault, codes, fault
from datahub.texts import has_lines, has_unseen
from datahub.wire.fields import EicField, Wrong, shown

Field = serializers.Field[Any, Any, Any, Any]

_MISSING = {"required", "null", "blank"}
_LARGEST = 2**63 - 1
_TEXTUAL = (
    serializers.CharField,
    serializers.ChoiceField,
    serializers.DateField,
    serializers.DateTimeField,
    serializers.TimeField,
    serializers.DurationField,
    serializers.UUIDField,
)


@cache
def _taken_by(kind: type[object]) -> tuple[tuple[type, ...], str] | None:
    """Give the types of a JSON value that a class of fields takes, and their name; None if it takes any."""
    if issubclass(kind, serializers.Serializer | serializers.DictField):
        return (dict,), "an object"
    if issubclass(kind, serializers.ListSerializer | serializers.ListField):
        return (list,), "a list"
    if issubclass(kind, serializers.BooleanField):
        return (bool,), "true or false"
    if issubclass(kind, serializers.IntegerField):
        return (int,), "a whole number"
    if issubclass(kind, serializers.DecimalField | serializers.FloatField):
        return (int, Decimal), "a number"
    # A field of a service's own may take what it likes.
    return ((str,), "text") if issubclass(kind, _TEXTUAL) else None


def wrong_type(field: Field, data: Any) -> str | None:
    """Tell what the value must be, if it is not of the JSON type that the field takes."""
    kind: Any = type(field)  # DRF's fields have __hash__ for the instances; mypy takes it for that of the class
    taken = _taken_by(kind)
    # By the very type: True is an int to Python, and a word to JSON.
    if taken is not None and type(data) not in taken[0]:
        return taken[1]
    if not isinstance(data, str) or isinstance(field, serializers.JSONField):
        return None
    if "\x00" in data:
        return "text without NUL characters"
    return None if data.isprintable() else _wrong_sign(field, data)


def _wrong_sign(field: Field, data: str) -> str | None:
    """Tell what a text must be that has signs which it may not have. A code is looked at by its own field."""
    if any("\ud800" <= sign <= "\udfff" for sign in data):
        return "valid Unicode text"
    if not isinstance(field, serializers.CharField) or isinstance(field, EicField):
        return None
    kept = data.strip() if field.trim_whitespace else data
    if has_unseen(kept):
        return "text without control characters and without signs that hide or turn it"
    return "text on one line" if has_lines(kept) and not getattr(field, "lines", False) else None


def too_wide(field: Field, data: Any, path: str) -> Fault | None:
    """Give the fault of a whole number without bounds of its own that no database column holds."""
    if not isinstance(field, serializers.IntegerField) or field.max_value is not None or abs(data) <= _LARGEST:
        return None
    return fault(codes.TOO_BIG, path, shown(data), _LARGEST)


def faults_of(error: serializers.ValidationError, field: Field, data: Any, path: str) -> list[Fault]:
    """Give the faults at a path that DRF's error, or a field's Wrong, tells of."""
    if isinstance(error, Wrong):
        return [error.at(path)]
    return [_fault(detail, field, data, path) for detail in _details(error.detail)]


def _details(detail: Any) -> list[ErrorDetail]:
    if isinstance(detail, dict):
        return [found for value in detail.values() for found in _details(value)]
    if isinstance(detail, list):
        return [found for value in detail for found in _details(value)]
    return [detail]


def _fault(detail: ErrorDetail, field: Any, data: Any, path: str) -> Fault:  # noqa: PLR0911, PLR0912
    """Give the registry's fault for what one of DRF's fields found."""
    value = shown(data)
    match detail.code:
        case code if code in _MISSING:
            return fault(codes.MISSING, path)
        case "invalid_choice":
            return fault(codes.INVALID_ENUM, path, " or ".join(str(choice) for choice in field.choices), value)
        case "max_length":
            return fault(codes.FIELD_CANNOT_BE_LONGER, path, len(data), field.max_length)
        case "min_length":
            return fault(codes.INVALID_PATTERN, path, value, f"at least {field.min_length} characters")
        case "max_value":
            return fault(codes.TOO_BIG, path, value, field.max_value)
        case "min_value" if field.min_value == 0:
            return fault(codes.FIELD_VALUE_CANNOT_BE_NEGATIVE, path, value)
        case "min_value":
            return fault(codes.TOO_SMALL, path, value, field.min_value)
        case "max_digits" | "max_whole_digits":
            return fault(codes.TOO_BIG, path, value, f"a number of {field.max_digits} digits")
        case "max_decimal_places":
            return fault(codes.TOO_MANY_DECIMALS, path, value, field.decimal_places)
    match field:
        case serializers.EmailField():
            return fault(codes.INVALID_EMAIL, path, value)
        case serializers.DateField():
            return fault(codes.INVALID_PATTERN, path, value, "a date, YYYY-MM-DD")
        case serializers.UUIDField():
            return fault(codes.INVALID_PATTERN, path, value, "a UUID")
        case serializers.RegexField():
            return fault(codes.INVALID_PATTERN, path, value, f"of the form {_pattern(field)}")
    return fault(codes.UNPARSEABLE, path, str(detail))


def _pattern(field: serializers.RegexField) -> str:
    found = [validator.regex.pattern for validator in field.validators if hasattr(validator, "regex")]
    return found[0] if found else "that the description states"
