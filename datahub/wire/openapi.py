"""The API's description, generated from what the services declare. Source: `2-wire.md`, opening paragraph."""

import re
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from datahub.market import Commodity, Role
from datahub.wire import context
from datahub.wire.fields import Body
from datahub.wire.service import Service

_Schema = dict[str, Any]
_IN_PATH = re.compile(r"{(\w+)}")


def _context(eic: str, role: Role) -> dict[str, str]:
    return {
        "marketParticipantIdentification": eic,
        "marketParticipantRole": role,
        "commodityType": Commodity.ELECTRICITY,
    }


# Participants of the demo market, in which every example can be sent as it stands.
_OPERATOR = _context("38X-EIN-GO-----0", Role.GRID_OPERATOR)
_SUPPLIER = _context("38X-EIN-OS-----J", Role.OPEN_SUPPLIER)
_ADVISER = _context("38X-DEMO-ESP---2", Role.ENERGY_SERVICE_PROVIDER)
# Who sends the examples of a path, where it is not the operator: a supplier its supplies, and what it asks before one.
_SENT_BY = {
    "/api/v1/agreement": _SUPPLIER,
    "/api/v1/agreement/delete": _SUPPLIER,
    "/api/v1/agreement/search/meter": _SUPPLIER,
    "/api/v1/direct-messages": _SUPPLIER,
    "/api/v1/connection-state": _SUPPLIER,
    "/api/v1/customer-authorization": _ADVISER,
    "/api/v1/customer-authorization/search": _ADVISER,
}

REFUSALS = {
    400: "the headers, the JSON, a field's shape or its value",
    401: "the token",
    403: "the context, a role or permission that is missing, the address",
    404: "what the message names is not there",
    409: "it exists already, or the identification was used before or is still at work",
    413: "the body is too large",
    415: "the body is not application/json in UTF-8",
    422: "a rule of the market",
    429: "too many requests; Retry-After says when the next is welcome",
    500: "a crash; tell us the traceId",
    503: "not now; Retry-After says when",
}


@cache
def envelope(
    body: type[serializers.Serializer[Any]], in_path: tuple[str, ...] = ()
) -> type[serializers.Serializer[Any]]:
    """Give a service's whole body: its context and its fields, of which those in its path may be left out."""
    described: dict[str, Any] = {context.NAME: context.ContextBody(), "__doc__": body.__doc__}
    for name in in_path:
        declared: Any = body._declared_fields[name]
        described[name] = type(declared)(*declared._args, **{**declared._kwargs, "required": False})
    ending = "".join(name[0].upper() + name[1:] for name in in_path)
    return type(f"{body.__name__}Message{ending}", (body,), {**described, "__module__": body.__module__})


def _identification(name: str, description: str, *, response: bool = False) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        {"type": "string", "format": "uuid"},
        OpenApiParameter.HEADER,
        required=not response,
        response=response,
        description=description,
    )


def _instant_header(description: str, *, response: bool = False) -> OpenApiParameter:
    return OpenApiParameter(
        "x-document-date-time",
        {"type": "string", "format": "date-time"},
        OpenApiParameter.HEADER,
        required=not response,
        response=response,
        description=description,
    )


def _text_header(name: str, description: str, on: list[int]) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, response=on, description=description)


class ServiceSchema(AutoSchema):
    """Describes the services of a `ServiceView`; leaves other views out."""

    @property
    def service(self) -> Service:
        """The service of the method being described."""
        found: Service = getattr(self.view, "services", {})[self.method.lower()]
        return found

    def is_excluded(self) -> bool:
        """Leave out what is no service."""
        return self.method.lower() not in getattr(self.view, "services", {})

    def get_operation_id(self) -> str:
        """Name an operation by its method and path: post_meter_search."""
        path = self.path.removeprefix("/api/v1/").replace("{", "").replace("}", "")
        return f"{self.method.lower()}_{path.replace('/', '_').replace('-', '_')}"

    def get_tags(self) -> list[str]:
        """Put what begins alike together."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_summary(self) -> str:
        """Say in a line what it does."""
        path = self.path.removeprefix("/api/v1")
        return self.service.summary or str(self.view.__doc__ or f"{self.method} {path}").strip().splitlines()[0]

    def get_description(self) -> str:  # type: ignore[override]
        """Say what it does, who may, and how it takes repeats."""
        lines = [
            self.service.description,
            f"Permission: {' or '.join(sorted(self.service.permission.granted_by()))}.",
            f"The body may have at most {self.service.max_body // (1024 * 1024)} MiB.",
        ]
        if self.service.saves:
            lines.append("Repeats are safe: the same message again is answered as it was the first time.")
        return "\n\n".join(line for line in lines if line)

    def get_auth(self) -> list[_Schema]:
        """Every service wants a token."""
        return [{"clientCredentials": []}, {"bearer": []}]

    def get_override_parameters(self) -> list[OpenApiParameter]:  # type: ignore[override]
        """Describe the headers of requests and answers."""
        success = self.service.status
        headers = [
            *(OpenApiParameter(name, UUID, OpenApiParameter.PATH) for name in self._in_path()),
            _identification("x-document-identification", "A UUID, new for each message."),
            _instant_header("When the message was made, with Z or an offset."),
            _text_header("x-trace-id", "The trace id, which also stands in the hub's logs.", [success, *REFUSALS]),
            _text_header("x-original-document-identification", "The request's identification.", [success, *REFUSALS]),
            _text_header("Retry-After", "Seconds until the next attempt.", [409, 429, 503]),
        ]
        if self.service.saves:
            replayed = "true when the message had been answered before"
            headers.append(_text_header("x-document-replayed", replayed, [success]))
        headers += [_text_header(name, meaning, [success]) for name, meaning in self.service.headers.items()]
        return headers

    def _get_response_headers_for_code(self, status_code: str, direction: str = "response") -> _Schema:
        """Add the headers that have the names of the request's own."""
        found: _Schema = super()._get_response_headers_for_code(status_code, direction)
        own = {"type": "string", "format": "uuid"}
        found["x-document-identification"] = {"schema": own, "description": "The answer's own identification."}
        at = {"type": "string", "format": "date-time"}
        found["x-document-date-time"] = {"schema": at, "description": "When the answer was made."}
        return found

    def _in_path(self) -> tuple[str, ...]:
        return tuple(_IN_PATH.findall(self.path))

    def get_request_serializer(self) -> type[serializers.Serializer[Any]]:
        """Give the whole body."""
        return envelope(self.service.body, self._in_path())

    def get_response_serializers(self) -> dict[int, OpenApiResponse]:  # type: ignore[override]
        """Give the answer, and the error body for everything that can be refused."""
        answer: Any = self.service.answer
        if isinstance(answer, serializers.Field) and not isinstance(answer, serializers.BaseSerializer):
            # drf-spectacular takes objects and lists; a single value is described here.
            answer = self._map_serializer_field(answer, "response")
        answers = {self.service.status: OpenApiResponse(answer, description="done")}
        error = {"$ref": "#/components/schemas/Error"}
        return answers | {status: OpenApiResponse(error, description=why) for status, why in REFUSALS.items()}

    def get_examples(self) -> list[OpenApiExample]:
        """Give the examples that the service declares, with a context; they stand where the ids are in the body."""
        found: list[OpenApiExample] = []
        if self._in_path():
            return found
        if self.service.example is not None:
            whole = {context.NAME: _SENT_BY.get(self.path, _OPERATOR), **self.service.example}
            found.append(OpenApiExample("message", value=whole, request_only=True))
        if self.service.answer_example is not None:
            found.append(
                OpenApiExample(
                    "answer",
                    value=self.service.answer_example,
                    response_only=True,
                    status_codes=[str(self.service.status)],
                )
            )
        return found

    def map_parsers(self) -> list[str]:
        """Take JSON alone."""
        return ["application/json"]

    def map_renderers(self, attribute: str) -> list[str]:
        """Give JSON alone."""
        return ["application/json"]

    def _map_serializer_field(self, field: Any, direction: Direction, bypass_extensions: bool = False) -> _Schema:
        """Say of lists that they may not be empty, and of texts in a request."""
        schema: _Schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if isinstance(field, serializers.ListField) and not field.allow_empty:
            schema["minItems"] = max(field.min_length or 0, 1)
        # A pattern or a format says more.
        is_plain = isinstance(field, serializers.CharField) and schema.keys().isdisjoint({"pattern", "format"})
        if is_plain and not field.allow_blank and direction == "request":
            schema["minLength"] = max(field.min_length or 0, 1)
        return schema

    def _map_basic_serializer(self, serializer: serializers.Serializer[Any], direction: str) -> _Schema:
        """Say that fields which are not declared are refused."""
        schema: _Schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, Body):
            schema["additionalProperties"] = False
            for name, field in serializer.fields.items():
                if isinstance(field, serializers.ListSerializer) and name in schema["properties"]:
                    schema["properties"][name] |= _list_limits(field)
        if not vars(type(serializer)).get("__doc__"):
            # What would stand there is what the class inherits.
            schema.pop("description", None)
        return schema


def _list_limits(field: "serializers.ListSerializer[Any]") -> _Schema:
    """Say how many entries a list of objects may have."""
    least = max(getattr(field, "min_length", None) or 0, 0 if field.allow_empty else 1)
    limits = {"minItems": least or None, "maxItems": getattr(field, "max_length", None)}
    return {name: limit for name, limit in limits.items() if limit is not None}


class _EicFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "datahub.wire.fields.EicField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> _Schema:
        kind = self.target.kind
        return {"type": "string", "pattern": rf"^\d{{2}}{kind}[A-Z0-9-]{{12}}[A-Z0-9]$"}


class _InstantFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "datahub.wire.fields.InstantField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> _Schema:
        return {"type": "string", "format": "date-time", "example": "2024-05-22T21:00:00Z"}


class _OneOrManyFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "datahub.wire.fields.OneOrManyField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> _Schema:
        one = auto_schema.resolve_serializer(self.target.one, direction).ref
        many = {"type": "array", "items": one, "minItems": 1, "maxItems": self.target.many.max_length}
        return {"oneOf": [one, many]}


class _CodeFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "datahub.wire.fields.CodeField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> _Schema:
        return {"type": "string", "enum": [str(code) for code in self.target.list_of]}


class _PaginationFieldSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "datahub.wire.fields.PaginationField"

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        # Its bounds differ from search to search.
        return f"PagesOf{self.target.max_size}"

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> _Schema:
        most, usual = self.target.max_size, self.target.default_size
        return {
            "type": "object",
            "properties": {
                "page": {"type": "integer", "minimum": 0, "default": 0, "description": "Counts from 0."},
                "pageSize": {"type": "integer", "minimum": 1, "maximum": most, "default": usual},
            },
            "additionalProperties": False,
        }


@lru_cache(maxsize=1)
def description() -> bytes:
    """Give the whole description as JSON; it is the same for everyone as long as the process runs."""
    with translation.override("en"):
        whole = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the API's description."""
    return HttpResponse(description(), content_type="application/json")
