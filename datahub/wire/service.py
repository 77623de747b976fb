"""What every service of the API is written against. Source: `2-wire.md`, "Each request".

A view declares its services, one per HTTP method, and has a method of the same name for each; the frame
(`datahub.wire.frame`) does everything that they have in common before and after::

    class MeterView(ServiceView):
        services = {"post": Service(permission=Permission.EDITOR_METERING_POINT, saves=True, body=MeterRequest, …)}

        def post(self, call: Call) -> Answer:
            return Answer(encode(services.register(…, now=call.now)), status=201)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.serializers import Field, Serializer
from rest_framework.views import APIView

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import Party, TechnicalUser

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Context:
    """In whose name a request is made: the token's participant in a role that it holds now."""

    participant: Party
    role: Role
    commodity: Commodity
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has passed the frame.

    `fields` is the validated body without its context (or what the service's own `decode` gave); `identification` is
    the request's x-document-identification; `now` is the one moment of this request; `body` are the bytes as sent. What
    a service adds to `when_refused` is done after its transaction was rolled back, if it raised DomainError.
    """

    identification: UUID
    now: datetime
    technical_user: TechnicalUser
    context: Context
    fields: Any
    body: bytes = field(repr=False)
    when_refused: list[Callable[[], object]] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answers: a body of plain values (see `datahub.wire.encode.dumps`), JSON bytes, or nothing.

    A service that only reads may give its bytes in pieces, sent as they come: by then nothing may be raised any more.
    """

    body: Mapping[str, Any] | list[Any] | str | bytes | Iterator[bytes] | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """What the frame and the API's description must know of a service.

    `saves`: runs in one transaction with its stored answer, so that a repeat is answered as the first was. `body` is a
    `datahub.wire.fields.Body` of the fields beside marketParticipantContext; where its path has parameters, they stand
    for the fields of their names. `answer` is one of the answer's fields (or any other form of an answer that
    drf-spectacular describes), None for an empty answer. `decode` replaces the strict check of `body` (which then only
    describes): it takes the body's bytes and gives the context as sent (a dict or None) and what the view gets as
    `call.fields`; it raises DomainError. `max_body` in bytes. `status`: what a success answers. `headers`: names and
    meaning of the answer's own headers. `example` and `answer_example`: plain bodies without context, for the
    description.
    """

    permission: Permission
    body: type[Serializer[Any]]
    answer: type[Serializer[Any]] | Field[Any, Any, Any, Any] | PolymorphicProxySerializer | None = None
    saves: bool = False
    decode: Callable[[bytes], tuple[Any, Any]] | None = None
    max_body: int = 16 * MEBIBYTE
    status: int = 200
    summary: str = ""
    description: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, Any] | None = None
    answer_example: Mapping[str, Any] | list[Any] | str | None = None


class ServiceView(APIView):
    """A path of the API. Each key of `services` is a method in small letters, and the view has a method of that name.

    It takes the Call and gives an Answer or raises DomainError.
    """

    services: ClassVar[Mapping[str, Service]] = {}

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Hand the request to the frame."""
        from datahub.wire import frame  # noqa: PLC0415  (the frame knows the service, not the other way round)

        return frame.answer(self, request, kwargs)
