"""Who is to be told what of a change, written straight from the tables of `3-distribution.md`: slow, and plain.

It looks at the whole market before and after the save and shares nothing with `distribution.rules`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType
from tests.agreements.asking import PLACES

A = AgreementType
# Participant, market role, commodity.
Who = tuple[str, str, str]
# Who, resource type, reason, content.
Message = tuple[Who, str, str, str]
SERVES = {A.SUPPLY, A.GENERAL_SERVICE}


@dataclass(frozen=True)
class World:
    """All agreements that stand at one moment."""

    agreements: tuple[AgreementFact, ...]
    now: datetime

    def lasting(self, one: AgreementFact) -> bool:
        return one.valid_to is None or one.valid_to > self.now

    def at(self, eic: str | None, *types: AgreementType) -> list[AgreementFact]:
        return [a for a in self.agreements if eic is not None and a.point_eic == eic and a.type in types]

    def below(self, eic: str | None) -> list[AgreementFact]:
        return [a for a in self.agreements if eic is not None and a.parent_point_eic == eic]

    def chain(self, eic: str, commodity: str, at: datetime) -> set[Who]:
        """Give everyone above a participant at one instant, walking up."""
        found: set[Who] = set()
        walked, to_walk = {eic}, [eic]
        while to_walk:
            member = to_walk.pop()
            for a in self.agreements:
                above = a.type == A.PORTFOLIO_SUPPLIER and a.customer_eic == member and a.commodity == commodity
                if above and a.valid_from <= at and (a.valid_to is None or at < a.valid_to):
                    provider = a.service_provider_eic
                    if provider not in walked:
                        found.add((provider, a.service_provider_role, commodity))
                        walked.add(provider)
                        to_walk.append(provider)
        return found

    def chain_of(self, agreement: AgreementFact) -> set[Who]:
        """Give the portfolio providers of an agreement's provider, now or when the agreement starts."""
        at = max(self.now, agreement.valid_from)
        return self.chain(agreement.service_provider_eic, agreement.commodity, at)

    def provider_and_chain(self, agreement: AgreementFact) -> set[Who]:
        return {provider(agreement)} | self.chain_of(agreement)


def provider(one: AgreementFact) -> Who:
    return one.service_provider_eic, one.service_provider_role, one.commodity


def customer(one: AgreementFact) -> set[Who]:
    return {(one.customer_eic, one.customer_role, one.commodity)} if one.customer_role else set()


def operator(eic: str) -> Who:
    place = PLACES[PLACES[eic].parent or eic]
    return place.owner, place.owner_role, place.commodity


@dataclass(frozen=True)
class Change:
    """What was done to one agreement: before and after, the reason, and the sender if that saved it itself."""

    reason: str
    before: AgreementFact | None
    after: AgreementFact | None
    sender: str | None

    @property
    def what(self) -> str:
        return self.reason.split("_BC_")[0]

    @property
    def subject(self) -> AgreementFact:
        subject = self.after or self.before
        assert subject is not None
        return subject


def overlaps(one: AgreementFact, other: AgreementFact) -> bool:
    starts_before_end = one.valid_to is None or other.valid_from < one.valid_to
    return starts_before_end and (other.valid_to is None or one.valid_from < other.valid_to)


def row(change: Change, world: World) -> set[Who]:
    """Give whom the row of the agreement's type names, with the chains of those told as service providers."""
    one, eic = change.subject, change.subject.point_eic
    told: set[Who] = set()
    match one.type:
        case A.GRID | A.BORDER_GRID:
            if change.what != "CREATE":
                standing = [*world.at(eic, A.SUPPLY, A.BORDER_SUPPLY), *world.below(eic)]
                for a in standing:
                    if world.lasting(a):
                        told |= world.provider_and_chain(a)
        case A.SUPPLY:
            told.add(operator(eic or ""))
        case A.AGGREGATION:
            sides = [a for a in (change.before, change.after) if a is not None]
            served = world.at(one.parent_point_eic, A.GENERAL_SERVICE, A.SUPPLY, A.BORDER_SUPPLY)
            for a in served:
                if any(overlaps(a, side) for side in sides):
                    told |= world.provider_and_chain(a) | {operator(eic or "")}
        case A.PORTFOLIO_SUPPLIER | A.NAMED_SUPPLIER | A.JOINT_INVOICE:
            told |= {provider(one)} | customer(one)
        case A.GENERAL_SERVICE:
            told |= {provider(one), operator(eic or "")}
        case A.BORDER_SUPPLY:
            told |= {provider(one), operator(eic or "")} | customer(one)
    return told


def told_of(change: Change, before: World, after: World) -> list[Message]:
    """Give the messages of a changed agreement: one for each who is entitled before the save or after it."""
    one = change.subject
    direct = row(change, before) | row(change, after)
    above = before.chain_of(one) | after.chain_of(one)
    caused = "_BC_" in change.reason
    if one.type == A.AGGREGATION and not caused and not direct:
        return []
    told = direct | above | ({provider(one)} if caused else set())
    told = {who for who in told if who[0] != change.sender}
    return [(who, "AGREEMENT", change.reason, content(one, *view(who, change, before, after, above))) for who in told]


def view(who: Who, change: Change, before: World, after: World, above: set[Who]) -> tuple[bool, bool]:
    """Tell whether one sees the provider and the customer."""
    one = change.subject
    of_supplier = one.service_provider_role in {"OPEN_SUPPLIER", "AGGREGATOR"}
    if who in {provider(one)} | customer(one) or (of_supplier and who in above):
        return True, True
    if one.point_eic is not None and who == operator(one.point_eic):
        return True, True
    places = {one.point_eic, one.parent_point_eic} - {None}
    sees_customer = any(
        provider(a) == who and a.customer_eic == one.customer_eic and world.lasting(a)
        for world in (before, after)
        for a in world.agreements
        if a.point_eic in places or (a.parent_point_eic is not None and a.parent_point_eic == one.point_eic)
    )
    return sees_customer and one.type in {A.GRID, A.BORDER_GRID}, sees_customer


def content(one: AgreementFact, sees_provider: bool, sees_customer: bool) -> str:
    fields: dict[str, Any] = {}
    if one.agreement_id:
        fields["agreementId"] = one.agreement_id
    if one.point_eic:
        fields["meterEic"] = one.point_eic
    fields["agreementType"] = str(one.type)
    fields["preliminaryTerminationFee"] = one.preliminary_termination_fee
    fields["commodityType"] = str(one.commodity)
    fields["validFrom"] = in_utc(one.valid_from)
    if one.valid_to is not None:
        fields["validTo"] = in_utc(one.valid_to)
    if sees_provider:
        fields["serviceProviderEic"] = one.service_provider_eic
    if sees_customer:
        fields["customerEic"] = one.customer_eic
    return repr([sorted(fields.items())])


def in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def told_of_point(eic: str, sender: str, world: World) -> set[Who]:
    """Give whom the rows of metering points name."""
    place = PLACES[eic]
    told: set[Who] = set()
    if world.at(eic, A.BORDER_GRID):
        for a in world.at(eic, A.BORDER_GRID):
            told |= customer(a) if world.lasting(a) else set()
    elif place.parent is not None:
        for a in world.at(place.parent, *SERVES):
            told |= world.provider_and_chain(a) if world.lasting(a) else set()
    else:
        for a in [*world.at(eic, *SERVES), *world.below(eic)]:
            told |= world.provider_and_chain(a) if world.lasting(a) else set()
    return {who for who in told if who[0] != sender}


def changes(
    before: World, after: World, *, direct: int | None, cause: str, sender: str, told_services: set[int]
) -> dict[str, list[Change]]:
    """Give what is to be told of a save, by metering point: what differs, each with its reason.

    `direct` is the id of the agreement that the sender saved itself. Of a general service that nobody was told of
    nothing is told, and of one that starts later neither.
    """
    was = {a.id: replace(a, quiet=False) for a in before.agreements}
    stands = {a.id: replace(a, quiet=False) for a in after.agreements}
    found: dict[str, list[Change]] = {}
    for number in sorted(was.keys() | stands.keys()):
        old, new = was.get(number), stands.get(number)
        if old == new:
            continue
        what = "CREATE" if old is None else "DELETE" if new is None else "UPDATE"
        subject = new or old
        assert subject is not None
        if subject.type == A.GENERAL_SERVICE:
            if what == "DELETE" and number not in told_services:
                continue
            if what == "CREATE" and subject.valid_from > after.now:
                continue
        by_hand = number == direct
        reason = what if by_hand else f"{what}_BC_{cause}"
        place = subject.parent_point_eic or subject.point_eic or ""
        found.setdefault(place, []).append(Change(reason, old, new, sender if by_hand else None))
    return found
