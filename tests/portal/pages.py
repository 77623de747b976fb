"""Every page of the operator web app and of the client portal, and who may open it. Sources: `5-web.md`, "Operator web
app" and "Client portal"; `2-wire.md`, the table of permissions.

A page that does not stand here fails `test_permissions.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from datahub.market import Permission, Role

NOBODYS_POINT = "38ZGO-10000009-6"
NOBODYS = UUID("00000000-0000-4000-8000-000000000000")
ALL = frozenset(Role)
SENDERS = frozenset({Role.OPEN_SUPPLIER})
ANSWERERS = frozenset({Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK})
TAKE_PART = SENDERS | ANSWERERS
# Who owns metering points. Source: `1-market.md`, "Market roles".
OPERATORS = ANSWERERS | {Role.LINE_OPERATOR, Role.PRODUCER_OPERATOR, Role.CHARGING_POINT_OPERATOR, Role.AGGREGATOR}
READ, SEND, BOTH = frozenset({"GET"}), frozenset({"POST"}), frozenset({"GET", "POST"})


@dataclass(frozen=True)
class Page:
    """Who may open a page: with which permission, in which roles; how; and the names of what it is about, nobody's.

    Of several permissions each is enough.
    """

    needs: Permission | tuple[Permission, ...] | None
    roles: frozenset[Role] = ALL
    methods: frozenset[str] = READ
    about: tuple[Any, ...] = ()

    def may(self, role: Role, permission: Permission | None) -> bool:
        """Tell whether somebody with one permission in a role may open it."""
        if role not in self.roles:
            return False
        needed = self.needs if isinstance(self.needs, tuple) else (self.needs,)
        return any(one is None or permission in _includes(one) for one in needed)


def _includes(needed: Permission) -> set[Permission]:
    """Give what includes a permission, as `2-wire.md` says: itself, its EDITOR, ADMIN."""
    wider = {needed, Permission.ADMIN}
    if needed.startswith("VIEWER_"):
        wider |= {one for one in Permission if one == needed.replace("VIEWER_", "EDITOR_")}
    return wider


PAGES: dict[str, Page] = {
    "start": Page(None),
    # Enquiries.
    "enquiries": Page(Permission.VIEWER_DIRECT_MESSAGE, TAKE_PART),
    "ask": Page(Permission.EDITOR_DIRECT_MESSAGE, SENDERS, BOTH),
    "enquiry": Page(Permission.VIEWER_DIRECT_MESSAGE, TAKE_PART, about=(NOBODYS,)),
    "cancel-enquiry": Page(Permission.EDITOR_DIRECT_MESSAGE, SENDERS, BOTH, about=(NOBODYS,)),
    "change-enquiry": Page(Permission.EDITOR_DIRECT_MESSAGE, SENDERS, BOTH, about=(NOBODYS,)),
    "answer-enquiry": Page(Permission.EDITOR_DIRECT_MESSAGE, ANSWERERS, BOTH, about=(NOBODYS,)),
    "close-enquiry": Page(Permission.EDITOR_DIRECT_MESSAGE, ANSWERERS, BOTH, about=(NOBODYS,)),
    # Connection requests.
    "connections": Page(Permission.VIEWER_CONNECTION_STATE, TAKE_PART),
    "export-connection-requests": Page(Permission.VIEWER_CONNECTION_STATE, TAKE_PART),
    "connection-request": Page(Permission.VIEWER_CONNECTION_STATE, TAKE_PART, about=(NOBODYS,)),
    "new-connection-request": Page(Permission.EDITOR_CONNECTION_STATE, SENDERS, BOTH),
    "change-connection-request": Page(Permission.EDITOR_CONNECTION_STATE, SENDERS, BOTH, about=(NOBODYS,)),
    "cancel-connection-request": Page(Permission.EDITOR_CONNECTION_STATE, SENDERS, BOTH, about=(NOBODYS,)),
    "plan-connection-request": Page(Permission.EDITOR_CONNECTION_STATE, ANSWERERS, BOTH, about=(NOBODYS,)),
    "refuse-connection-request": Page(Permission.EDITOR_CONNECTION_STATE, ANSWERERS, BOTH, about=(NOBODYS,)),
    "done-connection-request": Page(Permission.EDITOR_CONNECTION_STATE, ANSWERERS, BOTH, about=(NOBODYS,)),
    # Metering points.
    "points": Page(Permission.VIEWER_METERING_POINT),
    "point": Page(Permission.VIEWER_METERING_POINT, about=(NOBODYS_POINT,)),
    "export-points": Page(Permission.VIEWER_METERING_POINT),
    "add-point": Page(Permission.EDITOR_METERING_POINT, OPERATORS, BOTH),
    "complete-point-code": Page(Permission.EDITOR_METERING_POINT, OPERATORS),
    "change-point": Page(Permission.EDITOR_METERING_POINT, OPERATORS, BOTH, about=(NOBODYS_POINT,)),
    "import-points": Page(Permission.EDITOR_METERING_POINT, OPERATORS, BOTH),
    "point-template": Page(Permission.EDITOR_METERING_POINT, OPERATORS),
    # Agreements.
    "agreements": Page(Permission.VIEWER_AGREEMENT),
    "agreement": Page(Permission.VIEWER_AGREEMENT, about=(1,)),
    "export-agreements": Page(Permission.VIEWER_AGREEMENT),
    "new-agreement": Page(Permission.EDITOR_AGREEMENT),
    "register-agreement": Page(Permission.EDITOR_AGREEMENT, SENDERS, BOTH, about=("SUPPLY",)),
    "change-agreement": Page(Permission.EDITOR_AGREEMENT, methods=BOTH, about=(1,)),
    "end-agreement": Page(Permission.EDITOR_AGREEMENT, methods=BOTH, about=(1,)),
    "delete-agreement": Page(Permission.EDITOR_AGREEMENT, methods=BOTH, about=(1,)),
    # Readings.
    "readings": Page(Permission.VIEWER_METERING_DATA),
    "reading-data": Page(Permission.VIEWER_METERING_DATA),
    "reading-file": Page(Permission.VIEWER_METERING_DATA),
    "documents": Page(Permission.VIEWER_METERING_DATA),
    "document": Page(Permission.VIEWER_METERING_DATA, about=(NOBODYS,)),
    "reading-template": Page(Permission.EDITOR_METERING_DATA, OPERATORS, BOTH),
    "reading-import": Page(Permission.EDITOR_METERING_DATA, OPERATORS, BOTH),
    "reading-import-progress": Page(Permission.EDITOR_METERING_DATA, about=(NOBODYS,)),
    # Distribution.
    "distribution": Page(Permission.VIEWER_DATA_DISTRIBUTION),
    "message": Page(Permission.VIEWER_DATA_DISTRIBUTION, about=(1,)),
    "message-content": Page(Permission.VIEWER_DATA_DISTRIBUTION, about=(1,)),
    # Imports.
    "jobs": Page((Permission.EDITOR_METERING_POINT, Permission.EDITOR_METERING_DATA), OPERATORS),
    "job": Page(None, about=(NOBODYS,)),
    "job-report": Page(None, about=(NOBODYS,)),
    # Users and technical users.
    "users": Page(Permission.EDITOR_AUTHORIZATION),
    "add-user": Page(Permission.EDITOR_AUTHORIZATION, methods=BOTH),
    "user": Page(Permission.EDITOR_AUTHORIZATION, methods=BOTH, about=(0,)),
    "remove-user": Page(Permission.EDITOR_AUTHORIZATION, methods=BOTH, about=(0,)),
    "add-technical-user": Page(Permission.ADMIN, methods=BOTH),
    "technical-user": Page(Permission.ADMIN, about=(0,)),
    "change-technical-user": Page(Permission.ADMIN, methods=BOTH, about=(0,)),
    "new-secret": Page(Permission.ADMIN, methods=BOTH, about=(0,)),
    "secret": Page(Permission.ADMIN, about=(0,)),
    "remove-technical-user": Page(Permission.ADMIN, methods=BOTH, about=(0,)),
    "switch-off": Page(Permission.ADMIN, methods=BOTH, about=(0,)),
    "switch-on": Page(Permission.ADMIN, methods=BOTH, about=(0,)),
}
# Pages of the client portal: each is open to whoever acts as a customer, and to nobody else.
CLIENT_PAGES: dict[str, Page] = {
    # Her places.
    "start": Page(None),
    "point": Page(None, about=(NOBODYS_POINT,)),
    # Her readings.
    "readings": Page(None),
    "reading-data": Page(None),
    "reading-file": Page(None),
    # Whom she lets see her data.
    "authorizations": Page(None),
    "grant-access": Page(None, methods=BOTH),
    "grant-step": Page(None, methods=BOTH, about=("nobodys-draft", "summary")),
    "authorization": Page(None, about=(NOBODYS,)),
    "end-authorization": Page(None, methods=BOTH, about=(NOBODYS,)),
    "grant": Page(None),
    # Who has seen it.
    "tracker": Page(None),
    "tracker-entry": Page(None),
    "tracker-file": Page(None),
    # Herself.
    "details": Page(None),
}
# Pages that are not about the market: open to everyone, or to everyone who has signed in.
OPEN = {
    *("landing", "operator", "client", "sign-in", "openid", "openid-callback", "robots", "favicon"),
    *("live", "ready", "serves", "metrics", "openapi", "swagger-ui"),
}
OF_THE_FRAME = {"role", "sign-out", "language", "theme"}
# Whoever sends a form there is answered, signed in or not.
POSTED = {"sign-in", "role", "sign-out", "language", "theme"}


def url_of(name: str) -> str:
    """Give the address of a page, about what is nobody's."""
    return reverse(f"operator:{name}", args=PAGES[name].about)


def client_url_of(name: str) -> str:
    """Give the address of a page of the client portal, about what is nobody's."""
    return reverse(f"client:{name}", args=CLIENT_PAGES[name].about)


def names(patterns: Any = None, namespace: str = "", path: str = "") -> Iterator[tuple[str, str]]:
    """Give the names of all addresses but those of the API and the admin, each with its path."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = path + str(one.pattern)
        if here.startswith(("api/", "admin/", "realms/")):
            continue
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, f"{namespace}{one.namespace}:" if one.namespace else namespace, here)
        elif isinstance(one, URLPattern):
            yield f"{namespace}{one.name}", here
