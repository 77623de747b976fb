"""The pages of distribution: what was told to the participant, and each message. Source: `5-web.md`, "Distribution"."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from datahub.access import selectors
from datahub.market import Permission, ResourceType
from distribution.models import KEPT_DAYS
from distribution.selectors.browse import Leaf, Told, browse, told_message
from distribution.selectors.content import Missing
from portal.operator.distribution.curl import requests_for
from portal.operator.distribution.forms import MAX_ID, MessageFilters
from portal.pages import OperatorRequest, operator_page
from portal.sheets.responses import as_download
from portal.words.contents import Content, content_of, summaries, whole_contents

_SIZE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A message of the list: what it is about, where that was asked for, or why that cannot be known."""

    message: Told
    point: str = ""
    about: str = ""
    missing: Missing | None = None


@operator_page(Permission.VIEWER_DATA_DISTRIBUTION, safe=True)
def distribution(request: OperatorRequest) -> HttpResponseBase:
    """List the messages that are addressed to the participant in its role, the newest first."""
    form = MessageFilters(request.GET or None)
    leaf = None
    if not form.is_wrong:
        leaf = _leaf(request, form, before=_id(request, "before"), after=_id(request, "after"))
        if "after" in request.GET and not leaf.has_newer:
            # The newest page begins with the newest message.
            query = request.GET.copy()
            del query["after"]
            return redirect(f"{request.path}?{query.urlencode()}")
    messages = leaf.messages if leaf else ()
    with_contents = request.GET.get("contents") == "yes"
    rows = _rows(messages, with_contents=with_contents)
    context = {
        "form": form,
        "kept_days": KEPT_DAYS,
        "leaf": leaf,
        "rows": rows,
        "with_contents": with_contents,
        "is_store_away": any(row.missing is Missing.FAILED for row in rows),
        "requests": requests_for(messages, request, request.acting),
        "linked_points": _linked_points(request, [row.point for row in rows if row.point]),
    }
    return render(request, "operator/distribution/list.html", context)


@operator_page(Permission.VIEWER_DATA_DISTRIBUTION, safe=True)
def message(request: OperatorRequest, message_id: int) -> HttpResponse:
    """Show a message with its content, readable and raw, and the request that would fetch it."""
    told = _own(request, message_id)
    acting, content = request.acting, content_of(told)
    context: dict[str, Any] = {
        "message": told,
        "content": content,
        "requests": requests_for([told], request, acting),
        "linked_points": _linked_points(request, content.points),
        "may_readings": acting.may(Permission.VIEWER_METERING_DATA),
        "agreements_url": _agreements_url(told, content) if acting.may(Permission.VIEWER_AGREEMENT) else "",
    }
    return render(request, "operator/distribution/message.html", context)


@operator_page(Permission.VIEWER_DATA_DISTRIBUTION, safe=True)
def content_file(request: OperatorRequest, message_id: int) -> HttpResponseBase:
    """Give a message's content as a file."""
    told = _own(request, message_id)
    (found,) = whole_contents([told])
    if isinstance(found, Missing):
        context = {"message": told, "missing": found}
        return render(request, "operator/distribution/missing.html", context, status=503)
    return as_download(HttpResponse(found, content_type="application/json"), f"{told.resource_type} {told.id}.json")


def _agreements_url(told: Told, content: Content) -> str:
    """Give the list of the agreements that a message about one is about, empty for any other."""
    if told.resource_type is not ResourceType.AGREEMENT or not content.whole:
        return ""
    agreement = json.loads(content.whole)[0]
    query = {"type": agreement["agreementType"], "point": agreement.get("meterEic"), "whose": "ALL"}
    if told.reason.startswith("DELETE"):
        query["state"] = "DELETED"
    return f"{reverse('operator:agreements')}?{urlencode(query)}" if query["point"] else ""


def _linked_points(request: OperatorRequest, eics: Iterable[str]) -> set[str]:
    """Give the metering points, of those that messages name, whose pages open to the reader."""
    acting = request.acting
    if not acting.may(Permission.VIEWER_METERING_POINT):
        return set()
    return selectors.visible_codes(eics, acting.participant, acting.role, acting.commodity, request.now)


def _id(request: OperatorRequest, name: str) -> int | None:
    """Give an id behind or before which a page goes on; nonsense asks for the first page."""
    asked = request.GET.get(name, "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 20):
        return None
    return min(int(asked), MAX_ID)


def _leaf(request: OperatorRequest, form: MessageFilters, *, before: int | None, after: int | None) -> Leaf:
    acting = request.acting
    return browse(
        participant_eic=acting.participant.eic,
        role=acting.role,
        commodity=acting.commodity,
        sought=form.sought(before=None if after is not None else before, after=after),
        size=_SIZE,
        now=request.now,
    )


def _own(request: OperatorRequest, message_id: int) -> Told:
    acting = request.acting
    found = None
    if message_id <= MAX_ID:
        found = told_message(
            participant_eic=acting.participant.eic,
            role=acting.role,
            commodity=acting.commodity,
            message_id=message_id,
            now=request.now,
        )
    if found is None:
        raise Http404
    return found


def _rows(messages: Any, *, with_contents: bool) -> list[Row]:
    if not with_contents:
        return [Row(message) for message in messages]
    found = summaries(messages)
    return [
        Row(message, missing=said) if isinstance(said, Missing) else Row(message, *said)
        for message in messages
        for said in [found[message.id]]
    ]
