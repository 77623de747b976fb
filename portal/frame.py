"""What stands around every page: who acts, where she may go, in which language and colours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from datahub.market import Permission
from datahub.parties.models import User
from portal import acting
from portal.acting import Choice, OperatorChoice
from portal.operator.jobs.rights import may_import

THEMES = {"auto": _("As the device"), "light": _("Light"), "dark": _("Dark")}
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the navigation, for who has its permission.

    `needs_side`: only for roles that take part in enquiries and connection requests; `may`: what else it is for.
    """

    name: str
    label: Any
    icon: str
    permission: Permission | None = None
    needs_side: bool = False
    may: Callable[[OperatorChoice], bool] | None = None


OPERATOR = (
    Entry("operator:start", _("Start"), "house"),
    Entry("operator:enquiries", _("Enquiries"), "chat-left-text", Permission.VIEWER_DIRECT_MESSAGE, needs_side=True),
    Entry(
        "operator:connections", _("Connection requests"), "plug", Permission.VIEWER_CONNECTION_STATE, needs_side=True
    ),
    Entry("operator:points", _("Metering points"), "speedometer", Permission.VIEWER_METERING_POINT),
    Entry("operator:agreements", _("Agreements"), "file-earmark-text", Permission.VIEWER_AGREEMENT),
    Entry("operator:readings", _("Readings"), "graph-up", Permission.VIEWER_METERING_DATA),
    Entry("operator:distribution", _("Distribution"), "send", Permission.VIEWER_DATA_DISTRIBUTION),
    Entry("operator:users", _("Users"), "people", Permission.EDITOR_AUTHORIZATION),
    Entry("operator:jobs", _("Imports"), "upload", may=may_import),
)


CUSTOMER = (
    Entry("client:start", _("My metering points"), "house"),
    Entry("client:readings", _("Consumption and production"), "graph-up"),
    Entry("client:authorizations", _("Who has access"), "key"),
    Entry("client:tracker", _("Who has seen my data"), "eye"),
    Entry("client:details", _("My details"), "person"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is shown."""

    url: str
    label: Any
    icon: str
    is_current: bool


def may_open(chosen: OperatorChoice, entry: Entry) -> bool:
    """Tell whether a place stands in somebody's navigation."""
    if entry.needs_side and chosen.side is None:
        return False
    if entry.may is not None and not entry.may(chosen):
        return False
    return entry.permission is None or chosen.may(entry.permission)


def navigation(chosen: Choice | None, path: str) -> list[Link]:
    """Give where somebody may go from here; the entry that a path lies behind is the current one."""
    if chosen is None:
        return []
    if isinstance(chosen, OperatorChoice):
        return _links([entry for entry in OPERATOR if may_open(chosen, entry)], path)
    return _links(CUSTOMER, path)


def _links(entries: Sequence[Entry], path: str) -> list[Link]:
    """Make links of entries; behind the first, the start, lies no other page."""
    urls = [reverse(entry.name) for entry in entries]
    behind = max((url for url in urls if path.startswith(url)), key=len, default="")
    return [Link(url, entry.label, entry.icon, url == behind) for entry, url in zip(entries, urls, strict=True)]


def theme_of(request: HttpRequest) -> str:
    """Give the colours that were chosen in this browser: auto, light or dark."""
    chosen = request.COOKIES.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template what the frame shows; nothing is read before a template asks for it."""

    def current() -> Choice | None:
        if hasattr(request, "acting"):
            return request.acting  # type: ignore[no-any-return]
        return acting.current(request, timezone.now()) if hasattr(request, "session") else None

    chosen = SimpleLazyObject(current)
    return {
        "acting": chosen,
        "navigation": SimpleLazyObject(lambda: navigation(chosen or None, request.path)),  # type: ignore[arg-type]
        "languages": settings.LANGUAGES,
        "language": translation.get_language(),
        "theme": theme_of(request),
        "themes": THEMES.items(),
        "is_demo": getattr(settings, "IS_DEMO", False),
    }


def preferred(user: User) -> dict[str, str]:
    """Give how a person wants to see the pages, by the cookies that say so; nothing of what she has never chosen."""
    kept = getattr(user, "preference", None)
    if kept is None:
        return {}
    wanted = {settings.LANGUAGE_COOKIE_NAME: kept.language, THEME_COOKIE: kept.theme}
    return {name: value for name, value in wanted.items() if value}
