"""What the hub's description says of a request: made from it, and held against it."""

import copy
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker

_MOST_ENTRIES = 3
# Times have more forms on the wire than the format knows (seconds may be left out); the others are what they are.
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("uuid", raises=ValueError)
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value.lower()


class Described:
    """The description of a hub."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._whole = description
        self._schemas = description["components"]["schemas"]

    def short(self) -> dict[str, Any]:
        """Give the description with short lists: making long ones takes longer than sending them."""
        short = copy.deepcopy(self._whole)
        for schema in _every(short["components"]["schemas"]):
            if schema.get("type") == "array":
                schema["maxItems"] = min(schema.get("maxItems", _MOST_ENTRIES), _MOST_ENTRIES)
        return short

    def rich(self) -> dict[str, Any]:
        """Give the description with short lists in which nothing may be left out: to make whole requests from."""
        rich = self.short()
        for schema in _every(rich["components"]["schemas"]):
            if schema.get("type") == "object" and "properties" in schema:
                schema["required"] = sorted(schema["properties"])
        return rich

    def schema_of(self, method: str, path: str) -> dict[str, Any]:
        """Give the schema of a service's body."""
        content = self._whole["paths"][path][method.lower()]["requestBody"]["content"]
        return dict(content["application/json"]["schema"])

    def fields(self, method: str, path: str, part: str) -> set[str]:
        """Give the names of the fields of a part of a service's body."""
        body = self.resolved(self.schema_of(method, path), {})
        described = self.resolved(body["properties"].get(part, {}), {})
        return set(described.get("properties", ()))

    def resolved(self, schema: dict[str, Any], value: Any) -> dict[str, Any]:
        """Give what a schema says of a value, behind references and choices."""
        while True:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]]
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            elif "oneOf" in schema:
                (schema,) = [one for one in schema["oneOf"] if (one.get("type") == "array") == isinstance(value, list)]
            else:
                return schema

    def without(self, schema: dict[str, Any], value: Any, leave_out: Callable[[str, Any], bool]) -> Any:
        """Give a value without those fields that may be left out and of which `leave_out` says so."""
        schema = self.resolved(schema, value)
        if isinstance(value, list) and "items" in schema:
            return [self.without(schema["items"], one, leave_out) for one in value]
        if not isinstance(value, dict) or "properties" not in schema:
            return value
        required, properties = schema.get("required", ()), schema["properties"]
        return {
            name: self.without(properties.get(name, {}), inner, leave_out)
            for name, inner in value.items()
            if name in required or name not in properties or not leave_out(name, inner)
        }

    def is_right(self, method: str, path: str, body: Any) -> bool:
        """Tell whether a body is as described; null for what may be left out counts as left out."""
        schema = self.schema_of(method, path)
        plain = self.without(schema, body, lambda _, value: value is None) if isinstance(body, dict) else body
        validator = Draft202012Validator(
            {**schema, "components": {"schemas": self._as_json_schema()}}, format_checker=_FORMATS
        )
        return bool(validator.is_valid(plain))

    def _as_json_schema(self) -> Any:
        """Turn OpenAPI 3.0's dialect into JSON Schema."""
        if not hasattr(self, "_turned"):
            self._turned = copy.deepcopy(self._schemas)
            for schema in _every(self._turned):
                for bound, name in (("maximum", "exclusiveMaximum"), ("minimum", "exclusiveMinimum")):
                    if isinstance(schema.get(name), bool) and schema.pop(name):
                        schema[name] = schema.pop(bound)
        return self._turned


def _every(schema: Any) -> Iterator[dict[str, Any]]:
    """Give each object in a schema, itself first."""
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _every(inner)
