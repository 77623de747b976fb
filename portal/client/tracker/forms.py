"""What the tracker is filtered by, and of which days it tells where none are chosen."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from datahub.market import Commodity, Role, SourceType
from datahub.market_time import add_months, day_of
from datahub.parties.models import Party
from distribution.selectors import tracker
from distribution.selectors.tracker import Asked, Way, What
from portal.forms import DayField, FilterForm, code_choices
from portal.pages import CustomerRequest

# Both logs are kept for three years; what a month holds besides is shown too.
KEPT_MONTHS = 37
# Whoever looks in once a year sees the year, unless so much was seen of her data that a page of it would be slow.
_USUAL_MONTHS = 12
_MOST_USUAL = 50_000
_BUSY_DAYS = 7
# No code of a participant or a point is longer.
_LONGEST_CODE = 16
# What no party, no point and no authorization has.
_NOBODY, _NO_CODE, _NO_AUTHORIZATION = 0, "-", UUID(int=0)
# Asks for the hub's staff, as no code of a company does.
STAFF_CODE = "staff"
_CODES_ASKED = ("company", "place", "authorization")


class TrackerFilters(FilterForm):
    """Whose reads and of what: by company, kind, place and days; `authorization` comes from its own page."""

    company = forms.CharField(max_length=_LONGEST_CODE, label=_("Company"), widget=forms.Select)
    what = forms.ChoiceField(
        label=pgettext_lazy("tracker", "What was seen"),
        choices=code_choices(What, empty=_("All")),
    )
    place = forms.CharField(max_length=_LONGEST_CODE, label=pgettext_lazy("tracker", "Metering point"))
    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))
    authorization = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for a period that is one."""
        asked: dict[str, Any] = super().clean() or {}
        for name in _CODES_ASKED:
            if name in self.errors:
                # What can be no code is nobody's, as a code is that no one has.
                del self.errors[name]
                asked[name] = _NO_CODE
        first, last = asked.get("first"), asked.get("last")
        if first and last and first > last:
            self.add_error("last", gettext("The last day is before the first day."))
        return asked

    def offer(self, companies: Iterable[tuple[str, str]], places: Mapping[str, str] | None) -> None:
        """Let her choose among companies (code, name) and places (code → address; None: too many to choose from)."""
        company: Any = self.fields["company"].widget
        company.choices = _with_chosen(companies, self["company"].value())
        if places is not None:
            self.fields["place"].widget = forms.Select(
                attrs={"class": "form-select"}, choices=_with_chosen(places.items(), self["place"].value())
            )


def _with_chosen(offered: Iterable[tuple[str, str]], chosen: str | None) -> list[tuple[str, Any]]:
    """Give choices with that of the URL among them, though it is seen in other days alone."""
    choices: list[tuple[str, Any]] = [("", _("All")), *offered]
    if chosen and chosen not in dict(choices):
        choices.append((chosen, chosen))
    return choices


def asked_by(request: CustomerRequest, form: TrackerFilters) -> Asked:
    """Give what the filters ask of the customer's own rows."""
    chosen = form.chosen
    party = request.acting.party
    first, last = _days(party, chosen.get("first"), chosen.get("last"), today=day_of(request.now))
    company = chosen.get("company")
    return Asked(
        customer=party,
        first=first,
        last=last,
        participant_id=None if company is None else _party_id(company),
        what=What(chosen["what"]) if "what" in chosen else None,
        point_eic=chosen.get("place"),
        authorization=_authorization_id(chosen.get("authorization")),
    )


def _authorization_id(text: str | None) -> UUID | None:
    """Read the id of an authorization; what is none is that of none."""
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return _NO_AUTHORIZATION


def _party_id(eic: str) -> int:
    if eic == STAFF_CODE:
        return tracker.STAFF
    return Party.objects.filter(eic=eic).values_list("pk", flat=True).first() or _NOBODY


def _days(party: Party, first: date | None, last: date | None, *, today: date) -> tuple[date, date]:
    """Give the days asked for, within those that are kept; where no first is given, a year or what a page can take."""
    oldest = add_months(today, -KEPT_MONTHS)
    until = min(last or today, today)
    if first is not None:
        return max(first, oldest), until
    year = max(add_months(until, -_USUAL_MONTHS) + timedelta(days=1), oldest)
    of_year = Asked(customer=party, first=year, last=until)
    if tracker.count_rows(of_year, most=_MOST_USUAL) > _MOST_USUAL:
        return max(until - timedelta(days=_BUSY_DAYS - 1), oldest), until
    return year, until


class EntryForm(forms.Form):
    """What names an entry in the URL of its own page."""

    way = forms.TypedChoiceField(choices=[(way.value, way.value) for way in Way], coerce=Way)
    by = forms.CharField(max_length=_LONGEST_CODE)
    role = forms.ChoiceField(required=False, choices=[("", ""), *((role.value, role.value) for role in Role)])
    commodity = forms.ChoiceField(required=False, choices=[("", ""), *((one.value, one.value) for one in Commodity)])
    kind = forms.TypedChoiceField(choices=[(what.value, what.value) for what in What], coerce=What)
    ground = forms.ChoiceField(required=False, choices=[("", ""), *((one.value, one.value) for one in SourceType)])

    @property
    def filters(self) -> dict[str, Any]:
        """Give what is asked of the logs besides the list's own filters; none for what is no entry."""
        if not self.is_valid():
            return {}
        named = self.cleaned_data
        return {
            "way": named["way"],
            "participant_id": _party_id(named["by"]),
            "role": named["role"],
            "commodity": named["commodity"],
            "what": named["kind"],
            "ground": named["ground"],
        }
