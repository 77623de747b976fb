"""The forms of agreements: which fields each type has, and its earliest dates, come from its rules.

Days are asked for, first and last, both included; the market's periods are half-open. Source: `1-market.md`,
"Agreements".
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datahub import market_time
from datahub.agreements.models import Agreement
from datahub.agreements.rules import dates, parties
from datahub.agreements.services.deciding import Terms
from datahub.errors import DomainError, Fault, codes
from datahub.market import AgreementType, Commodity, Role
from datahub.parties import eic
from datahub.parties.models import Party
from datahub.parties.selectors import participants_in
from portal.forms import CodeField, DayField, EicField, FilterForm, PageForm, end_of, start_of
from portal.operator.agreements.days import first_day_named, in_days
from portal.words.faults import field_of
from portal.words.times import said_day

_LONGEST_ID = Agreement._meta.get_field("agreement_id").max_length
_FIRST_DAY, _LAST_DAY = date(market_time.FIRST_YEAR, 1, 2), date(market_time.LAST_YEAR, 12, 30)
_POSSIBLE = [
    MinValueValidator(_FIRST_DAY, _("Enter %(limit_value)s or a later day.")),
    MaxValueValidator(_LAST_DAY, _("Enter %(limit_value)s or an earlier day.")),
]
# What stands in a field's path of the API, and the form's own name of it.
_FIELDS = {
    "meterEic": "meter_eic",
    "customerEic": "customer_eic",
    "serviceProviderEic": "service_provider_eic",
    "validFrom": "first_day",
    "validTo": "last_day",
    "agreementId": "agreement_id",
    "preliminaryTerminationFee": "termination_fee",
}
PATHS = {f"{root}.{name}": field for root in ("agreement", "agreementChange") for name, field in _FIELDS.items()}


class State(StrEnum):
    """When an agreement is valid, seen from now, or that it was deleted."""

    ACTIVE = "ACTIVE"
    FUTURE = "FUTURE"
    ENDING = "ENDING"
    ENDED = "ENDED"
    DELETED = "DELETED"


# What ends soon ends within so many days.
ENDING_DAYS = 30


class Whose(StrEnum):
    """On which side of the agreements one stands."""

    PROVIDER = "PROVIDER"
    CUSTOMER = "CUSTOMER"
    ALL = "ALL"


# By what agreements of others are searched.
_STARTS_FROM = ("point", "provider", "customer", "agreement_id")


class AgreementFilters(FilterForm):
    """What a list of agreements is filtered by."""

    whose = forms.ChoiceField(
        label=_("Which agreements"),
        help_text=_("Without a code or number those that you provide, with one all that you may see."),
        choices=[
            ("", _("Yours (by code: all)")),
            (Whose.PROVIDER, _("You are the service provider")),
            (Whose.CUSTOMER, _("You are the customer")),
            (Whose.ALL, _("All that you may see")),
        ],
    )
    type = CodeField(AgreementType, label=_("Type"), empty=_("All"))
    state = forms.ChoiceField(
        label=_("Status"),
        choices=[
            ("", _("All")),
            (State.ACTIVE, _("Valid now")),
            (State.FUTURE, _("Starting later")),
            (State.ENDING, _("Ending within 30 days")),
            (State.ENDED, _("Ended")),
            (State.DELETED, _("Deleted")),
        ],
    )
    point = EicField(kind=eic.METERING_POINT, label=_("Metering point (EIC)"))
    provider = EicField(kind=eic.PARTY, label=_("Service provider (EIC)"))
    customer = EicField(kind=eic.PARTY, label=_("Customer (EIC)"))
    agreement_id = forms.CharField(max_length=_LONGEST_ID, label=_("Your agreement number"))
    valid_from = DayField(label=_("Valid on or after"), validators=_POSSIBLE)
    valid_to = DayField(label=_("Valid on or before"), validators=_POSSIBLE)
    # Those without a fee are nearly all.
    fee = forms.ChoiceField(
        label=_("A fee is due if it is terminated early"), choices=[("", _("All")), ("yes", _("yes"))]
    )

    def clean(self) -> dict[str, Any]:
        """Ask for what a search of all agreements starts from, and for a period that is one."""
        asked: dict[str, Any] = super().clean() or {}
        first, last = asked.get("valid_from"), asked.get("valid_to")
        if first and last and first > last:
            self.add_error("valid_to", gettext("The last day is before the first day."))
        if asked.get("whose") == Whose.ALL and not any(asked.get(name) or name in self.errors for name in _STARTS_FROM):
            self.add_error(
                "whose",
                gettext(
                    "To search all agreements, enter a metering point, a service provider, a customer or a number."
                ),
            )
        return asked

    @property
    def side(self) -> Whose:
        """On which side one stands: without a party, a point or a number it is one's own agreements."""
        asked = self.chosen
        starts_from = any(asked.get(name) for name in _STARTS_FROM)
        return Whose(asked.get("whose") or (Whose.ALL if starts_from else Whose.PROVIDER))

    def attributes(self, participant: Party, commodity: Commodity) -> dict[str, Any]:
        """Give the filters as the search takes them."""
        asked = self.chosen
        found = {
            "agreementId": asked.get("agreement_id"),
            "meterEic": asked.get("point"),
            "serviceProviderEic": asked.get("provider"),
            "customerEic": asked.get("customer"),
            "agreementTypes": [asked["type"]] if "type" in asked else None,
            "validFrom": start_of(asked.get("valid_from"), commodity),
            "validTo": end_of(asked.get("valid_to"), commodity),
            "preliminaryTerminationFee": True if asked.get("fee") else None,
        }
        if self.side == Whose.PROVIDER:
            found["serviceProviderEic"] = found["serviceProviderEic"] or participant.eic
        elif self.side == Whose.CUSTOMER:
            found["customerEic"] = found["customerEic"] or participant.eic
        return {name: value for name, value in found.items() if value is not None}


class DaysForm(PageForm):
    """A form about an agreement, that says what is wrong with its times in days."""

    paths = PATHS
    commodity: Commodity

    def refuse(self, error: DomainError) -> None:
        """Say all faults, each at the field that it is about; an end before the start at the end.

        How early an agreement may end otherwise is not said of such an end: that day may lie before the start, too.
        """
        first_days = [day for one in error.faults if (day := first_day_named(one, self.commodity)) is not None]
        for day in first_days:
            text = gettext("The last day cannot be before the first day, %(day)s.")
            self.add_error("last_day", text % {"day": said_day(day)})
        others = [one for one in error.faults if first_day_named(one, self.commodity) is None]
        if first_days:
            others = [one for one in others if not self._is_early_end(one)]
        if others:
            super().refuse(in_days(type(error)(others), self.commodity))

    def _is_early_end(self, fault: Fault) -> bool:
        return fault.code == codes.AGREEMENT_TOO_EARLY and field_of(fault, self.paths) == "last_day"


class AgreementForm(DaysForm):
    """A new agreement of a type, with the fields that its rules give it."""

    meter_eic = EicField(kind=eic.METERING_POINT, label=_("Metering point (EIC)"))
    customer_eic = EicField(kind=eic.PARTY, label=_("Customer (EIC)"))
    service_provider_eic = EicField(kind=eic.PARTY, label=_("Open supplier (EIC)"))
    first_day = DayField(label=_("First day"), validators=_POSSIBLE)
    last_day = DayField(label=_("Last day"), required=False, validators=_POSSIBLE)
    agreement_id = forms.CharField(max_length=_LONGEST_ID, required=False, label=_("Your agreement number"))
    termination_fee = forms.BooleanField(required=False, label=_("A fee is due if it is terminated early"))

    def __init__(
        self, *args: Any, kind: AgreementType, participant: Party, commodity: Commodity, now: datetime, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self.kind, self.participant, self.commodity = kind, participant, commodity
        by_customer = kind in parties.REGISTERED_BY_CUSTOMER
        self._drop("customer_eic" if by_customer else "service_provider_eic")
        if by_customer:
            self._choose_by_name(
                "service_provider_eic", parties.provider_roles(kind, commodity), _("Open supplier"), now
            )
        elif kind in parties.CUSTOMER_ROLES:
            self._choose_by_name("customer_eic", parties.CUSTOMER_ROLES[kind], _("Customer"), now)
        if kind not in parties.POINT_TYPES:
            self._drop("meter_eic")
        if kind not in parties.WITH_TERMINATION_FEE:
            self._drop("termination_fee")
        earliest = earliest_start(kind, commodity, now)
        self.fields["first_day"].initial = earliest or now.astimezone(market_time.TALLINN).date()
        self.fields["first_day"].help_text = start_help(kind, commodity, now)
        self.fields["last_day"].help_text = " ".join(
            filter(None, [gettext("Leave it empty for no end date."), end_help(kind, commodity)])
        )

    def _drop(self, name: str) -> None:
        del self.fields[name]

    def _choose_by_name(self, name: str, roles: Iterable[Role], label: Any, now: datetime) -> None:
        """Let a party that must be a participant in some role be chosen by its name, not typed as a code."""
        found = participants_in(roles, self.commodity, at=now)
        choices = [("", _("Please choose")), *((one.eic, f"{one.name} · {one.eic}") for one in found)]
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"})
        )

    @property
    def terms(self) -> Terms:
        """Give what was filled in as the service takes it."""
        sent = self.cleaned_data
        start = start_of(sent["first_day"], self.commodity)
        assert start is not None  # noqa: S101  (the field is required)
        return Terms(
            type=self.kind,
            service_provider_eic=sent.get("service_provider_eic") or self.participant.eic,
            customer_eic=sent.get("customer_eic") or self.participant.eic,
            commodity=self.commodity,
            valid_from=start,
            valid_to=end_of(sent["last_day"], self.commodity),
            point_eic=sent.get("meter_eic") or None,
            agreement_id=sent["agreement_id"],
            preliminary_termination_fee=sent.get("termination_fee", False),
        )


class OwnForm(DaysForm):
    """A form about an agreement that stands."""

    def __init__(self, *args: Any, commodity: Commodity, **named: Any) -> None:
        super().__init__(*args, **named)
        self.commodity = commodity


class ChangeForm(OwnForm):
    """A change of what may change: the last day and the operator's own number."""

    last_day = DayField(label=_("Last day"), required=False, validators=_POSSIBLE)
    agreement_id = forms.CharField(max_length=_LONGEST_ID, required=False, label=_("Your agreement number"))


class EndForm(OwnForm):
    """The end of an agreement."""

    last_day = DayField(label=_("Last day"), validators=_POSSIBLE)


def last_day_before(end: datetime, commodity: Commodity) -> date:
    """Give the last whole day before an end that lies on a day's boundary."""
    return market_time.day_of(end, commodity) - timedelta(days=1)


def earliest_start(
    kind: AgreementType, commodity: Commodity, now: datetime, *, another_then: bool = False
) -> date | None:
    """Give the earliest first day of a new agreement of a type, None where it may be any."""
    days = dates.days_to_start(kind, commodity, another_then=another_then)
    if days is None:
        return None
    month = dates.keeps_to_months(kind, commodity)
    return market_time.day_of(dates.earliest_boundary(days, now, commodity, month=month), commodity)


def start_help(kind: AgreementType, commodity: Commodity, now: datetime) -> str:
    """Say when an agreement of a type may start."""
    earliest = earliest_start(kind, commodity, now)
    if earliest is None:
        return gettext("Any day: past, today or future.")
    said = {"day": said_day(earliest)}
    if kind in dates.BETWEEN_PARTIES:
        return gettext("The first day of a month; the earliest is %(day)s.") % said
    changing = earliest_start(kind, commodity, now, another_then=True)
    said["changing"] = said_day(changing or earliest)
    if dates.keeps_to_months(kind, commodity):
        text = gettext("The first day of a month or of the grid agreement; the earliest is %(day)s.") % said
    else:
        text = gettext("Earliest possible day: %(day)s.") % said
    if kind == AgreementType.SUPPLY:
        text += " " + gettext("If another supplier has the metering point then, the earliest is %(changing)s.") % said
        text += " " + gettext("If it starts together with the grid agreement, it may start up to 48 hours ago.")
    elif kind == AgreementType.AGGREGATION:
        text += " " + gettext("If another aggregation agreement is in force then, the earliest is %(changing)s.") % said
    return text


def end_help(kind: AgreementType, commodity: Commodity) -> str:
    """Say when an agreement of a type may end, where that is no free day."""
    if kind in dates.BETWEEN_PARTIES:
        return gettext("It ends on the last day of a month.")
    if dates.keeps_to_months(kind, commodity):
        return gettext("It ends on the last day of a month, or together with the grid agreement.")
    return ""
