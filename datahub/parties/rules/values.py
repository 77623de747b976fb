"""What may be known of a party, at one time and over time. Source: `1-market.md`, "Parties"."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from stdnum import iban

from datahub.errors import Fault, all_of, codes, fault, listing, phrase
from datahub.market import MetadataType, PartyType

MAX_VALUE_LENGTH = 250

NAMES: Mapping[PartyType, tuple[MetadataType, ...]] = {
    PartyType.ORGANIZATION: (MetadataType.ORGANIZATION_NAME,),
    PartyType.PHYSICAL_PERSON: (MetadataType.FIRST_NAME, MetadataType.LAST_NAME),
    PartyType.LEGAL_PERSON: (MetadataType.COMPANY_NAME,),
    PartyType.MARKET_PARTICIPANT: (MetadataType.COMPANY_NAME,),
}
EVERY_NAME = frozenset(name for names in NAMES.values() for name in names)

BILLING_METHODS = ("EMAIL", "POST", "BANK", "SELF_SERVICE", "B2B_BILL")
_BILLING_METHOD_NEEDS: Mapping[str, tuple[MetadataType, ...]] = {
    "EMAIL": (MetadataType.EMAIL,),
    "POST": (MetadataType.BILLING_ADDRESS,),
    "BANK": (MetadataType.BILLING_BANK_NAME, MetadataType.BILLING_BANK_ACCOUNT),
}


def metadata_faults(
    party_type: PartyType,
    values: Mapping[MetadataType, str],
    path: str,
    is_email: Callable[[str], bool],
    places: Mapping[MetadataType, str] | None = None,
) -> list[Fault]:
    """Give what is wrong with the values that are to be known of a party at one time, its name included.

    `places` has the paths of the entries of a message that give values; the others stand at `path.TYPE`.
    """
    faults = _each_value_faults(party_type, values, path, is_email, places or {})
    return faults + [lack.fault(path) for lack in lacks(party_type, values)]


def _each_value_faults(
    party_type: PartyType,
    values: Mapping[MetadataType, str],
    path: str,
    is_email: Callable[[str], bool],
    places: Mapping[MetadataType, str],
) -> list[Fault]:
    faults = []
    names = NAMES[party_type]
    for kind, value in values.items():
        entry = places.get(kind)
        if kind in EVERY_NAME and kind not in names:
            at = f"{entry}.metadataType" if entry else f"{path}.{kind}"
            wanted = phrase("of the names of a {0} only {1}", party_type, all_of(names))
            faults.append(fault(codes.INVALID_ENUM, at, wanted, kind))
        faults += value_faults(kind, value, f"{entry}.metadataValue" if entry else f"{path}.{kind}", is_email)
    return faults


def value_faults(kind: MetadataType, value: str, at: str, is_email: Callable[[str], bool]) -> list[Fault]:
    """Give what is wrong with one value, whoever it is known of and whatever else is; `at` is its path."""
    faults = []
    if len(value) > MAX_VALUE_LENGTH:
        faults.append(fault(codes.FIELD_CANNOT_BE_LONGER, at, len(value), MAX_VALUE_LENGTH))
    if kind == MetadataType.EMAIL and not is_email(value):
        faults.append(fault(codes.INVALID_EMAIL, at, value))
    if kind == MetadataType.BILLING_BANK_ACCOUNT and not iban.is_valid(value):
        faults.append(fault(codes.INVALID_PATTERN, at, value, phrase("an IBAN with correct check digits")))
    if kind == MetadataType.BILLING_METHOD:
        methods = _billing_methods(value)
        wanted = phrase("a set of {0}", listing(BILLING_METHODS))
        faults += [
            fault(codes.INVALID_ENUM, at, wanted, method or phrase("an empty one"))
            for method in dict.fromkeys(methods)
            if method not in BILLING_METHODS
        ]
        if len(set(methods)) < len(methods):
            faults.append(fault(codes.INVALID_PATTERN, at, ",".join(methods), phrase("a set, each method once")))
    return faults


def _billing_methods(value: str) -> list[str]:
    return [method.strip() for method in value.split(",")]


def is_same_value(kind: MetadataType, one: str, other: str) -> bool:
    """Tell whether two values say the same: a set has no order, and an IBAN may be written in groups."""
    if kind == MetadataType.BILLING_METHOD:
        return set(_billing_methods(one)) == set(_billing_methods(other))
    return kept_value(kind, one) == kept_value(kind, other)


def kept_value(kind: MetadataType, value: str) -> str:
    """Give a value as it is kept: an IBAN without spaces, in capitals."""
    return iban.compact(value) if kind == MetadataType.BILLING_BANK_ACCOUNT else value


@dataclass(frozen=True, slots=True)
class Lack:
    """A value that has to be known of a party and is not: a part of its name, or what a billing method needs."""

    type: MetadataType
    method: str = ""

    def fault(self, path: str, since: datetime | None = None) -> Fault:
        """Give the fault of what is lacking, now or from a later instant on."""
        at = f"{path}.{self.type}" if self.method else phrase("{0} of the type {1}", path, self.type)
        if since is not None and self.method:
            where = phrase("from {0} on (for the billing method {1})", since, self.method)
        elif since is not None:
            where = phrase("from {0} on", since)
        elif self.method:
            where = phrase("(for the billing method {0})", self.method)
        else:
            return fault(codes.MISSING, at)
        return fault(codes.MISSING_WHERE, at, where)


def lacks(party_type: PartyType, values: Mapping[MetadataType, str]) -> list[Lack]:
    """Give what is lacking where these values are known of a party of that type."""
    methods = dict.fromkeys(_billing_methods(values.get(MetadataType.BILLING_METHOD, "")))
    wanted = [Lack(name) for name in NAMES[party_type]]
    wanted += [Lack(needed, method) for method in methods for needed in _BILLING_METHOD_NEEDS.get(method, ())]
    return [lack for lack in wanted if not values.get(lack.type, "").strip()]


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a party of one type in [valid_from, valid_to); `path` is that of a message's entry or ""."""

    type: MetadataType
    value: str
    valid_from: datetime
    valid_to: datetime | None
    path: str = field(default="", compare=False)

    def valid_at(self, instant: datetime) -> bool:
        """Tell whether it is known for an instant."""
        return self.valid_from <= instant and (self.valid_to is None or self.valid_to > instant)

    def begins_within(self, start: datetime, end: datetime | None) -> bool:
        """Tell whether it begins in [start, end)."""
        return start <= self.valid_from and (end is None or self.valid_from < end)


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A value as a message gives it: without a start it begins now, without an end it lasts until the next one."""

    type: MetadataType
    value: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    path: str = ""


def settle_values(
    known: Sequence[Value], given: Sequence[GivenValue], now: datetime
) -> tuple[list[Value], list[Fault]]:
    """Give everything that is known of a party after a save, with its history, and what of the given cannot be.

    A new value ends the former of its type; one that has begun is never lost, one that is yet to begin is replaced by a
    value with the same start and by one that is given for a time in which it would begin. The same value again changes
    at most its end. What is not named stays. Of one type no two of the given begin together, and none begins before
    the end that another one names for itself.
    """
    settled: dict[MetadataType, list[Value]] = defaultdict(list)
    for value in known:
        settled[value.type].append(value)
    faults: list[Fault] = []
    starts: set[tuple[MetadataType, datetime]] = set()
    lasting: dict[MetadataType, GivenValue] = {}
    for one in sorted(given, key=lambda one: one.valid_from or now):
        start = one.valid_from or now
        if (one.type, start) in starts:
            wanted = phrase("a time at which no other {0} of the message begins", one.type)
            faults.append(fault(codes.INVALID_PATTERN, f"{one.path}.validFrom", start, wanted))
            continue
        starts.add((one.type, start))
        former = lasting.get(one.type)
        if former is not None and former.valid_to is not None and start < former.valid_to:
            wanted = phrase("{0}, when {1} ends, or later", former.valid_to, former.path)
            faults.append(fault(codes.INVALID_PATTERN, f"{one.path}.validFrom", start, wanted))
            continue
        if one.valid_to is not None:
            lasting[one.type] = one
        settled[one.type], found = _settle_one(settled[one.type], one, start, now)
        faults += found
    return [value for kind in settled for value in sorted(settled[kind], key=lambda v: v.valid_from)], faults


def _settle_one(
    known: list[Value], given: GivenValue, start: datetime, now: datetime
) -> tuple[list[Value], list[Fault]]:
    at, end = given.path, given.valid_to
    valid = (value for value in known if value.valid_at(start))
    same = next((value for value in valid if is_same_value(value.type, value.value, given.value)), None)
    if end is not None and end <= (same.valid_from if same else start):
        began = same.valid_from if same else start
        return known, [fault(codes.FROM_NOT_BEFORE_TO, f"{at}.validFrom", began, f"{at}.validTo", end)]
    if same is not None:
        return _settle_end(known, same, given, now)
    if end is not None and end <= now:
        return known, [fault(codes.INVALID_PATTERN, f"{at}.validTo", end, phrase("later than {0}, now", now))]
    begun = [value for value in known if value.valid_from < now and value.begins_within(start, end)]
    if begun:
        wanted = phrase("later than {0}, when the known {1} began", begun[-1].valid_from, given.type)
        return known, [fault(codes.INVALID_PATTERN, f"{at}.validFrom", start, wanted)]
    if end is None:
        end = min((value.valid_from for value in known if value.valid_from > start), default=None)
    kept = [value for value in known if not value.begins_within(start, end)]
    kept = [replace(value, valid_to=start) if value.valid_at(start) else value for value in kept]
    return [*kept, Value(given.type, kept_value(given.type, given.value), start, end, at)], []


def _settle_end(known: list[Value], same: Value, given: GivenValue, now: datetime) -> tuple[list[Value], list[Fault]]:
    others = [value for value in known if value is not same]
    end = given.valid_to
    if end is None:
        end = min((value.valid_from for value in others if value.valid_from > same.valid_from), default=None)
    if end == same.valid_to:
        return known, []
    if same.valid_to is not None and same.valid_to <= now:
        wanted = phrase("{0}: that value has ended", same.valid_to)
        return known, [fault(codes.INVALID_PATTERN, f"{given.path}.validTo", end or phrase("open"), wanted)]
    moved = replace(same, valid_to=end, path=given.path)
    # What begins where it now goes on is yet to begin: the value itself is not over.
    return [*(value for value in others if not value.begins_within(same.valid_from, end)), moved], []


def values_faults(
    party_type: PartyType, values: Sequence[Value], path: str, is_email: Callable[[str], bool], now: datetime
) -> list[Fault]:
    """Give what is wrong with the values known of a party now, and after each later start or end of one of them."""
    moments = {now}
    for value in values:
        moments |= {moment for moment in (value.valid_from, value.valid_to) if moment is not None and moment > now}
    faults: dict[Fault, None] = {}
    lacking: dict[Lack, Fault] = {}
    for moment in sorted(moments):
        valid = [value for value in values if value.valid_at(moment)]
        known = {value.type: value.value for value in valid}
        places = {value.type: value.path for value in valid}
        faults |= dict.fromkeys(_each_value_faults(party_type, known, path, is_email, places))
        for lack in lacks(party_type, known):
            # Told of the first moment at which it lacks.
            lacking.setdefault(lack, lack.fault(path, None if moment == now else moment))
    return [*faults, *lacking.values()]
