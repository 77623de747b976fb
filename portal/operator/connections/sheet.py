"""The sheet of connection requests that is downloaded. Source: `5-web.md`, "Connection requests": export."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from connections.models import ConnectionRequest
from connections.rules.states import RefusalReason, RequestedState, RequestReason, Stage
from datahub.access.pages import Found
from portal.sheets.tables import Column, ColumnKind, Table, Value
from portal.words.labels import labelled

MOST_ROWS = 40_000
_AT_ONCE = 500

CONNECTION_REQUESTS = Table(
    key="connectionRequests",
    title=_("Connection requests"),
    max_rows=MOST_ROWS,
    columns=(
        Column("id", _("Request ID"), width=38),
        Column("sent", _("Sent"), ColumnKind.INSTANT, width=18),
        Column("changed", _("Changed"), ColumnKind.INSTANT, width=18),
        Column("supplier", _("Supplier"), width=26),
        Column("supplierEic", _("Supplier (EIC)"), ColumnKind.CODE, width=20),
        Column("operator", _("Grid operator"), width=26),
        Column("operatorEic", _("Grid operator (EIC)"), ColumnKind.CODE, width=20),
        Column("meterEic", _("Metering point (EIC)"), ColumnKind.CODE, width=20),
        Column("customerEic", _("Customer (EIC)"), ColumnKind.CODE, width=20),
        Column("asked", _("Requested action"), width=14),
        Column("reason", _("Reason"), width=18),
        Column("preferredDate", _("Preferred date"), ColumnKind.DATE, width=14),
        Column("requestComment", _("Supplier’s comment"), width=40),
        Column("status", _("Status"), width=16),
        Column("plannedDate", _("Planned date"), ColumnKind.DATE, width=14),
        Column("doneDate", _("Date done"), ColumnKind.DATE, width=14),
        Column("refusal", _("Reason for refusal"), width=24),
        Column("responseComment", _("Operator’s comment"), width=40),
        Column("answered", _("Answered"), ColumnKind.INSTANT, width=18),
        Column("ended", _("Ended at"), ColumnKind.INSTANT, width=18),
    ),
)


def rows(found: Found[ConnectionRequest], keys: Sequence[UUID]) -> Iterator[dict[str, Value]]:
    """Read requests by their keys, so many at once, as rows in the language that is active now."""
    lists: tuple[type[StrEnum], ...] = (RequestedState, RequestReason, RefusalReason, Stage)
    words = {of: dict(labelled(of)) for of in lists}
    return _rows(found, keys, words)


def _rows(
    found: Found[ConnectionRequest], keys: Sequence[UUID], words: dict[type[StrEnum], dict[str, str]]
) -> Iterator[dict[str, Value]]:
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        kept = found.rows.in_bulk(some)
        for key in some:
            if key in kept:
                yield _row(kept[key], words)


def _row(one: ConnectionRequest, words: dict[type[StrEnum], dict[str, str]]) -> dict[str, Any]:
    is_done = one.stage in (Stage.CONNECTED, Stage.DISCONNECTED)
    return {
        "id": str(one.pk),
        "sent": one.created_at,
        "changed": one.changed_at,
        "supplier": one.sender.name,
        "supplierEic": one.sender.eic,
        "operator": one.receiver.name,
        "operatorEic": one.receiver.eic,
        "meterEic": one.meter_eic,
        "customerEic": one.customer_eic,
        "asked": words[RequestedState][one.asked_for],
        "reason": words[RequestReason][one.reason],
        "preferredDate": one.preferred_date,
        "requestComment": one.request_comment or None,
        "status": words[Stage][one.stage],
        "plannedDate": None if is_done else one.estimated_date,
        "doneDate": one.estimated_date if is_done else None,
        "refusal": words[RefusalReason].get(one.response_reason),
        "responseComment": one.response_comment or None,
        "answered": one.response_changed_at,
        "ended": one.ended_at,
    }
