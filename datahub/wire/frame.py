"""What is done for every request before and after its service, in one order. Source: `2-wire.md`, "Each request".

404 path, 405 method, 401 token, 400 headers, 415, 413, 400 JSON, context, permission, then (for saves in the service's
own transaction) repeats, fields, the service itself.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from datahub.errors import DomainError, codes, refuse
from datahub.wire import clients, context, idempotency, intake, json_body, path_fields, reading, refusal
from datahub.wire.encode import dumps, exact_instant
from datahub.wire.service import Answer, Call

if TYPE_CHECKING:
    from datahub.wire.service import Service, ServiceView

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer as it goes over the wire."""

    identification: UUID
    at: datetime
    status: int
    body: bytes | Iterator[bytes]
    headers: Mapping[str, str]
    replayed: bool = False

    def response(self) -> HttpResponseBase:
        response: HttpResponseBase
        if isinstance(self.body, bytes):
            response = HttpResponse(self.body, status=self.status, content_type="application/json")
        else:
            response = StreamingHttpResponse(self.body, status=self.status, content_type="application/json")
        for name, value in self.headers.items():
            response[name] = value
        response["x-document-identification"] = str(self.identification)
        response["x-document-date-time"] = exact_instant(self.at)
        if self.replayed:
            response["x-document-replayed"] = "true"
        return response


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request to one service of a view; `arguments` are those of its path, `share` is its body's memory."""

    view: "ServiceView"
    request: HttpRequest
    method: str
    service: "Service"
    arguments: Mapping[str, object]
    share: intake.Share


def answer(view: "ServiceView", request: HttpRequest, arguments: Mapping[str, object]) -> HttpResponseBase:
    """Answer one request to a service; `arguments` are those of its path."""
    method = str(request.method).lower()
    service = view.services.get(method)
    if service is None:
        return _refuse_method(view, request)
    try:
        with intake.room.share() as share:
            exchange = _Exchange(view, request, method, service, arguments, share)
            call, sent = _call(exchange)
            reply = _serve(exchange, call, sent)
    except DomainError as error:
        intake.hear_out(request)
        return refusal.render(error)
    except (OperationalError, InterfaceError):
        # The database is away, or has chosen this transaction to end a deadlock. Should the save have been committed
        # all the same, its repeat is answered from what was stored with it.
        logger.exception("The database did not answer %s", request.path_info)
        intake.hear_out(request)
        return refusal.render(unavailable())
    return reply.response()


def unavailable() -> DomainError:
    """Give what is said to who comes while the database is away: the same again in some seconds."""
    return refuse(codes.UNAVAILABLE, RETRY_AFTER_SECONDS, retry_after=RETRY_AFTER_SECONDS)


def _refuse_method(view: "ServiceView", request: HttpRequest) -> HttpResponse:
    possible = ", ".join(sorted(name.upper() for name in view.services))
    intake.hear_out(request)
    response = refusal.render(refuse(codes.METHOD_NOT_ALLOWED, str(request.method), possible))
    response["Allow"] = possible
    return response


def _call(exchange: _Exchange) -> tuple[Call, Any]:
    """Check a request up to its context and permission; give the call without its fields, and these as sent."""
    request, service = exchange.request, exchange.service
    now = timezone.now()
    client = clients.authenticate(request, now=now)
    identification = intake.identification_of(request)
    intake.check_type(request)
    body = intake.read_body(request, exchange.share, limit=service.max_body)
    if service.decode is None:
        sent: Any = json_body.decode(body)
        sent_context = sent.pop(context.NAME, None)
    else:
        sent_context, sent = service.decode(body)
    made = context.read_context(sent_context, client)
    context.require_permission(client.technical_user, service.permission)
    return Call(identification, now, client.technical_user, made, None, body), sent


def _run(exchange: _Exchange, call: Call, sent: Any) -> _Reply:
    """Check the fields and have the service answer."""
    if exchange.service.decode is None:
        whole, faults = path_fields.added(sent, exchange.arguments)
        fields = reading.read(exchange.service.body, whole, faults)
    else:
        fields = sent
    serve = getattr(exchange.view, exchange.method)
    given: Answer = serve(replace(call, fields=fields))
    body = (
        b"" if given.body is None else dumps(given.body) if isinstance(given.body, Mapping | list | str) else given.body
    )
    return _Reply(uuid4(), timezone.now(), given.status, body, given.headers)


def _serve(exchange: _Exchange, call: Call, sent: Any) -> _Reply:
    try:
        return _save(exchange, call, sent) if exchange.service.saves else _run(exchange, call, sent)
    except DomainError:
        for step in call.when_refused:
            step()
        raise


@transaction.atomic
def _save(exchange: _Exchange, call: Call, sent: Any) -> _Reply:
    """Answer a save, or give the answer that the same message got before."""
    message = idempotency.Message(
        participant_id=call.context.participant.pk,
        identification=call.identification,
        service=f"{exchange.request.method} {exchange.request.path_info}",
        body=call.body,
    )
    stored = idempotency.claim(message, now=call.now)
    if stored is not None:
        return _Reply(
            identification=stored.answer_identification,
            at=stored.stored_at,
            status=stored.status,
            body=bytes(stored.answer),
            headers=stored.headers,
            replayed=True,
        )
    reply = _run(exchange, call, sent)
    if not isinstance(reply.body, bytes):
        raise TypeError("only a service that saves nothing may answer in pieces")
    idempotency.keep(
        message,
        now=reply.at,
        identification=reply.identification,
        status=reply.status,
        headers=dict(reply.headers),
        answer=reply.body,
    )
    return reply
