"""The frame of every page: who may open it, as whom, and what is said when it may not be.

A page is a function of a `PageRequest`; `operator_page` and `customer_page` declare what it needs. Source: `5-web.md`,
"Signing in".
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from datahub.exchanges.rules import Side
from datahub.market import Permission
from datahub.page_middleware import MOST_OF_A_FORM, UNASKED
from portal import acting
from portal.acting import Choice, CustomerChoice, OperatorChoice
from portal.pressed_twice import answered_once
from portal.sheets.package import LIMITS

Rest = ParamSpec("Rest")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# A redirect that says such an address in its own still holds it.
_LONGEST_ADDRESS = 9_000
# Stands in the query of an address that was too long to come back to.
CUT = "cut"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# To htmx: put it into the page, and ask no more.
_STOP_ASKING = 286


class PageRequest(HttpRequest):
    """A request of somebody who has signed in and chosen as whom she acts; `now` is its one moment."""

    acting: Choice
    now: datetime
    htmx: HtmxDetails


class OperatorRequest(PageRequest):
    """A request of somebody at work for a participant."""

    acting: OperatorChoice


class CustomerRequest(PageRequest):
    """A request of a customer, or of somebody who represents one."""

    acting: CustomerChoice


class WrongSide(PermissionDenied):
    """The page is for another role in the market than the one that was chosen."""


def own_path(request: HttpRequest, target: str | None) -> str | None:
    """Give a path to go on to, None if it is missing or would lead away from here."""
    if not target or not target.startswith("/") or len(target) > _LONGEST_ADDRESS or _CONTROL.search(target):
        return None
    # Whither it leads stands before its query, and Django takes no address longer than 2,048 characters to be one.
    path = target.partition("?")[0]
    is_ours = url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else None


def to(name: str, *args: object, **query: str) -> HttpResponse:
    """Send the reader on to a page of ours."""
    path = reverse(name, args=args)
    return redirect(f"{path}?{urlencode(query)}" if query else path)


def _asked_for(request: HttpRequest) -> str:
    """Give the page to come back to: a form that was sent is not sent again by itself.

    Of an endless address its page is left, which can say what has become of the rest (`CUT`).
    """
    path = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    if len(path) <= _LONGEST_ADDRESS:
        return path
    return f"{request.path}?{CUT}=1" if len(request.path) <= _LONGEST_ADDRESS // 2 else ""


def _leave_to(request: HttpRequest, name: str) -> HttpResponse:
    """Send the reader to sign in or to choose, and afterwards back; a part of a page is not put into the page."""
    is_part = "HX-Request" in request.headers
    current = request.headers.get("HX-Current-URL", "").removeprefix(_origin(request))
    back = own_path(request, current) if is_part else _asked_for(request)
    answer = to(name, **({"next": back} if back else {}))
    if UNASKED in request.headers:
        return _stopped(request, name, answer["Location"])
    return (
        HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": answer["Location"]}) if is_part else answer
    )


def _stopped(request: HttpRequest, name: str, url: str) -> HttpResponse:
    """Say in the place of what a page asks for again and again why it is shown no more; the page asks no further.

    The reader is not led away by herself: who is not at her desk would begin to sign in.
    """
    part = render(request, "portal/errors/stopped_part.html", {"name": name, "url": url}, status=_STOP_ASKING)
    part["HX-Reselect"], part["HX-Reswap"] = ".stopped", "innerHTML"
    return part


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _acted_otherwise(request: HttpRequest, chosen: Choice, now: datetime) -> HttpResponse | None:
    """Refuse a form that was opened while acting as somebody else, in another window of the same browser.

    What a form asks for by itself, as it is filled in, is said in it: at the one place with `data-parts`; what a page
    asks for again and again, in its own place.
    """
    sent = request.POST if request.method == "POST" else request.GET
    is_part = "HX-Request" in request.headers
    key = request.headers.get(UNASKED) or (sent.get("acting") if is_part or request.method == "POST" else None)
    if key is None or key == chosen.key:
        return None
    if UNASKED in request.headers:
        return _leave_to(request, "role")
    former = acting.possible(chosen.user, key, now)
    context = {"former": former, "back": request.get_full_path()}
    if not is_part:
        return render(request, "portal/errors/acted_otherwise.html", context, status=HTTPStatus.CONFLICT)
    # Parts of pages are put into them only if all is well.
    part = render(request, "portal/errors/acted_otherwise_part.html", context)
    part["HX-Retarget"], part["HX-Reselect"], part["HX-Reswap"] = "[data-parts]", ".acted-otherwise", "innerHTML"
    return part


def operator_page(
    permission: Permission | None = None,
    *,
    side: Side | None = None,
    takes_part: bool = False,
    safe: bool = False,
    takes_file: bool = False,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Declare a page of the operator web app.

    `permission`: what she needs in the role that she has chosen, None for any; `side`: the side of enquiries and
    connection requests on which the role must stand; `takes_part`: on either of them; `safe`: only GET is possible;
    `takes_file`: a workbook may be sent to it.
    """

    def declare(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        def answer(request: PageRequest, *args: Any, **named: Any) -> HttpResponseBase:
            asked = cast(OperatorRequest, request)
            if permission is not None and not asked.acting.may(permission):
                raise PermissionDenied(permission)
            if (takes_part or side is not None) and asked.acting.side is None:
                raise WrongSide
            if side is not None and asked.acting.side is not side:
                raise WrongSide
            return view(asked, *args, **named)

        page = _page_of(view, answer, for_customers=False, safe=safe)
        if takes_file:
            page.largest_body = LIMITS.file_bytes + MOST_OF_A_FORM  # type: ignore[attr-defined]
        page.permission = permission  # type: ignore[attr-defined]  # what the matrix of permissions holds pages to
        return page

    return declare


def customer_page(
    *, safe: bool = False
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Declare a page of the client portal; `safe`: only GET is possible."""

    def declare(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        return _page_of(view, view, for_customers=True, safe=safe)

    return declare


def _page_of(
    view: Callable[..., HttpResponseBase],
    answer: Callable[..., HttpResponseBase],
    *,
    for_customers: bool,
    safe: bool,
) -> Callable[..., HttpResponseBase]:
    """Make a page of a view: open to who has signed in and acts as a customer, or as a participant.

    `answer` is asked with all that is known of her; a form that is sent twice at once is answered once.
    """

    @require_http_methods(["GET", "HEAD"] if safe else ["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _leave_to(request, "sign-in")
        asked = cast(PageRequest, request)
        asked.now = timezone.now()
        chosen = acting.current(request, asked.now)
        if chosen is None or chosen.is_customer is not for_customers:
            return _leave_to(request, "role")
        asked.acting = chosen
        if (refused := _acted_otherwise(request, chosen, asked.now)) is not None:
            return refused
        by = f"{request.user.pk} {chosen.key}"
        return answered_once(request, by, lambda: answer(asked, *args, **named))

    return page


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: she may not do this, or not in this role."""
    if UNASKED in request.headers:
        return _leave_to(request, "role")
    permission = exception.args[0] if exception.args and isinstance(exception.args[0], Permission) else None
    context = {"permission": permission, "wrong_side": isinstance(exception, WrongSide)}
    return render(request, "portal/errors/refused.html", context, status=HTTPStatus.FORBIDDEN)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from our page, or from one that was opened before she signed in."""
    return render(request, "portal/errors/form_expired.html", status=HTTPStatus.FORBIDDEN)
