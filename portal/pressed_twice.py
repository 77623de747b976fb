"""A form that is sent twice at once, by a button that was pressed twice, is saved once; both get the same answer.

Each form that a page shows has an id of its own. The first request with it and with what was filled in does the work;
an equal one waits until that is answered, and is led to where it leads. What was refused is tried again. The answers
are kept in the cache for a minute, unreadable without the form; without the cache each request does its own work.
Source: `5-web.md`, "Operator web app".
"""

import json
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from django.contrib import messages
from django.contrib.messages.storage.cookie import MessageDecoder, MessageEncoder
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.http.response import HttpResponseRedirectBase
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
Told = TypeVar("Told")

# The hidden field with a form's id.
FIELD = "form_id"
# Long enough for a button that is pressed again, too short for a form that somebody comes back to.
_REPEATED_SECONDS = 60
# So long an equal request waits for the first one; then it goes on by itself.
_WAITS_SECONDS, _LOOKS_EVERY_SECONDS = 10, 0.05


def new_form_id() -> str:
    """Give an id for a form that is about to be shown."""
    return token_urlsafe(16)


def answered_once(request: HttpRequest, by: str, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer a request, or repeat what an equal one was answered; `by`: who sends it, and as whom."""
    if request.method != "POST" or not request.POST.get(FIELD) or request.headers.get("HX-Request"):
        return answer()
    sent = _fingerprint(request, by)
    name = f"portal:form:{sha256(b'name' + sent).hexdigest()}"
    seal = Fernet(urlsafe_b64encode(sha256(b"key" + sent).digest()))
    until = time.monotonic() + _WAITS_SECONDS
    while not _in_cache(lambda: cache.add(name, b"", _REPEATED_SECONDS), away=True):
        if told := _in_cache(lambda: cache.get(name), away=None):
            return _repeated(request, json.loads(seal.decrypt(told), cls=MessageDecoder))
        if time.monotonic() >= until:
            return answer()
        time.sleep(_LOOKS_EVERY_SECONDS)
    told = None
    try:
        said_before = len(messages.get_messages(request))
        answered = answer()
        if isinstance(answered, HttpResponseRedirectBase):
            told = seal.encrypt(json.dumps(_told(request, answered, said_before), cls=MessageEncoder).encode())
    finally:
        if told is None:
            _in_cache(lambda: cache.delete(name), away=False)
    if told is not None:
        _in_cache(lambda: cache.set(name, told, _REPEATED_SECONDS), away=None)
    return answered


def _fingerprint(request: HttpRequest, by: str) -> bytes:
    """Give what is the same for requests that send the same form with the same in it."""
    fields = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    digest = sha256(json.dumps([by, request.get_full_path(), fields], sort_keys=True).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(json.dumps([name, file.name, file.size]).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.digest()


def _told(request: HttpRequest, answer: HttpResponseRedirectBase, said_before: int) -> dict[str, Any]:
    """Give what an answer says, and keep what it has left in the session, where the equal request looks for it."""
    storage = messages.get_messages(request)
    storage.update(answer)  # type: ignore[union-attr]
    said = list(storage)[said_before:]
    # They are not shown yet.
    storage.used = False  # type: ignore[union-attr]
    if request.session.modified:
        # Who has signed out meanwhile has no session: Django says so. What was done is remembered though it cannot be
        # written what was left in the session: else it would be done again.
        with suppress(UpdateError, OperationalError, InterfaceError):
            request.session.save()
    cookies = [cookie.OutputString() for cookie in answer.cookies.values()]
    return {"to": answer["Location"], "cookies": cookies, "said": said}


def _repeated(request: HttpRequest, told: dict[str, Any]) -> HttpResponseBase:
    """Answer as an equal request was answered."""
    answer = HttpResponseRedirect(told["to"])
    for cookie in told["cookies"]:
        answer.cookies.load(cookie)
    # As the first one left it, not as it was when both came.
    if left := type(request.session)(request.session.session_key).load():
        request.session.clear()
        request.session.update(left)
        storage = messages.get_messages(request)
        waiting = list(storage)
        storage.used = False  # type: ignore[union-attr]
        for message in told["said"]:
            if message not in waiting:
                messages.add_message(request, message.level, message.message, message.extra_tags or "")
    return answer


def _in_cache(act: Callable[[], Told], *, away: Told) -> Told:
    """Ask the cache; give `away` where there is none at the moment."""
    try:
        return act()
    except (RedisError, OSError) as error:
        logger.warning("forms that are sent twice are not noticed: %s", error)
        return away
