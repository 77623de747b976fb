"""Finding the pages: from the first one along every link, as somebody who is signed in."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
from django.urls import Resolver404, resolve

# Of the pages of one kind so many are read for further links.
_OF_A_KIND = 3
_SERVED = ("/static/", "/api/", "/realms/", "/openapi.json", "/swagger-ui/", "/health/")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        wanted = [given.get("href")] if tag == "a" else []
        self.found += [link for link in [*wanted, given.get("hx-get")] if link]


@dataclass
class Visitor:
    """Somebody who is signed in, without a browser; `cookies` let a browser in as her."""

    name: str
    http: httpx.Client
    pages: dict[str, list[str]] = field(default_factory=dict)
    downloads: dict[str, str] = field(default_factory=dict)
    # Where she has been before: pages that no other leads to.
    been: list[str] = field(default_factory=list)
    # What is answered where it is not 200: the page says in words what is wrong with its address.
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def cookies(self) -> dict[str, str]:
        """Give what lets a browser in, and nothing of what she prefers."""
        return {name: value for name, value in self.http.cookies.items() if name in {"session", "csrftoken"}}

    def walk(self, start: str) -> dict[str, list[str]]:
        """Go along all links from a page; give the addresses of pages by their names, a few of each."""
        if self.pages:
            return self.pages
        waiting = deque([start, *self.been])
        known = set(waiting)
        while waiting:
            path = waiting.popleft()
            name = name_of(path)
            seen = self.pages.setdefault(name, [])
            if len(seen) >= _OF_A_KIND:
                continue
            answer = self.http.get(path)
            if answer.is_redirect:
                self._follow(answer.headers["location"], path, waiting, known)
                continue
            assert answer.status_code == self.answers.get(path, 200), (
                f"{self.name}: a link leads to {path}: {answer.status_code}"
            )
            if "<!doctype html>" not in answer.text[:100].lower():
                self.downloads[name] = path
                continue
            seen.append(path)
            links = _Links()
            links.feed(answer.text)
            for link in links.found:
                self._follow(link, path, waiting, known)
        for name in [name for name, paths in self.pages.items() if not paths]:
            del self.pages[name]
        return self.pages

    def send(
        self, path: str, fields: Mapping[str, str | list[str]], *, files: dict[str, tuple[str, bytes]] | None = None
    ) -> str:
        """Send the form of a page, with what it hides; give where that leads to."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', self.http.get(path).text))
        answer = self.http.post(path, data={**hidden, **fields}, files=files)
        assert answer.is_redirect, f"{path}: {answer.status_code}: {answer.text[:2000]}"
        return str(answer.headers["location"])

    def _follow(self, link: str, page: str, waiting: deque[str], known: set[str]) -> None:
        parts = urlsplit(urljoin(f"http://hub{page}", link))
        if parts.netloc != "hub" or parts.scheme != "http" or parts.path.startswith(_SERVED):
            return
        if parts.path.startswith("/admin/") and not page.startswith("/admin/"):
            # The staff's pages have a walk of their own.
            return
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if path not in known and name_of(path):
            known.add(path)
            waiting.append(path)


def name_of(path: str) -> str:
    """Give the name of an address, empty if there is nothing at it; each of several steps has one of its own."""
    try:
        found = resolve(urlsplit(path).path)
    except Resolver404:
        return ""
    step = found.kwargs.get("step")
    return f"{found.view_name}/{step}" if step else found.view_name


def visitor(base: str, username: str, role: int | str = 0) -> Visitor:
    """Sign somebody of the cast in on the demo's page; no name for somebody who has not.

    Of several roles the one at a place is chosen, or the first that has a part in its key.
    """
    http = httpx.Client(base_url=base, headers={"accept-language": "en"}, timeout=30)
    if username:
        sign_in = http.get("/sign-in")
        answer = http.post("/sign-in", data={"csrfmiddlewaretoken": _token(sign_in.text), "username": username})
        assert answer.status_code == 302, answer.text[:500]
        if answer.headers["location"].startswith("/role"):
            page = http.get("/role").text
            keys = re.findall(r'name="as" value="([^"]+)"', page)
            key = keys[role] if isinstance(role, int) else next(one for one in keys if role in one)
            http.post("/role", data={"csrfmiddlewaretoken": _token(page), "as": key})
    return Visitor(f"{username or 'nobody'}/{role}", http)


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]
