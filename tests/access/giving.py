"""Customers who give authorizations, through the services."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from datahub.access.models import CustomerAuthorization
from datahub.access.services import authorizations
from datahub.errors import DomainError
from datahub.market import AuthorizationPurpose, PartyType, Role
from datahub.outbox.models import Unit
from datahub.parties.models import MarketRole, Party, User
from datahub.periods import Period
from tests.agreements import market
from tests.agreements.market import BEGINNING, ELECTRICITY, GAS, HOUSE, MARI, NOW

ADVICE = "38X-DEMO-ESP---2"
ADVISER, SUPPLIER, AGGREGATOR = Role.ENERGY_SERVICE_PROVIDER, Role.OPEN_SUPPLIER, Role.AGGREGATOR
_PURPOSES = {
    ADVISER: AuthorizationPurpose.ENERGY_MANAGEMENT,
    SUPPLIER: AuthorizationPurpose.ENERGY_SUPPLY_OFFER,
    AGGREGATOR: AuthorizationPurpose.AGGREGATION_OFFER,
}
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
AS_USUAL: Any = object()


def adviser() -> Party:
    """Give the cast's energy service provider, of both commodities."""
    found, is_new = Party.objects.get_or_create(
        eic=ADVICE, defaults={"type": PartyType.MARKET_PARTICIPANT, "name": "Energianõu OÜ"}
    )
    if is_new:
        MarketRole.objects.bulk_create(
            MarketRole(participant=found, role=ADVISER, commodity=commodity, valid_from=BEGINNING)
            for commodity in (ELECTRICITY, GAS)
        )
    return found


def person(customer: str = MARI) -> User:
    """Give a customer as she signs in."""
    party = market.party(customer)
    return User.objects.get_or_create(username=f"user of {customer}", defaults={"party": party})[0]


def give(
    *points: str,
    customer: str = MARI,
    to: str = ADVICE,
    role: Role = ADVISER,
    purpose: AuthorizationPurpose | None = None,
    validity: Period | None = AS_USUAL,
    subject: Period | None = AS_USUAL,
    now: datetime = NOW,
    by: User | None = None,
) -> list[CustomerAuthorization]:
    """Let a customer give authorizations: usually to the adviser, from now on without an end, of 300 days each way."""
    if to == ADVICE:
        adviser()
    is_chosen = role == ADVISER
    usual = Period(now, None), Period(now - 300 * DAY, now + 300 * DAY)
    return authorizations.give_authorizations(
        customer=market.party(customer),
        by=by or person(customer),
        meter_eics=points or [HOUSE],
        participant=market.party(to),
        role=role,
        purpose=purpose or _PURPOSES[role],
        validity=(usual[0] if is_chosen else None) if validity is AS_USUAL else validity,
        subject=(usual[1] if is_chosen else None) if subject is AS_USUAL else subject,
        now=now,
    )


def given(*points: str, **how: Any) -> CustomerAuthorization:
    """Let a customer give one authorization."""
    (one,) = give(*points, **how)
    return one


def revoke(
    authorization: CustomerAuthorization, *, now: datetime = NOW, customer: str = MARI, by: User | None = None
) -> CustomerAuthorization:
    """Let a customer revoke an authorization."""
    return authorizations.revoke_authorization(
        authorization_id=authorization.pk, customer=market.party(customer), by=by or person(customer), now=now
    )


def refusals(error: DomainError) -> list[tuple[str, str]]:
    """Give the codes of a refusal, without their area and kind, and the paths."""
    return [(fault.code.name.rpartition(".")[2], fault.args[0]) for fault in error.faults]


def refused(act: Any, *args: Any, **how: Any) -> list[tuple[str, str]]:
    """Do what is to be refused; give the codes and paths of the refusal."""
    try:
        act(*args, **how)
    except DomainError as error:
        return refusals(error)
    raise AssertionError("it was not refused")


def ids(found: Sequence[CustomerAuthorization]) -> list[object]:
    """Give the keys of authorizations."""
    return [one.pk for one in found]


def nothing_is_left() -> None:
    """Ask that nothing was saved or told of."""
    assert not CustomerAuthorization.objects.exists()
    assert not Unit.objects.filter(saved_at=NOW).exists()
