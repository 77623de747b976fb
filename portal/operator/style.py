"""The style page: every token and component with its variants, side by side. In the demo alone."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django import forms
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from connections.rules.conditions import Condition, Held
from datahub.market import AgreementType, Commodity, Permission, Role
from datahub.market_time import day_of
from datahub.metering.readings.channels import CHANNELS
from datahub.metering.readings.values import Values
from datahub.parties import eic
from datahub.parties.models import Party, User
from datahub.periods import Period
from portal.acting import OperatorChoice
from portal.forms import CodeField, DayField, EicField, FilterForm, MomentField, PageForm
from portal.lists import ListPage
from portal.operator.connections.shown import shown_conditions
from portal.operator.points.filters import Chip
from portal.operator.start_waiting import Waiting
from portal.operator.users import matrix
from portal.pictures.bars import DayCount, Kind, strips
from portal.pictures.reading_chart import ReadingChart, reading_chart
from portal.pictures.series import Unit, period_of, series
from portal.pictures.timeline import Span, SpanState, timeline
from portal.words.labels import label

# The colours of `static/portal/tokens.css`; the classes that show them stand in `static/portal/style.css`.
COLOURS = (
    *("ink", "ink-soft", "ground", "surface", "surface-soft", "line", "line-strong", "scroll-shade"),
    *("accent", "accent-strong", "accent-soft", "on-accent"),
    *("good", "good-soft", "warn", "warn-soft", "bad", "bad-soft"),
    *("series-1", "series-2", "series-3", "series-4", "series-5", "series-6"),
)
STATUSES = ("", "status-new", "status-good", "status-warn", "status-bad")
_ICONS = settings.BASE_DIR / "static/vendor/bootstrap-icons-1.13.2/icons.svg"


class SampleForm(PageForm):
    """A field of every kind."""

    text = forms.CharField(label=gettext_lazy("Text"), help_text=gettext_lazy("Notes that help with filling it in."))
    code = EicField(kind=eic.METERING_POINT, label=gettext_lazy("Metering point (EIC)"))
    day = DayField(label=gettext_lazy("Day"), required=False)
    moment = MomentField(label=gettext_lazy("Time"), required=False)
    choice = CodeField(Commodity, label=gettext_lazy("Commodity"))
    radio = forms.ChoiceField(
        label=gettext_lazy("One of two"),
        choices=[("1", gettext_lazy("The first")), ("2", gettext_lazy("The second"))],
        widget=forms.RadioSelect,
    )
    tick = forms.BooleanField(label=gettext_lazy("I agree"), required=False)
    file = forms.FileField(label=gettext_lazy("File"), required=False)
    long = forms.CharField(label=gettext_lazy("Message"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SampleFilters(FilterForm):
    """Filters of a list."""

    commodity = CodeField(Commodity, label=gettext_lazy("Commodity"), empty=gettext_lazy("All"))
    since = DayField(label=gettext_lazy("From"))


class SamplePlainForm(PageForm):
    """A form that asks for nothing."""


def _icons() -> list[str]:
    """Give the names of all icons."""
    return [part.partition('"')[0] for part in Path(_ICONS).read_text().split('<symbol id="')[1:]]


def _readings(first: date) -> ReadingChart:
    """Draw a day of hours: production at noon, what is estimated in the evening, an hour without readings."""
    asked = period_of(Unit.DAY, first, Commodity.ELECTRICITY)
    hours = np.arange(asked.start.timestamp(), _end_of(asked).timestamp(), 3600, dtype=np.int64)
    codes = CHANNELS[Commodity.ELECTRICITY]
    into, out = 0, 1
    amounts = np.zeros((len(codes), len(hours)), np.int64)
    amounts[out] = 400 + 90 * (np.arange(len(hours)) % 7)
    amounts[into, 9:16] = 1200
    kinds = np.full(amounts.shape, ord("M"), np.uint8)
    kinds[out, 18:] = ord("E")
    present = np.zeros(amounts.shape, np.bool_)
    present[out], present[into, 9:16] = True, True
    present[:, 5] = False
    read = Values(codes, hours, hours + 3600, amounts, kinds, present)
    summed = series(read, unit=Unit.HOUR, asked=asked, commodity=Commodity.ELECTRICITY, now=_end_of(asked))
    return reading_chart(summed, id="style-readings", caption=_("Readings"))


def _end_of(asked: Period) -> datetime:
    if asked.end is None:
        raise ValueError("a day ends")
    return asked.end


def _people() -> ListPage[matrix.Row]:
    """Give two people with what they may do."""
    rows = []
    for number, (name, given) in enumerate(
        (("Kalle Kask", [Permission.ADMIN]), ("Tiina Tamm", [Permission.VIEWER_AGREEMENT, Permission.EDITOR_CUSTOMER]))
    ):
        user: Any = User(pk=number, username=name)
        user.known_first, _between, user.known_last = name.partition(" ")
        rows.append(matrix.Row(user, Permission.ADMIN in given, matrix.cells(given)))
    return ListPage(rows, 1, False, len(rows), len(rows), "name")


def _choices() -> list[OperatorChoice]:
    """Give two roles to act in."""
    company = Party(name="Kõik Rollid AS", eic="38X-EIN-ALL----B")
    return [
        OperatorChoice(User(), company, Role.OPEN_SUPPLIER, commodity, frozenset()) for commodity in reversed(Commodity)
    ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def style(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    if not getattr(settings, "IS_DEMO", False):
        raise Http404
    if request.method == "POST":
        # Its forms save nothing.
        return redirect(request.path)
    now = timezone.now()
    days = [day_of(now) - timedelta(days=back) for back in reversed(range(7))]
    year = timedelta(days=365)
    spans = [
        Span(AgreementType.SUPPLY, label(AgreementType.SUPPLY), "Tuule Energia AS", now - 2 * year, now - year),
        Span(AgreementType.SUPPLY, label(AgreementType.SUPPLY), "Päikese Energia AS", now - year, None),
        Span(AgreementType.GRID, label(AgreementType.GRID), "Põhjavõrk OÜ", now - 2 * year, None),
        Span(
            AgreementType.GRID, label(AgreementType.GRID), "Põhjavõrk OÜ", now - 2 * year, now, state=SpanState.DELETED
        ),
    ]
    counts = [DayCount("A", day, number * 120) for number, day in enumerate(days)]
    listed: ListPage[str] = ListPage(
        rows=["38ZGO-10000001-U", "38ZGO-10000002-R"],
        number=2,
        has_next=True,
        total=None,
        size=2,
        sort="-name",
        path=request.path,
    )
    choices = _choices()
    context = {
        "chips": [Chip(_("Commodity"), label(Commodity.ELECTRICITY), ("commodity",)), Chip(_("From"), "–", ("since",))],
        "chart": _readings(day_of(now) - timedelta(days=1)),
        "waiting": [
            Waiting(3, _("Enquiries to answer"), _("Something needs your attention."), "#main", "chat-left-text"),
            Waiting(None, _("Messages in error"), _("Something went wrong."), "#main", "warning", is_trouble=True),
            Waiting(0, _("Connection requests"), "", "#main", "plug"),
        ],
        "conditions": shown_conditions(
            [
                Held(Condition.JOINT_INVOICE, True, Period(now - year, None)),
                Held(Condition.SUPPLY, True, Period(now - year, now), now + timedelta(days=20)),
                Held(Condition.GRID, False),
            ],
            operator="Põhjavõrk OÜ",
        ),
        "choices": choices,
        "last": choices[0].key,
        "people": _people(),
        "areas": matrix.AREAS,
        "colours": COLOURS,
        "statuses": STATUSES,
        "icons": _icons(),
        "samples": [
            Message(constants.SUCCESS, _("The enquiry was sent.")),
            Message(constants.WARNING, _("Something needs your attention.")),
            Message(constants.ERROR, _("Something went wrong.")),
            Message(constants.INFO, _("Something is good to know.")),
        ],
        "form": SampleForm(auto_id="sample_%s"),
        "wrong": SampleForm({"code": "38ZGO-10000001-A"}, auto_id="wrong_%s"),
        "plain": SamplePlainForm(),
        "filters": SampleFilters(),
        "list": listed,
        "timeline": timeline(spans, now=now, id="style-timeline", caption=_("Agreements on a timeline")),
        "strips": strips(
            counts, days=days, kinds=[Kind("A", _("Readings"))], id="style-strips", caption=_("Counts by day")
        ),
    }
    return render(request, "operator/style.html", context)
