"""The workbook of readings: the template, the import, and how far it is. Source: `5-web.md`, "Readings"."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from datahub.market import METERING_POINT_OPERATOR_ROLES, Commodity, Permission
from datahub.market_time import FIRST_YEAR, LAST_YEAR, TALLINN, day_start, is_repeated
from datahub.metering.models import MeteringPoint
from datahub.metering.readings.channels import STEP_SECONDS
from datahub.metering.readings.decoding import MAX_INTERVALS
from datahub.parties import eic
from portal.acting import OperatorChoice
from portal.forms import DayField, PageForm
from portal.jobs import progress as job_progress
from portal.jobs.forms import UploadForm
from portal.jobs.models import JobState
from portal.jobs.selectors import own_job
from portal.operator.readings.imports import kind_name
from portal.operator.readings.tables import RESOLUTIONS, TYPES, import_table
from portal.pages import OperatorRequest, WrongSide, operator_page
from portal.sheets import writing
from portal.sheets.decoding import with_zone
from portal.sheets.responses import as_download
from portal.sheets.templates import make_template

MOST_POINTS = 1_500
_MOST_DAYS = 400
_DAY = "P1D"
_USUAL = {Commodity.ELECTRICITY: "PT15M", Commodity.NATURAL_GAS: "PT1H"}


class TemplateForm(PageForm):
    """For which points and days a workbook is made."""

    points = forms.CharField(
        label=_("Metering points (EIC)"),
        help_text=_("One per line; they must be your own."),
        max_length=MOST_POINTS * 40,
        widget=forms.Textarea(attrs={"rows": 6, "class": "form-control code-input", "spellcheck": "false"}),
    )
    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))

    def __init__(self, *args: Any, acting: OperatorChoice, **named: Any) -> None:
        super().__init__(*args, **named)
        self.acting = acting
        self.own: list[MeteringPoint] = []

    def clean_points(self) -> str:
        """Find the points; one that does not exist and one of somebody else are refused in the same words."""
        codes = list(dict.fromkeys(self.cleaned_data["points"].upper().replace(",", " ").replace(";", " ").split()))
        if len(codes) > MOST_POINTS:
            raise ValidationError(
                _("These are %(count)s metering points; one workbook can hold at most %(most)s."),
                params={"count": len(codes), "most": MOST_POINTS},
            )
        acting = self.acting
        possible = [code for code in codes if eic.check(code, kind=eic.METERING_POINT, path="") is None]
        found = MeteringPoint.objects.filter(
            eic__in=possible, owner=acting.participant, owner_role=acting.role, commodity=acting.commodity
        ).in_bulk(field_name="eic")
        strange = [code for code in codes if code not in found]
        if strange:
            shown = ", ".join(code[:20] for code in strange[:5]) + ("…" if len(strange) > 5 else "")
            raise ValidationError(_("No metering point of yours has this code: %(codes)s"), params={"codes": shown})
        self.own = [found[code] for code in codes]
        return " ".join(codes)

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be, and more intervals than a message may have."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        for name, day in (("first", first), ("last", last)):
            if day is not None and not FIRST_YEAR + 1 < day.year < LAST_YEAR - 1:
                self.add_error(name, ValidationError(_("There are no readings for that day.")))
        if self.errors or first is None or last is None:
            return given
        if first > last:
            self.add_error("last", ValidationError(_("This day is before the first one.")))
        elif (last - first).days >= _MOST_DAYS:
            self.add_error("last", ValidationError(_("There are too many days for one workbook.")))
        elif (count := self.count_rows()) > MAX_INTERVALS:
            text = _(
                "That would be %(count)s rows; one workbook can hold at most %(most)s. Choose fewer days or points."
            )
            self.add_error("last", ValidationError(text, params={"count": count, "most": MAX_INTERVALS}))
        return given

    @cached_property
    def _starts(self) -> Mapping[str, Sequence[datetime]]:
        """Where the intervals of the days begin, for each resolution of the points."""
        days: tuple[date, date] = self.cleaned_data["first"], self.cleaned_data["last"]
        resolutions = {self._resolution(point) for point in self.own}
        return {one: list(_starts(*days, one, self.acting.commodity)) for one in resolutions}

    def _resolution(self, point: MeteringPoint) -> str:
        return point.resolution or _USUAL[self.acting.commodity]

    def count_rows(self) -> int:
        """Count the intervals without making a row of each."""
        return sum(len(self._starts[self._resolution(point)]) for point in self.own)

    def rows(self) -> Iterator[tuple[str, str, datetime]]:
        """Give each interval of the days: point, resolution, start."""
        for point in self.own:
            resolution = self._resolution(point)
            for start in self._starts[resolution]:
                yield point.eic, resolution, start


def _starts(first: date, last: date, resolution: str, commodity: Commodity) -> Iterator[datetime]:
    """Give where the intervals of some days begin; a day has as many as its 23, 24 or 25 hours hold."""
    day = first
    while day <= last:
        start, end = day_start(day, commodity), day_start(day + timedelta(days=1), commodity)
        step = end - start if resolution == _DAY else timedelta(seconds=STEP_SECONDS[resolution])  # type: ignore[index]
        while start < end:
            yield start
            start += step
        day += timedelta(days=1)


def _written(form: TemplateForm) -> Iterator[Mapping[str, str]]:
    for code, resolution, start in form.rows():
        local = start.astimezone(TALLINN).replace(tzinfo=None)
        yield {
            "meter": code,
            "start": with_zone(start) if is_repeated(start) else f"{local:%d.%m.%Y %H:%M}",
            "resolution": gettext(RESOLUTIONS[resolution]),
            "type": gettext(TYPES["M"]),
        }


def _check_owner(request: OperatorRequest) -> None:
    """Refuse a role that owns no metering points and so sends no readings."""
    if request.acting.role not in METERING_POINT_OPERATOR_ROLES:
        raise WrongSide


@operator_page(Permission.EDITOR_METERING_DATA)
def template(request: OperatorRequest) -> HttpResponseBase:
    """Ask for which points and days, and give the workbook to be filled; asked by POST, since codes may be many."""
    _check_owner(request)
    acting = request.acting
    form = TemplateForm(request.POST if request.method == "POST" else None, acting=acting)
    if form.is_bound and form.is_valid():
        made = make_template(import_table(acting.commodity), language=get_language(), rows=_written(form))
        days = form.cleaned_data
        name = f"{gettext('Readings')} {days['first']} {days['last']}.xlsx"
        return as_download(HttpResponse(made, content_type=writing.XLSX_TYPE), name)
    return render(request, "operator/readings/template.html", {"form": form})


@operator_page(Permission.EDITOR_METERING_DATA, takes_file=True)
def upload(request: OperatorRequest) -> HttpResponse:
    """Take a filled workbook."""
    _check_owner(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        job = form.submitted(request, kind_name(request.acting.commodity))
        if job is not None:
            return redirect("operator:reading-import-progress", job.pk)
    return render(request, "operator/readings/import.html", {"form": form})


@operator_page(Permission.EDITOR_METERING_DATA, safe=True)
def progress(request: OperatorRequest, job_id: UUID) -> HttpResponse:
    """Show how far an import is; when the file was read, go on to what became of it."""
    job = own_job(request.acting, job_id)
    if job is None or job.kind != kind_name(request.acting.commodity):
        raise Http404
    if job.state == JobState.DONE and request.acting.may(Permission.VIEWER_METERING_DATA):
        return redirect("operator:document", job.pk)
    if job.has_ended:
        return redirect("operator:job", job.pk)
    done, total = job_progress.of(job.pk)
    state = _("In progress") if job.state == JobState.RUNNING else _("Waiting")
    context = {
        "job": job,
        "done": done,
        "total": total,
        "state": state,
        "state_class": "status-new",
        "hands_over": True,
    }
    return render(request, "operator/readings/progress.html", context)
