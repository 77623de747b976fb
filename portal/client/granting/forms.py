"""The forms of the steps in which a customer gives access."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datahub.access.own_data import OwnPoint
from datahub.access.rules import PURPOSES as PURPOSES_OF
from datahub.access.rules import Asked, Terms, settle_terms, whole_second
from datahub.errors import DomainError
from datahub.market import AuthorizationPurpose, Role
from datahub.market_time import day_of
from portal.client.granting.choices import Receiver, opened_there
from portal.client.granting.terms import ChosenTerms, Lasting, Seen, days_seen
from portal.client.places import names_of_places
from portal.forms import DayField, PageForm
from portal.words.authorizations import PURPOSES, PURPOSES_EXPLAINED, RECEIVERS, RECEIVERS_EXPLAINED
from portal.words.labels import in_sentence, label
from portal.words.times import said_day, said_end

_LASTING = {
    Lasting.MONTH: gettext_lazy("1 month"),
    Lasting.HALF_YEAR: gettext_lazy("6 months"),
    Lasting.YEAR: gettext_lazy("1 year"),
    Lasting.OPEN: gettext_lazy("Until I end it"),
    Lasting.OWN: gettext_lazy("I choose the days"),
}
_SEEN = {
    Seen.PAST_AND_NEW: gettext_lazy("The last 12 months, and new data as it comes"),
    Seen.NEW: gettext_lazy("Only new data as it comes"),
    Seen.PAST: gettext_lazy("Only the last 12 months"),
    Seen.OWN: gettext_lazy("I choose the days"),
}


def _explained(name: Any, explanation: Any) -> SafeString:
    return format_html(
        '<span class="option"><span class="option-name">{}</span> <span class="option-text">{}</span></span>',
        name,
        explanation,
    )


class StepForm(PageForm):
    """A step that saves nothing yet."""

    saves = False


class KindForm(StepForm):
    """What kind of company gets access."""

    role = forms.ChoiceField(
        label=gettext_lazy("Kind of company"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what kind of company it is.")},
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        field: forms.ChoiceField = self.fields["role"]  # type: ignore[assignment]
        field.choices = [(str(role), _explained(RECEIVERS[role], RECEIVERS_EXPLAINED[role])) for role in RECEIVERS]


class ReceiversForm(StepForm):
    """Which companies get access."""

    receivers = forms.MultipleChoiceField(
        label=gettext_lazy("Companies"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one company.")},
    )

    def __init__(self, *args: Any, receivers: Sequence[Receiver], **named: Any) -> None:
        super().__init__(*args, **named)
        field: forms.MultipleChoiceField = self.fields["receivers"]  # type: ignore[assignment]
        field.choices = [(one.party.eic, _explained(one.party.name, _served(one))) for one in receivers]


def _served(receiver: Receiver) -> SafeString:
    commodities = sorted(in_sentence(label(commodity)) for commodity in receiver.commodities)
    return format_html('{} <span class="code">{}</span>', ", ".join(commodities), receiver.party.eic)


class PointsForm(StepForm):
    """At which places they get access. `already`: until when one of them has access there, by code."""

    all_points = forms.BooleanField(label=gettext_lazy("All the places listed here"), required=False)
    points = forms.MultipleChoiceField(
        label=gettext_lazy("Places"), widget=forms.CheckboxSelectMultiple, required=False
    )
    conditional = frozenset({"all_points", "points"})

    def __init__(
        self,
        *args: Any,
        places: Sequence[OwnPoint],
        already: Mapping[str, datetime | None],
        now: datetime,
        **named: Any,
    ) -> None:
        super().__init__(*args, **named)
        self.places = places
        names = names_of_places(places, now)
        field: forms.MultipleChoiceField = self.fields["points"]  # type: ignore[assignment]
        field.choices = [(eic, _explained(name, _already(eic, already))) for eic, name in names.items()]
        if len(places) < 2:
            del self.fields["all_points"]

    def clean(self) -> dict[str, Any]:
        """Take all places where that is ticked; ask for one at least."""
        given = super().clean() or {}
        if given.get("all_points"):
            given["points"] = [own.point.eic for own in self.places]
        if not given.get("points") and "points" not in self.errors:
            self.add_error("points", ValidationError(_("Choose at least one place.")))
        return given


def _already(eic: str, already: Mapping[str, datetime | None]) -> SafeString:
    code = format_html('<span class="code">{}</span>', eic)
    if eic not in already:
        return code
    end = already[eic]
    if end is None:
        return format_html("{} {}", _("has access already, without an end"), code)
    return format_html("{} {}", _("has access already, until %(end)s") % {"end": said_end(end)}, code)


class TermsForm(StepForm):
    """For what an energy service company gets access, for how long, and of which time it sees the readings."""

    paths: ClassVar[Mapping[str, str]] = {
        "periodStart": "first",
        "periodEnd": "last",
        "subjectPeriodStart": "seen_first",
        "subjectPeriodEnd": "seen_last",
    }
    conditional = frozenset({"first", "last", "seen_first", "seen_last"})

    purpose = forms.ChoiceField(
        label=gettext_lazy("What may the company use your data for?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the data may be used for.")},
    )
    lasting = forms.ChoiceField(
        label=gettext_lazy("For how long may it see your data?"),
        widget=forms.RadioSelect,
        choices=[(str(one), words) for one, words in _LASTING.items()],
        error_messages={"required": gettext_lazy("Choose for how long.")},
    )
    first = DayField(label=gettext_lazy("Access from"), required=False)
    last = DayField(label=gettext_lazy("Access up to and including"), required=False)
    seen = forms.ChoiceField(
        label=gettext_lazy("Which readings may it see?"),
        widget=forms.RadioSelect,
        choices=[(str(one), words) for one, words in _SEEN.items()],
        error_messages={"required": gettext_lazy("Choose which readings.")},
        help_text=gettext_lazy("At most 12 months back and, if access has no end, 3 years ahead."),
    )
    seen_first = DayField(label=gettext_lazy("Readings from"), required=False)
    seen_last = DayField(label=gettext_lazy("Readings up to and including"), required=False)

    def __init__(self, *args: Any, role: Role, places: Sequence[OwnPoint], now: datetime, **named: Any) -> None:
        super().__init__(*args, **named)
        self.role, self.places, self.now = role, places, now
        field: forms.ChoiceField = self.fields["purpose"]  # type: ignore[assignment]
        field.choices = [
            (str(one), _explained(_capital(str(PURPOSES[one])), PURPOSES_EXPLAINED[one])) for one in PURPOSES_OF[role]
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for the days where days are to be chosen, and for terms that the market's rules allow."""
        given = super().clean() or {}
        for name, days in (("lasting", ("first", "last")), ("seen", ("seen_first", "seen_last"))):
            is_own = given.get(name) == "own"
            for day in days:
                if not is_own:
                    # What was chosen before is neither asked about nor wrong.
                    self.errors.pop(day, None)
                    given[day] = None
                elif given.get(day) is None and day not in self.errors:
                    self.add_error(day, ValidationError(_("Choose a day.")))
        first, last = given.get("first"), given.get("last")
        if first and last and last < first:
            self.add_error("last", ValidationError(_("This day is before the first one.")))
        elif last and last < day_of(self.now):
            self.add_error("last", ValidationError(_("Choose today or a later day.")))
        if first and first < day_of(self.now):
            self.add_error("first", ValidationError(_("Choose today or a later day.")))
        self._hold_to_days(given)
        if not self.errors:
            self._hold_to_rules(terms_of(given))
        return given

    def _hold_to_days(self, given: Mapping[str, Any]) -> None:
        """Ask for days of readings that can be seen at all."""
        first, last = given.get("seen_first"), given.get("seen_last")
        earliest, latest = days_seen(self.now)
        if first and last and last < first:
            self.add_error("seen_last", ValidationError(_("This day is before the first one.")))
        if first and first < earliest:
            text = _("Companies can see at most 12 months back: choose %(day)s or a later day.")
            self.add_error("seen_first", ValidationError(text % {"day": said_day(earliest)}))
        if given.get("lasting") == Lasting.OPEN and last and last > latest:
            text = _("Without an end of access at most 3 years ahead: choose %(day)s or an earlier day.")
            self.add_error("seen_last", ValidationError(text % {"day": said_day(latest)}))

    def _hold_to_rules(self, chosen: ChosenTerms) -> None:
        now = whole_second(self.now)
        purpose = AuthorizationPurpose(self.cleaned_data["purpose"])
        asked = Asked(self.role, purpose, chosen.validity(now), chosen.subject(now), now)
        terms, faults = settle_terms(asked)
        if faults:
            self.refuse(DomainError(faults))
        elif terms is not None:
            self._ask_for_use(terms, "seen_first" if chosen.seen is Seen.OWN else "seen")

    def _ask_for_use(self, terms: Terms, seen: str) -> None:
        """Ask for days of which something can be seen while there is access, and is hers at each place."""
        end = terms.validity.end
        if end is not None and terms.subject.start >= end:
            self.add_error(seen, ValidationError(_("Access has ended before these days. Choose earlier ones.")))
            return
        names = names_of_places(self.places, self.now)
        for own in self.places:
            place = {"place": names[own.point.eic]}
            if own.last_end is not None and own.last_end <= terms.validity.start:
                text = _("%(place)s is not yours any more when access begins. Choose an earlier day, or leave it out.")
                self.add_error("first", ValidationError(text % place))
            elif opened_there(own, terms.subject, self.now) is None:
                text = _("%(place)s was or will not be yours on any of these days. Choose other days, or leave it out.")
                self.add_error(seen, ValidationError(text % place))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def terms_of(given: Mapping[str, Any]) -> ChosenTerms:
    """Give the terms that a form says, cleaned or as a draft keeps it."""
    day = DayField(required=False)
    return ChosenTerms(
        Lasting(given["lasting"]),
        Seen(given["seen"]),
        *(day.clean(given.get(name)) for name in ("first", "last", "seen_first", "seen_last")),
    )


class AnswerForm(PageForm):
    """The last step asks nothing; what the market's rules refuse is said in it. `chosen` is what its page has shown."""

    chosen = forms.CharField(widget=forms.HiddenInput)
