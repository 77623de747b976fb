"""Middleware of pages; requests to services go another way (`datahub.wire.way`)."""

import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers

# When a session was last used, written at most so often.
_SEEN, _SEEN_EVERY_SECONDS = "seen", 60
# When its person signed in: each save moves the end that Django knows.
_BEGUN = "begun"
# What a form of texts and ticks never reaches, and what a page may take that a workbook is sent to (`largest_body`).
MOST_OF_A_FORM = 1024 * 1024
# The header of what a page asks for by itself, such as how far a job is; its value says as whom the page was opened.
UNASKED = "X-Unasked"
# So much of a body that is too large is read and forgotten: browsers show no answer before all is sent.
_HEARD_OUT = 64 * 1024 * 1024
_CHUNK = 64 * 1024


class NeverCached:
    """Keeps every page out of all caches, refusals too: the next person at the computer sees nothing of it.

    Static files are answered before.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, with the headers."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class BodyLimit:
    """Refuses a body that is larger than its page takes, before anything of it is kept.

    Only a page that says so (`largest_body`) takes more than a form, and only from somebody who has signed in. A body
    without a Content-Length is empty to Django.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Go on, or answer 413."""
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length <= MOST_OF_A_FORM or length <= (most := _most_of(request)):
            return self.get_response(request)
        if request.user.is_authenticated and length <= _HEARD_OUT:
            _hear_out(request, length)
        # A workbook may have all but what the rest of its form takes.
        context = {"megabytes": max(most - MOST_OF_A_FORM, MOST_OF_A_FORM) // MOST_OF_A_FORM}
        return render(request, "portal/errors/too_large.html", context, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _hear_out(request: HttpRequest, left: int) -> None:
    with suppress(UnreadablePostError):
        while left > 0 and (part := request.read(min(_CHUNK, left))):
            left -= len(part)


def _most_of(request: HttpRequest) -> int:
    """Give how large a body the page of a request takes from the one who sends it."""
    if not request.user.is_authenticated:
        return MOST_OF_A_FORM
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return MOST_OF_A_FORM
    return int(getattr(view, "largest_body", MOST_OF_A_FORM))


class Sessions(SessionMiddleware):
    """Django's; a session ends after SESSION_IDLE_SECONDS without a request of the person's own.

    It ends in any case SESSION_COOKIE_AGE seconds after she signed in.

    What a page asks for by itself (UNASKED) does not count.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Open the session, or a new one if it was left alone for too long or has lasted for long enough."""
        super().process_request(request)
        # Nobody has a session who has no cookie: nothing is read then.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return
        now = int(time.time())
        seen = request.session.setdefault(_SEEN, now)
        if _BEGUN not in request.session:
            request.session[_BEGUN] = seen
        begun = request.session[_BEGUN]
        if now - seen > settings.SESSION_IDLE_SECONDS or now - begun >= settings.SESSION_COOKIE_AGE:
            request.session.flush()
        elif UNASKED not in request.headers and now - seen >= _SEEN_EVERY_SECONDS:
            request.session[_SEEN] = now

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keep the session; who has just signed in was seen just now."""
        if request.session.modified and SESSION_KEY in request.session:
            request.session.setdefault(_SEEN, int(time.time()))
            request.session.setdefault(_BEGUN, request.session[_SEEN])
        return super().process_response(request, response)
