"""Reading the fields of a body strictly: JSON's types as they are, every fault with its path, all in one pass.

DRF's own pass takes "1" for 1 and "true" for true and reports without paths and values, so the walk through the
declared fields is done here; each single value is still checked by its field. Source: `2-wire.md`, "Errors".
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from rest_framework import serializers
from rest_framework.fields import empty

from datahub.errors import DomainError, Fault, codes, fault
from datahub.wire.field_faults import Field, faults_of, too_wide, wrong_type
from datahub.wire.fields import Body, OneOrManyField, shown

MAX_FAULTS = 1000


@cache
def _reader(body: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    # Copying the declared fields costs more than reading a small body; a reader keeps no state between bodies.
    return body()


def read(body: type[serializers.Serializer[Any]], data: dict[str, Any], known: Iterable[Fault] = ()) -> Any:
    """Give the checked values of a body's fields, or raise DomainError with every fault in the order of the fields.

    `known` are faults that were found before, told with the others.
    """
    faults: list[Fault] = list(known)
    value = _read(_reader(body), data, "", faults)
    if faults:
        raise DomainError(faults[:MAX_FAULTS])
    return value


def _read(field: Field, data: Any, path: str, faults: list[Fault]) -> Any:
    if data is None and field.allow_null:
        return None
    if data is None:
        faults.append(fault(codes.MISSING, path))
    elif isinstance(field, OneOrManyField):
        return _read(field.fitting(data), data, path, faults)
    elif (expected := wrong_type(field, data)) is not None:
        faults.append(fault(codes.INVALID_PATTERN, path, shown(data), expected))
    elif isinstance(field, serializers.Serializer):
        return _read_object(field, data, path, faults)
    elif isinstance(field, serializers.ListSerializer | serializers.ListField):
        return _read_list(field, data, path, faults)
    elif (wide := too_wide(field, data, path)) is not None:
        faults.append(wide)
    else:
        try:
            return field.run_validation(data)
        except serializers.ValidationError as error:
            faults.extend(faults_of(error, field, data, path))
    return None


class _Known(NamedTuple):
    """A declared field of an object: under which name its value goes on, and the object's own check of it."""

    child: Field
    key: str
    check: Callable[[Any], Any] | None


@cache
def _known(field: serializers.Serializer[Any]) -> dict[str, _Known]:
    """Give the fields of an object that may be sent. Kept as long as its reader, for the process."""
    return {
        name: _Known(child, child.source or name, getattr(field, f"validate_{name}", None))
        for name, child in field.fields.items()
        if not child.read_only
    }


def _read_object(field: serializers.Serializer[Any], data: dict[str, Any], path: str, faults: list[Fault]) -> Any:
    prefix = f"{path}." if path else ""
    before = len(faults)
    fields = _known(field)
    values: dict[str, Any] = {}
    for name, (child, key, check) in fields.items():
        value = data.get(name, empty)
        if value is empty or (value is None and not child.allow_null and not child.required):
            if child.required:
                faults.append(fault(codes.MISSING, prefix + name))
            elif child.default is not empty:
                values[key] = child.get_default()
        else:
            known_faults = len(faults)
            read_value = _read(child, value, prefix + name, faults)
            if check is not None and len(faults) == known_faults:
                read_value = _checked(check, read_value, child, prefix + name, faults)
            if read_value is not None or len(faults) == known_faults:
                values[key] = read_value
    if not data.keys() <= fields.keys():
        unknown, known = [name for name in data if name not in fields], ", ".join(fields)
        faults.extend(fault(codes.MISSING_FIELD, prefix + shown(name), known) for name in unknown[:MAX_FAULTS])
    if isinstance(field, Body):
        faults.extend(field.faults_in(values, path))
    if len(faults) > before:
        return values
    try:
        return field.validate(values)
    except serializers.ValidationError as error:
        faults.extend(faults_of(error, field, data, path or "the body"))
    except DomainError as error:
        faults.extend(error.faults)
    return None


def _checked(check: Callable[[Any], Any], value: Any, field: Field, path: str, faults: list[Fault]) -> Any:
    """Give what an object's own check of one of its fields makes of the value."""
    try:
        return check(value)
    except serializers.ValidationError as error:
        faults.extend(faults_of(error, field, value, path))
    return None


def _read_list(
    field: "serializers.ListSerializer[Any] | serializers.ListField", data: list[Any], path: str, faults: list[Fault]
) -> Any:
    most, least = getattr(field, "max_length", None), getattr(field, "min_length", None)
    if not data and not field.allow_empty:
        faults.append(fault(codes.LIST_CAN_NOT_BE_EMPTY, path))
    elif most is not None and len(data) > most:
        faults.append(fault(codes.TOO_MANY_ENTRIES, path, len(data), most))
    elif least is not None and len(data) < least:
        faults.append(fault(codes.SIZE, path, len(data), f"at least {least}"))
    else:
        assert field.child is not None  # noqa: S101
        values = []
        for number, item in enumerate(data):
            values.append(_read(field.child, item, f"{path}[{number}]", faults))
            if len(faults) >= MAX_FAULTS:
                break
        return values
    return None
