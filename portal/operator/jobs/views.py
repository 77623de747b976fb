"""The list of a person's imports, and the page of one: progress and report. Source: `5-web.md`."""

from collections.abc import Iterator
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from portal.jobs import progress, selectors
from portal.jobs.files import KEPT_DAYS
from portal.jobs.kinds import kind_of
from portal.jobs.models import Job, JobFault, JobState
from portal.jobs.report import REPORT, rows_of
from portal.lists import list_page
from portal.operator.jobs.rights import may_import, may_import_points, may_import_readings, missing_to_import
from portal.pages import OperatorRequest, WrongSide, operator_page
from portal.sheets.responses import export_response
from portal.sheets.tables import Value

_FAULTS_ON_A_PAGE = 100
_STATE_NAMES = {
    JobState.WAITING: _("Waiting"),
    JobState.RUNNING: _("In progress"),
    JobState.DONE: _("Done"),
    JobState.FAILED: _("Failed, not saved"),
    JobState.ABANDONED: _("Failed"),
}
_STATE_CLASSES = {
    JobState.WAITING: "status-new",
    JobState.RUNNING: "status-new",
    JobState.DONE: "status-good",
    JobState.FAILED: "status-bad",
    JobState.ABANDONED: "status-bad",
}


def _own(request: OperatorRequest, job_id: UUID) -> Job:
    found = selectors.own_job(request.acting, job_id)
    if found is None:
        raise Http404
    return found


def _shown(job: Job) -> dict[str, object]:
    """Give what templates show of a job."""
    kind = kind_of(job.kind)
    state = JobState(job.state)
    done, total = progress.of(job.pk) if state is JobState.RUNNING else (job.rows_done, job.rows_total)
    unsaved = job.counts.keys() & (frozenset() if kind is None else kind.unsaved)
    return {
        "job": job,
        "title": gettext(kind.title) if kind is not None else job.kind,
        "state": _STATE_NAMES[state],
        "is_check": bool(job.parameters.get("check")),
        "hands_over": kind is not None and kind.hands_over,
        # Of all rows, or of some of them, nothing had to be saved.
        "is_unchanged": bool(unsaved) and unsaved == job.counts.keys(),
        "is_partly_unchanged": bool(unsaved),
        "state_class": _STATE_CLASSES[state],
        "done": done,
        # The rows are counted before they are read, empty ones too.
        "total": None if total is None else max(total, done),
        "counts": [(gettext(msgid), count) for msgid, count in job.counts.items()],
    }


@operator_page(safe=True)
def jobs(request: OperatorRequest) -> HttpResponse:
    """List a person's imports in the role, the newest first."""
    if not may_import(request.acting):
        needed = missing_to_import(request.acting)
        raise WrongSide if needed is None else PermissionDenied(needed)
    found = list_page(request, selectors.own_jobs(request.acting), read=lambda rows: [_shown(one) for one in rows])
    context = {"list": found, "kept_days": KEPT_DAYS}
    may = {"may_points": may_import_points(request.acting), "may_readings": may_import_readings(request.acting)}
    return render(request, "operator/jobs/list.html", context | may)


@operator_page(safe=True)
def job(request: OperatorRequest, job_id: UUID) -> HttpResponse:
    """Show one: how far it is, what came of it, every fault with its place.

    Who may import nothing any more still sees what came of her own.
    """
    found = _own(request, job_id)
    faults = list_page(
        request, JobFault.objects.filter(job=found, is_note=False).order_by("pk"), size=_FAULTS_ON_A_PAGE
    )
    notes = JobFault.objects.filter(job=found, is_note=True).order_by("pk")
    kept = JobFault.objects.filter(job=found, is_note=False).count()
    context = {**_shown(found), "list": faults, "notes": notes, "not_kept": found.faults_total - kept}
    context["may_import"] = may_import(request.acting)
    return render(request, "operator/jobs/job.html", context)


@operator_page(safe=True)
def job_report(request: OperatorRequest, job_id: UUID) -> HttpResponseBase:
    """Give the faults as a workbook, to be mended row by row."""
    found = _own(request, job_id)
    faults = JobFault.objects.filter(job=found, is_note=False).order_by("pk")

    def rows() -> Iterator[dict[str, Value]]:
        return rows_of(faults.iterator())

    return export_response(
        REPORT, rows(), form="xlsx", language=get_language(), name=gettext("Errors"), now=request.now
    )
