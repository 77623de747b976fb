"""What a customer may let whom see, for how long. Source: `4-exchanges.md`, "Customer authorizations", the table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from datahub import market_time
from datahub.errors import Fault, any_of, codes, fault, phrase
from datahub.market import AuthorizationPurpose, Role
from datahub.periods import Period, union

OFFER_VALIDITY = timedelta(hours=48)
# So far back, counted from the giving, the readings go that an authorization opens.
SUBJECT_MONTHS = 12
# So far ahead, counted from the giving, they go where it has no end.
OPEN_ENDED_MONTHS = 36
# For what each receiver is given access; the only one for those that make an offer.
PURPOSES: dict[Role, tuple[AuthorizationPurpose, ...]] = {
    Role.OPEN_SUPPLIER: (AuthorizationPurpose.ENERGY_SUPPLY_OFFER,),
    Role.AGGREGATOR: (AuthorizationPurpose.AGGREGATION_OFFER,),
    Role.ENERGY_SERVICE_PROVIDER: (
        AuthorizationPurpose.ENERGY_MANAGEMENT,
        AuthorizationPurpose.ENERGY_EFFICIENCY,
        AuthorizationPurpose.FLEXIBILITY,
        AuthorizationPurpose.CARBON_ACCOUNTING,
        AuthorizationPurpose.RESEARCH,
    ),
}
# The receivers for whom the customer chooses both periods.
CHOSEN_FOR = Role.ENERGY_SERVICE_PROVIDER


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer asks for at a moment. Periods are left out where the table fixes them.

    `now` and all ends are whole seconds (`whole_second`), as messages and answers write them.
    """

    role: Role
    purpose: AuthorizationPurpose
    validity: Period | None
    subject: Period | None
    now: datetime


class Subject(NamedTuple):
    """The time of which an authorization opens the readings: always with an end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """When an authorization is valid, and of which time it opens the readings before they are cut to the customer's."""

    validity: Period
    subject: Subject


def whole_second(instant: datetime) -> datetime:
    """Give the whole second in which an instant lies, in UTC; of times that no rule allows as they are."""
    if not market_time.FIRST_INSTANT <= instant <= market_time.LAST_SECOND:
        # UTC may have no year for it.
        return instant.replace(microsecond=0)
    return instant.astimezone(UTC).replace(microsecond=0)


def whole_seconds(period: Period | None) -> Period | None:
    """Give a period whose ends are cut down to whole seconds."""
    if period is None:
        return None
    return Period(whole_second(period.start), None if period.end is None else whole_second(period.end))


def settle_terms(asked: Asked) -> tuple[Terms | None, list[Fault]]:
    """Give the terms that the role fixes or the customer chose; None, with every fault, where they may not be.

    48 hours for an offer of a supplier or aggregator, of the 12 months before now. For an energy service provider as
    chosen: from now on, with an end or without; readings from at most 12 months back to an end, which without an end of
    the authorization is at most 3 years ahead. Nothing lies behind the last year that the hub takes.
    """
    if asked.role not in PURPOSES:
        return None, [fault(codes.AUTHORIZATION_RECEIVER_ROLE, "role", asked.role, any_of(PURPOSES))]
    faults = []
    allowed = PURPOSES[asked.role]
    if asked.purpose not in allowed:
        faults.append(fault(codes.AUTHORIZATION_PURPOSE, "purpose", asked.purpose, asked.role, any_of(allowed)))
    if asked.role == CHOSEN_FOR:
        faults += _validity_faults(asked) + _subject_faults(asked)
        terms = None
        if asked.validity is not None and asked.subject is not None and asked.subject.end is not None:
            terms = Terms(asked.validity, Subject(asked.subject.start, asked.subject.end))
    else:
        faults += _fixed_faults(asked)
        back = market_time.months_before(asked.now, SUBJECT_MONTHS)
        terms = Terms(Period(asked.now, asked.now + OFFER_VALIDITY), Subject(back, asked.now))
    return (None if faults else terms), faults


def _fixed_faults(asked: Asked) -> list[Fault]:
    hours = OFFER_VALIDITY // timedelta(hours=1)
    fixed = {
        "periodStart": (asked.validity, phrase("{0} hours from now on", hours)),
        "subjectPeriodStart": (asked.subject, phrase("the {0} months before now", SUBJECT_MONTHS)),
    }
    return [
        fault(codes.AUTHORIZATION_PERIOD_FIXED, path, asked.role, meaning)
        for path, (given, meaning) in fixed.items()
        if given is not None
    ]


def _validity_faults(asked: Asked) -> list[Fault]:
    if asked.validity is None:
        return [fault(codes.MISSING, "periodStart")]
    start, end = asked.validity
    faults = []
    if start < asked.now:
        why = phrase("it begins now or later")
        faults.append(fault(codes.AUTHORIZATION_TOO_EARLY, "periodStart", start, asked.now, why))
    if end is not None and end <= start:
        faults.append(fault(codes.FROM_NOT_BEFORE_TO, "periodStart", start, "periodEnd", end))
    return faults + _late_faults({"periodStart": start, "periodEnd": end})


def _subject_faults(asked: Asked) -> list[Fault]:
    if asked.subject is None:
        return [fault(codes.MISSING, "subjectPeriodStart"), fault(codes.MISSING, "subjectPeriodEnd")]
    start, end = asked.subject
    faults = []
    earliest = market_time.months_before(asked.now, SUBJECT_MONTHS)
    if start < earliest:
        why = phrase("{0} months back", SUBJECT_MONTHS)
        faults.append(fault(codes.AUTHORIZATION_TOO_EARLY, "subjectPeriodStart", start, earliest, why))
    if end is None:
        return [*faults, fault(codes.MISSING, "subjectPeriodEnd"), *_late_faults({"subjectPeriodStart": start})]
    if end <= start:
        faults.append(fault(codes.FROM_NOT_BEFORE_TO, "subjectPeriodStart", start, "subjectPeriodEnd", end))
    latest = market_time.months_after(asked.now, OPEN_ENDED_MONTHS)
    if asked.validity is not None and asked.validity.end is None and end > latest:
        why = phrase("{0} months ahead, since the authorization has no end", OPEN_ENDED_MONTHS)
        faults.append(fault(codes.AUTHORIZATION_TOO_LATE, "subjectPeriodEnd", end, latest, why))
        end = None
    return faults + _late_faults({"subjectPeriodStart": start, "subjectPeriodEnd": end})


def _late_faults(instants: Mapping[str, datetime | None]) -> list[Fault]:
    """Ask for instants that the hub can write and be asked for."""
    latest, why = market_time.LAST_SECOND, phrase("the hub can hold no later time")
    return [
        fault(codes.AUTHORIZATION_TOO_LATE, path, instant, latest, why)
        for path, instant in instants.items()
        if instant is not None and instant > latest
    ]


def own_time(grids: Iterable[Period], now: datetime) -> Period | None:
    """Give the unbroken time around now of a customer's own GRID agreements at a point; None: none is in force."""
    return next((period for period in union(grids) if now in period), None)


def opened_time(grids: Iterable[Period], given_at: datetime) -> Period | None:
    """Give the unbroken time of a customer's own GRID agreements, as they now stand, that an authorization may open.

    It is the one in which the authorization was given: that which began last by then, since an agreement may end with
    the midnight before the moment at which its end is saved. What begins later is for a new authorization.
    """
    begun = [period for period in union(grids) if period.start <= given_at]
    return begun[-1] if begun else None


def cut_subject(subject: Subject, own: Period) -> Subject | None:
    """Give what of a subject period lies in the customer's own time at a point; None: nothing does."""
    start, end = max(subject.start, own.start), min(subject.end, own.end or subject.end)
    return Subject(start, end) if start < end else None


def end_when_revoked(validity: Period, at: datetime) -> datetime:
    """Give the end of an authorization that is revoked: that very instant, or its start if it has not begun."""
    return max(at, validity.start)
