"""What is wrong with what a supplier saves. Source: `4-exchanges.md`, "Connection and disconnection requests"."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from connections.rules.states import REASONS, RequestedState, RequestReason
from connections.rules.transitions import Act, Need, Transition
from datahub.errors import Fault, any_of, codes, fault, phrase
from datahub.exchanges.rules import OPERATOR_ROLES
from datahub.market import Commodity, ConnectionState

# A comment of either side, in characters.
LONGEST_COMMENT = 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a supplier asks of an operator."""

    service_provider_eic: str
    meter_eic: str
    customer_eic: str
    requested_state: RequestedState
    reason: RequestReason
    preferred_date: date
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a change names; None stays as it is."""

    service_provider_eic: str | None = None
    meter_eic: str | None = None
    customer_eic: str | None = None
    requested_state: RequestedState | None = None
    reason: RequestReason | None = None
    preferred_date: date | None = None
    comment: str | None = None


# The fields by which a request is what it is, and those that a cancellation leaves alone, by their names on the wire.
_PLACE = {"service_provider_eic": "serviceProviderEic", "meter_eic": "meterEic", "customer_eic": "customerEic"}
_CONTENT = {"reason": "requestReason", "preferred_date": "preferredDate"}


def act_of(change: Change, asked: ConnectionState) -> Act:
    """Give what a change does to a request that asks for a state."""
    if change.requested_state == RequestedState.CANCELLED:
        return Act.CANCEL
    return Act.CHANGE if change.requested_state is None or change.requested_state.value == asked.value else Act.REVERSE


def merged(standing: Terms, change: Change) -> Terms:
    """Give what a request asks once it is changed."""
    named = {
        name: value
        for name in ("requested_state", "reason", "preferred_date", "comment")
        if (value := getattr(change, name)) is not None
    }
    return replace(standing, **named)


def field_faults(
    line: Transition,
    terms: Terms,
    *,
    standing: Terms | None = None,
    change: Change | None = None,
    today: date,
    path: str,
) -> list[Fault]:
    """Tell what is wrong with the fields of a new or changed request, in their order.

    `line` says what the act needs; of a change `standing` is what was asked before and `terms` what is asked with it.
    """
    faults = []
    if standing is not None and change is not None:
        kept = _PLACE if Need.SAME_PLACE in line.needs else {}
        faults += _kept_faults(kept, standing, change, "", path)
    if Need.REASON_FITS in line.needs:
        faults += _reason_faults(terms, path)
    if Need.PREFERRED_DATE in line.needs:
        is_new = standing is None or terms.preferred_date != standing.preferred_date
        if is_new and terms.preferred_date < today:
            field = f"{path}.preferredDate"
            faults.append(fault(codes.CONNECTION_PREFERRED_DATE_PAST, field, terms.preferred_date, today))
    if Need.NOTHING_ELSE in line.needs and standing is not None and change is not None:
        faults += _kept_faults(_CONTENT, standing, change, phrase(" where the request is cancelled"), path)
    return faults


def _kept_faults(names: dict[str, str], standing: Terms, change: Change, where: str, path: str) -> list[Fault]:
    pairs = [(field, getattr(standing, name), getattr(change, name)) for name, field in names.items()]
    return [
        fault(codes.CONNECTION_ATTRIBUTE_CANNOT_BE_CHANGED, f"{path}.{field}", before, after, where)
        for field, before, after in pairs
        if after not in (None, before)
    ]


def _reason_faults(terms: Terms, path: str) -> list[Fault]:
    possible = REASONS[ConnectionState(terms.requested_state)]
    if terms.reason in possible:
        return []
    names, field = any_of(possible), f"{path}.requestReason"
    return [fault(codes.CONNECTION_REASON_MISMATCH, field, terms.reason, terms.requested_state, names)]


def operator_faults(terms: Terms, held: Iterable[str], commodity: Commodity, *, path: str) -> list[Fault]:
    """Tell whether the one asked cannot be asked: `held` are the roles of its code for the commodity now.

    A code that nobody bears holds none, and is refused in the same words.
    """
    if set(held) & set(OPERATOR_ROLES):
        return []
    roles = any_of(OPERATOR_ROLES)
    field = f"{path}.serviceProviderEic"
    return [fault(codes.CONNECTION_SERVICE_PROVIDER, field, terms.service_provider_eic, roles, commodity)]
