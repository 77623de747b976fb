"""The tracker in words for somebody who has never heard of a code or of a market role: what was seen, why, by whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from datahub.market import AgreementType, Commodity, Role, SourceType
from datahub.market_time import day_of
from distribution.selectors.tracker import Entry, Row, Tie, Way, What
from portal.words.authorizations import RECEIVERS, joined
from portal.words.labels import in_sentence, label
from portal.words.times import said_clock, said_day, said_instant

_ROLES: Mapping[str, str | Promise] = {
    Role.GRID_OPERATOR: pgettext_lazy("role, to a customer", "Network operator"),
    Role.CLOSED_DISTRIBUTION_NETWORK: pgettext_lazy("role, to a customer", "Operator of a closed network"),
    **{role.value: words for role, words in RECEIVERS.items()},
}
_OPERATORS = frozenset({Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK, Role.LINE_OPERATOR})


STAFF = gettext_lazy("The staff of the datahub")
_WHY_STAFF = gettext_lazy(
    "The datahub’s staff look at data to answer a question or to put something right. Which of them it was is kept in"
    " the log."
)


def company_words(eic: str, name: str | None) -> str:
    """Name a company; the hub's staff are none and have no code."""
    return str(name or "") if eic else str(STAFF)


def how_words(way: Way, participant_eic: str) -> str:
    """Say whether somebody looked or the hub sent it; staff are people, and not "it"."""
    return label(way) if participant_eic else pgettext("tracker", "They looked")


def what_words(what: What, *, way: Way, ground: str, is_own: bool = False) -> str:
    """Say what was seen; of a customer whom a stranger looked up, on no ground, the code alone is shown."""
    if what == What.AUTHORIZATIONS and way == Way.SENT:
        return _("The news that you gave it access")
    if what == What.CUSTOMER and way == Way.READ and not ground and not is_own:
        return _("Only that you are a customer: your customer code")
    if what == What.CUSTOMER and ground == SourceType.PERMISSION:
        # An authorization opens no more of her.
        return _("Your name")
    return label(what)


def role_words(role: str, commodity: str) -> str:
    """Say what a company is in the market; gas is named, since most people think of electricity."""
    if not role:
        return ""
    said = str(_ROLES.get(role) or label(role, Role))
    return f"{said} ({in_sentence(label(commodity))})" if commodity == Commodity.NATURAL_GAS else said


def why_words(
    entry: Entry | Row, *, now: datetime, people: Sequence[str] | None = None, ties: Sequence[Tie] = ()
) -> str:
    """Say why it might see it; of an authorization the page says more.

    `people` are those who looked on the customer's own behalf, None where a company looked; `ties` are the agreements
    by which it serves the customer there.
    """
    if people is not None:
        return _("Looked on your behalf: %(people)s.") % {"people": joined(people)}
    if entry.is_of_staff:
        return str(_WHY_STAFF)
    if entry.ground == SourceType.OWNERSHIP:
        return _owner(entry.role)
    if entry.ground == SourceType.AGREEMENT:
        return _served(entry.commodity, ties, now) or _party(entry.role, entry.commodity)
    return str(_OTHER_GROUNDS.get(entry.ground) or _WITHOUT_GROUND.get(entry.what) or _("No reason was recorded."))


_OTHER_GROUNDS: Mapping[str, Promise] = {
    SourceType.BALANCE_STATE: gettext_lazy(
        "It is responsible for the energy balance of your supplier or of another company that serves or served you."
    ),
    SourceType.PERMISSION: gettext_lazy("You gave it access."),
}
# A party of an agreement needs no ground to read it.
_WITHOUT_GROUND: Mapping[What, Promise] = {
    What.AGREEMENTS: gettext_lazy("It is itself a party to the agreement."),
    What.AGREEMENTS_BEFORE: gettext_lazy(
        "It knew your customer code and your metering point, as when you ask it for an offer."
    ),
    What.CUSTOMER: gettext_lazy(
        "It searched by a code of yours, such as your personal code. It has no agreement with you, and was shown"
        " nothing else."
    ),
    What.AUTHORIZATIONS: gettext_lazy("You gave it access, which had not begun or had ended."),
}


def _owner(role: str) -> str:
    if role in _OPERATORS:
        return _("It operates the network that you are connected to.")
    if role == Role.AGGREGATOR:
        return _("It manages your flexible consumption and its own metering point there.")
    return _("The metering point belongs to it.")


def _served(commodity: str, ties: Sequence[Tie], now: datetime) -> str:
    """Say what serves the customer, since when or until when; nothing where that is not the same at all places."""
    if len({tie.type for tie in ties}) != 1:
        return ""
    kind, period = ties[0]
    said = _SERVED[kind, kind != AgreementType.AGGREGATION and commodity == Commodity.NATURAL_GAS]
    if len(ties) > 1:
        return str(said.now) if all(now in tie.period for tie in ties) else ""
    if period.start > now:
        return str(said.later or "") % {"day": said_day(day_of(period.start, commodity))}
    if now in period:
        return str(said.since) % {"day": said_day(day_of(period.start, commodity))}
    # The last day on which something of it was.
    last = day_of((period.end or now) - timedelta(microseconds=1), commodity)
    return str(said.until) % {"day": said_day(last)}


class _Served(NamedTuple):
    now: Promise
    since: Promise
    # Of a general service that has not begun nobody is told.
    later: Promise | None
    until: Promise


# By type, and whether it is gas.
_SERVED: Mapping[tuple[AgreementType, bool], _Served] = {
    (AgreementType.SUPPLY, False): _Served(
        gettext_lazy("It is your electricity supplier now."),
        gettext_lazy("It is your electricity supplier now, since %(day)s."),
        gettext_lazy("It will be your electricity supplier from %(day)s."),
        gettext_lazy("It was your electricity supplier until %(day)s."),
    ),
    (AgreementType.SUPPLY, True): _Served(
        gettext_lazy("It is your gas supplier now."),
        gettext_lazy("It is your gas supplier now, since %(day)s."),
        gettext_lazy("It will be your gas supplier from %(day)s."),
        gettext_lazy("It was your gas supplier until %(day)s."),
    ),
    (AgreementType.GENERAL_SERVICE, False): _Served(
        gettext_lazy("It sells you electricity as general service now."),
        gettext_lazy("It sells you electricity as general service now, since %(day)s."),
        None,
        gettext_lazy("It sold you electricity as general service until %(day)s."),
    ),
    (AgreementType.GENERAL_SERVICE, True): _Served(
        gettext_lazy("It sells you gas as general service now."),
        gettext_lazy("It sells you gas as general service now, since %(day)s."),
        None,
        gettext_lazy("It sold you gas as general service until %(day)s."),
    ),
    (AgreementType.AGGREGATION, False): _Served(
        gettext_lazy("It is your aggregator now."),
        gettext_lazy("It is your aggregator now, since %(day)s."),
        gettext_lazy("It will be your aggregator from %(day)s."),
        gettext_lazy("It was your aggregator until %(day)s."),
    ),
}


def _party(role: str, commodity: str) -> str:
    if role == Role.OPEN_SUPPLIER and commodity == Commodity.NATURAL_GAS:
        return _("It sells you gas, or its agreement starts later or ended less than a year ago.")
    if role == Role.OPEN_SUPPLIER:
        return _("It sells you electricity, or its agreement starts later or ended less than a year ago.")
    if role == Role.AGGREGATOR:
        return _("It has, or had less than a year ago, an agreement with you about flexible consumption.")
    return _("It has an agreement at your metering point.")


def when_words(instant: datetime, now: datetime) -> str:
    """Say when something was: today 14:05, yesterday 09:30, else the day and time."""
    clock = {"clock": said_clock(instant, exact=False)}
    if day_of(instant) == day_of(now):
        return _("today %(clock)s") % clock
    if day_of(instant) == day_of(now) - timedelta(days=1):
        return _("yesterday %(clock)s") % clock
    return said_instant(instant, exact=False)
