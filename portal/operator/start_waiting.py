"""What waits for somebody at work: counted by indexes, no further than lists count.

Each is shown only to who may open the list that it leads to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from connections import selectors as connections
from datahub.access.selectors import is_quiet
from datahub.agreements.models import Agreement
from datahub.exchanges.rules import Side
from datahub.market import METERING_POINT_OPERATOR_ROLES, AgreementType, DocumentStatus, Permission
from datahub.market_time import day_of, day_start
from datahub.metering.document_search import find_documents
from enquiries import selectors as enquiries
from enquiries.rules import Status
from portal.acting import OperatorChoice
from portal.lists import COUNTED
from portal.operator.agreements.forms import State, Whose
from portal.operator.agreements.shown import of_state, on_side
from portal.words.labels import label

ERROR_DAYS = 7


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many of something (None: more than COUNTED), what it is, what to do, and the list of it."""

    count: int | None
    title: str
    text: str
    url: str
    icon: str
    is_trouble: bool = False

    @property
    def is_none(self) -> bool:
        """Whether nothing waits."""
        return self.count == 0

    @property
    def counted(self) -> int:
        """How far is counted."""
        return COUNTED


@dataclass(frozen=True, slots=True)
class Ending:
    """So many agreements of a type end soon, the first of them at `first`; one stands on the side `whose` in them.

    `is_cut`: more end than are counted, so it may be more of these.
    """

    name: str
    whose: Whose
    count: int
    first: datetime
    url: str
    is_cut: bool


def waiting_for(acting: OperatorChoice, *, now: datetime) -> list[Waiting]:
    """Give what waits for a person in the role in which she acts."""
    return [*_enquiries(acting), *_connection_requests(acting, now), *_documents(acting, now)]


def _counted(rows: QuerySet[Any]) -> int | None:
    found = rows.order_by().values("pk")[: COUNTED + 1].count()
    return None if found > COUNTED else found


def _link(name: str, **query: str) -> str:
    """Give the link to a list with its filters."""
    return f"{reverse(name)}?{urlencode(query)}"


def _enquiries(acting: OperatorChoice) -> Iterator[Waiting]:
    side = acting.side
    if side is None or not acting.may(Permission.VIEWER_DIRECT_MESSAGE):
        return
    conditions: dict[str, str]
    if side is Side.RECEIVER:
        conditions, query = {"request_status": Status.OPEN}, {"status": str(Status.OPEN)}
        title, text = _("Enquiries to answer"), _("Suppliers are waiting for your final answer.")
    else:
        conditions, query = {"unread_by": side}, {"unread": "yes"}
        title, text = _("Unread answers"), _("Grid operators have answered your enquiries.")
    found = enquiries.list_enquiries(
        acting.participant, acting.role, acting.commodity, conditions=conditions, order=("-changed_at",)
    )
    yield Waiting(_counted(found.keys), title, text, _link("operator:enquiries", **query), "chat-left-text")


def _connection_requests(acting: OperatorChoice, now: datetime) -> Iterator[Waiting]:
    side = acting.side
    if side is None or not acting.may(Permission.VIEWER_CONNECTION_STATE):
        return
    found = connections.list_requests(
        acting.participant,
        acting.role,
        acting.commodity,
        conditions={},
        waiting_on=day_of(now),
        order=("-changed_at",),
    )
    if side is Side.RECEIVER:
        text = _("Not answered yet, or the planned day has come.")
    else:
        text = _("The operator has refused these requests: change or cancel them.")
    link = _link("operator:connections", which="waiting")
    yield Waiting(_counted(found.keys), _("Connection requests to act on"), text, link, "plug")


def _documents(acting: OperatorChoice, now: datetime) -> Iterator[Waiting]:
    if acting.role not in METERING_POINT_OPERATOR_ROLES or not acting.may(Permission.VIEWER_METERING_DATA):
        return
    since = day_of(now, acting.commodity) - timedelta(days=ERROR_DAYS - 1)
    found = find_documents(
        sender=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        received_from=day_start(since, acting.commodity),
        status=DocumentStatus.ERROR,
    )
    yield Waiting(
        _counted(found),
        _("Refused readings"),
        _("Messages of the last 7 days from which nothing was saved."),
        _link("operator:documents", status=str(DocumentStatus.ERROR), received_from=since.isoformat()),
        "warning",
        is_trouble=True,
    )


def ending_agreements(acting: OperatorChoice, *, now: datetime) -> list[Ending]:
    """Give how many agreements in which the participant stands in its role end soon, by type and side, the most first.

    Of more than COUNTED of a side those that end first are counted. Nothing of a customer is read here: the list that
    each leads to reads, and logs it.
    """
    standing = Agreement.objects.standing().exclude(is_quiet(now)).filter(commodity=acting.commodity)
    soon = of_state(standing, State.ENDING, now)
    found = [
        one
        for whose in (Whose.PROVIDER, Whose.CUSTOMER)
        for one in _ending(soon.filter(on_side(whose, acting.participant, acting.role)), whose)
    ]
    return sorted(found, key=lambda one: -one.count)


def _ending(of_side: QuerySet[Agreement], whose: Whose) -> Iterator[Ending]:
    first_to_end = of_side.order_by("valid_to", "id")[: COUNTED + 1]
    by_type = {kind: Q(type=kind) for kind in AgreementType}
    counts = {f"count_{kind}": Count("pk", filter=is_of_type) for kind, is_of_type in by_type.items()}
    firsts = {f"first_{kind}": Min("valid_to", filter=is_of_type) for kind, is_of_type in by_type.items()}
    found = first_to_end.aggregate(all=Count("pk"), **counts, **firsts)
    for kind in by_type:
        if count := found[f"count_{kind}"]:
            yield Ending(
                name=label(kind),
                whose=whose,
                count=count,
                first=found[f"first_{kind}"],
                url=_link("operator:agreements", type=kind, state=State.ENDING, whose=whose),
                is_cut=found["all"] > COUNTED,
            )
