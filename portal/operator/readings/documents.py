"""Documents of readings: what was sent, how far each is, and every fault. Source: `5-web.md`, "Readings".

A document that was imported from a workbook has the id of its job, which kept the row of each interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from datahub.market import DocumentStatus, Permission
from datahub.metering.document_search import fault_counts, find_documents, page_of_faults
from datahub.metering.models import MeterDataDocument
from datahub.metering.models.readings import DOCUMENTS
from portal.forms import end_of, start_of
from portal.jobs.models import Job
from portal.jobs.selectors import own_job
from portal.lists import ListPage, last_page, list_page, page_number
from portal.operator.jobs.rights import may_import_readings
from portal.operator.readings.forms import DocumentFilters
from portal.operator.readings.imports import place_of
from portal.pages import OperatorRequest, operator_page
from portal.words.faults import kept_fault_text

# Without a time those of so many days are listed, as many as one may ask the API for.
SHOWN_DAYS = 30
_FAULTS_ON_A_PAGE = 100
# A refused message of more faults is looked through in its file, or over the API.
_MOST_FAULTS = 10_000
# A quantity is named with its direction.
_QUANTITIES = {
    "outQty.kwh": _("Consumption, kWh"),
    "inQty.kwh": _("Production, kWh"),
    "outQty.m3": _("Consumption, m³"),
    "inQty.m3": _("Production, m³"),
}


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document of the list, with the number of its faults."""

    document: MeterDataDocument
    faults: int


@dataclass(frozen=True, slots=True)
class ShownFault:
    """A fault: the point and interval that it is about, what is wrong, and the place in the workbook if it was one."""

    point: str
    start: datetime | None
    text: str
    sheet: str = ""
    row: int | None = None


@operator_page(Permission.VIEWER_METERING_DATA, safe=True)
def listed(request: OperatorRequest) -> HttpResponse:
    """List what was sent in the role, the latest first."""
    acting = request.acting
    form = DocumentFilters(request.GET or None)
    chosen = {} if form.is_wrong else form.chosen
    since = start_of(chosen.get("received_from"), acting.commodity)
    until = end_of(chosen.get("received_to"), acting.commodity)
    if since is None and until is None and "identification" not in chosen:
        since = request.now - timedelta(days=SHOWN_DAYS)
    found = find_documents(
        sender=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        identification=chosen.get("identification"),
        received_from=since,
        received_to=until,
        status=chosen.get("status"),
    )
    found = found.none() if form.is_wrong else found.order_by("-received_at", "-id")
    context = {
        "form": form,
        "list": list_page(request, found, read=_with_counts),
        "shown_days": SHOWN_DAYS,
        "kept_days": DOCUMENTS.keep_days,
        "may_send": may_import_readings(acting),
    }
    return render(request, "operator/readings/documents.html", context)


@operator_page(Permission.VIEWER_METERING_DATA, safe=True)
def document(request: OperatorRequest, identification: UUID) -> HttpResponse:
    """Show how far a document is and, if it was refused, every fault."""
    acting = request.acting
    found = (
        find_documents(
            sender=acting.participant, role=acting.role, commodity=acting.commodity, identification=identification
        )
        .order_by("-received_at", "-id")
        .first()
    )
    if found is None:
        raise Http404
    job = own_job(acting, identification)
    context: dict[str, Any] = {"document": found, "job": job}
    if found.status == DocumentStatus.ERROR:
        context["list"], context["faults_total"] = _faults(request, found, job)
    return render(request, "operator/readings/document.html", context)


def _with_counts(found: list[MeterDataDocument]) -> Sequence[ShownDocument]:
    counts = fault_counts(found)
    return [ShownDocument(one, counts.get(one.pk, 0)) for one in found]


def _faults(request: OperatorRequest, found: MeterDataDocument, job: Job | None) -> tuple[ListPage[ShownFault], int]:
    number = page_number(request, _FAULTS_ON_A_PAGE)
    offset = (number - 1) * _FAULTS_ON_A_PAGE
    some, total = page_of_faults(found, offset=offset, size=_FAULTS_ON_A_PAGE)
    if not some and number > 1:
        number = last_page(total, _FAULTS_ON_A_PAGE)
        offset = (number - 1) * _FAULTS_ON_A_PAGE
        some, total = page_of_faults(found, offset=offset, size=_FAULTS_ON_A_PAGE)
    page = ListPage(
        rows=[_shown(one, job) for one in some],
        number=number,
        has_next=offset + len(some) < min(total, _MOST_FAULTS),
        total=total if total <= _MOST_FAULTS else None,
        size=_FAULTS_ON_A_PAGE,
        sort="",
        query={name: request.GET.getlist(name) for name in request.GET},
        path=request.path,
    )
    return page, total


def _shown(fault: dict[str, Any], job: Job | None) -> ShownFault:
    point, start = fault.get("meterEic") or "", fault.get("pS")
    began = datetime.fromisoformat(start) if start else None
    sheet, row = place_of(job, point, began) if job is not None else ("", None)
    labels = {path: str(name) for path, name in _QUANTITIES.items()}
    return ShownFault(point, began, kept_fault_text(fault["code"], fault["message"], labels), sheet, row)
