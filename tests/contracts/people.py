"""People of the demo market with a browser, as patient as people are: what is not answered is looked for again."""

import re
import time
from html import unescape
from typing import Any

import httpx

from tests.contracts.client import PATIENCE_SECONDS
from tests.contracts.saving import again

_SIGN_IN = "/sign-in"
# Where a page leads to whoever must sign in, or choose a role, first.
_ASKED = (_SIGN_IN, "/role", "/admin/login")


class Person:
    """Somebody who has signed in to the demo, and acts in one role. Not for several threads at once."""

    def __init__(self, url: str, username: str, *, act_as: str = "") -> None:
        self.username, self.act_as = username, act_as
        self.http = httpx.Client(base_url=url, timeout=60, headers={"accept-language": "en"})

    def get(self, path: str) -> httpx.Response:
        """Open a page that is there, or that leads elsewhere; signs in first where that is asked for."""
        return self._until(path, lambda: self.http.get(path))

    def _until(self, path: str, ask: Any) -> httpx.Response:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer: httpx.Response = ask()
            except httpx.TransportError as error:
                said = repr(error)
            else:
                is_asked = answer.headers.get("location", "").startswith((_SIGN_IN, "/role", "/admin/login"))
                if answer.status_code < 500 and not is_asked:
                    return answer
                said = f"{answer.status_code} {answer.text[:300]}"
                if is_asked and self.sign_in():
                    continue
            assert time.monotonic() < end, f"{path}: {said}"
            again.add()
            time.sleep(0.2)

    def sign_in(self) -> bool:
        """Sign in and choose the role; tell whether all of it was answered."""
        try:
            self.http.get(_SIGN_IN)
            answer = self._post(_SIGN_IN, {"username": self.username})
            if answer.status_code == 302 and self.act_as:
                answer = self._post("/role", {"as": self.act_as})
        except httpx.TransportError:
            return False
        return answer.status_code == 302

    def _post(self, path: str, fields: dict[str, Any], **more: Any) -> httpx.Response:
        token = self.http.cookies.get("csrftoken", "")
        return self.http.post(path, data={"csrfmiddlewaretoken": token, **fields}, **more)

    def send(self, path: str, fields: dict[str, Any], **more: Any) -> httpx.Response | None:
        """Send a form once; None if nobody knows what became of it: no answer, or that it failed."""
        try:
            answer = self._post(path, fields, **more)
        except httpx.TransportError:
            again.add()
            return None
        return answer if answer.status_code < 500 else None


def hidden(page: httpx.Response, name: str) -> str:
    """Give what a page's form carries in a field without being filled in."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page.text)
    found = found or re.search(rf'<input[^>]*value="([^"]*)"[^>]*name="{name}"', page.text)
    assert found is not None, f"no {name} in {page.url}: {page.status_code} {page.text[:500]}"
    return unescape(found[1])
