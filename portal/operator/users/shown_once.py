"""A secret on its way to the page that shows it, once; kept by nobody whole.

One part lies in the session, the other in a cookie that no script reads; each alone is noise. Source: `5-web.md`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from secrets import token_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Long enough for a browser to open the page that it is sent on to, over a slow line too.
OPENED_WITHIN = timedelta(minutes=2)
_NAME = "shown_once"


def keep(request: HttpRequest, answer: HttpResponse, secret: str, *, of: int, path: str, now: datetime) -> None:
    """Part a secret; `path`: below it the browser gives its part back."""
    plain = secret.encode()
    pad = token_bytes(len(plain))
    request.session[_NAME] = {"of": of, "until": (now + OPENED_WITHIN).isoformat(), "part": _joined(plain, pad).hex()}
    answer.set_cookie(
        _NAME,
        urlsafe_b64encode(pad).decode(),
        max_age=OPENED_WITHIN,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def kept(request: HttpRequest, *, of: int, now: datetime) -> str | None:
    """Put a secret together; None where there is none any more, or it is another's."""
    found, pad = request.session.get(_NAME), request.COOKIES.get(_NAME, "")
    if not found or found["of"] != of or now >= datetime.fromisoformat(found["until"]):
        return None
    try:
        return _joined(bytes.fromhex(found["part"]), urlsafe_b64decode(pad)).decode()
    except ValueError:
        # What the browser gave is not its part.
        return None


def forget(request: HttpRequest, answer: HttpResponse, *, path: str) -> None:
    """Keep neither part any longer."""
    if request.session.pop(_NAME, None) is not None:
        answer.delete_cookie(_NAME, path=path, samesite="Strict")


def _joined(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
