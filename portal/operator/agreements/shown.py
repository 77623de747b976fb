"""Agreements as the pages show them: their parties as far as they may be seen, their time line, what may be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from datahub.access import selectors as access
from datahub.access.agreement_search import FoundAgreement
from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.agreements.rules import dates, parties
from datahub.agreements.rules.consequences import Action, Effect
from datahub.agreements.services.deciding import Reference
from datahub.agreements.services.previews import Preview
from datahub.market import AgreementType, Commodity, PartyType, Permission, Role
from datahub.parties.models import Party
from portal.acting import OperatorChoice
from portal.operator.agreements.forms import ENDING_DAYS, State, Whose
from portal.pictures import timeline
from portal.pictures.timeline import Span, SpanState, Timeline
from portal.words.labels import label

# From what a customer is connected to down to what the hub makes of it.
LANES = (
    AgreementType.GRID,
    AgreementType.BORDER_GRID,
    AgreementType.SUPPLY,
    AgreementType.GENERAL_SERVICE,
    AgreementType.BORDER_SUPPLY,
    AgreementType.AGGREGATION,
)
_ABOUT_THE_CUSTOMER = frozenset(
    {
        AgreementType.GRID,
        AgreementType.BORDER_GRID,
        AgreementType.PORTFOLIO_SUPPLIER,
    }
)


@dataclass(frozen=True, slots=True)
class ShownParty:
    """A party: its name where it is a participant of the market, else its code alone; None of one not to be seen."""

    eic: str
    name: str

    def __str__(self) -> str:
        return self.name or self.eic


@dataclass(frozen=True, slots=True)
class Row:
    """An agreement in a list or at the head of its page."""

    agreement: Agreement
    provider: ShownParty | None
    customer: ShownParty | None
    state: State


@dataclass(frozen=True, slots=True)
class Acts:
    """What may be done with an agreement now."""

    change: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True)
class ShownEffect:
    """What an act does to an agreement; parties are None where they are not to be seen."""

    type: AgreementType
    action: Action
    commodity: Commodity
    valid_from: datetime
    valid_to: datetime | None
    former_valid_to: datetime | None
    provider: str | None
    customer: str | None

    @property
    def is_longer(self) -> bool:
        """Whether it ends later than before."""
        return self.former_valid_to is not None and (self.valid_to is None or self.valid_to > self.former_valid_to)


def list_url() -> str:
    """Give the page of all agreements."""
    return reverse("operator:agreements")


def followed_url(agreement: Agreement) -> str:
    """Give the list of what the hub makes at points of an agreement between parties, empty where it makes nothing."""
    provider, customer = agreement.service_provider.eic, agreement.customer.eic
    asked = {
        AgreementType.NAMED_SUPPLIER: {"type": AgreementType.GENERAL_SERVICE, "provider": provider},
        AgreementType.PORTFOLIO_SUPPLIER: {
            "type": AgreementType.BORDER_SUPPLY,
            "provider": provider,
            "customer": customer,
        },
    }.get(AgreementType(agreement.type))
    return f"{list_url()}?{urlencode(asked)}" if asked else ""


def state_of(agreement: Agreement, now: datetime) -> State:
    """Say when an agreement is valid, seen from now, or that it was deleted."""
    if agreement.deleted_at is not None:
        return State.DELETED
    if agreement.valid_from > now:
        return State.FUTURE
    return State.ENDED if agreement.valid_to is not None and agreement.valid_to <= now else State.ACTIVE


def of_state(found: QuerySet[Agreement], state: State | None, now: datetime) -> QuerySet[Agreement]:
    """Keep the agreements of a state; the deleted ones are found apart."""
    if state == State.ACTIVE:
        return found.filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)
    if state == State.FUTURE:
        return found.filter(valid_from__gt=now)
    if state == State.ENDING:
        return found.filter(valid_to__gt=now, valid_to__lte=now + timedelta(days=ENDING_DAYS))
    # What has ended is found by its end, as it was kept: the index has it in that order.
    return found.filter(valid_to__lte=now) if state == State.ENDED else found


def on_side(whose: Whose, participant: Party, role: Role) -> Q:
    """Pick the agreements in which a participant stands on a side in a role; on any of those that it may see."""
    if whose == Whose.PROVIDER:
        return access.own_agreements(participant, role)
    return access.as_customer_in(participant, role) if whose == Whose.CUSTOMER else Q()


def party(shown: Party) -> ShownParty:
    """Give a party as it is shown: people and customers by their code alone."""
    return ShownParty(shown.eic, shown.name if shown.type == PartyType.MARKET_PARTICIPANT else "")


def parties_by(codes: Iterable[str]) -> dict[str, ShownParty]:
    """Give parties as they are shown, by their codes; one that is not known yet by its code alone."""
    wanted = set(codes)
    known = {one.eic: party(one) for one in Party.objects.filter(eic__in=wanted)}
    return {code: known.get(code) or ShownParty(code, "") for code in wanted}


def row(one: FoundAgreement, *, now: datetime, names: Mapping[str, str]) -> Row:
    """Give an agreement with what may be seen of its parties; `names` are those of customers, by their codes."""
    found = one.agreement
    customer = party(found.customer)
    return Row(
        found,
        party(found.service_provider) if one.with_provider else None,
        replace(customer, name=names.get(customer.eic, customer.name)) if one.with_customer else None,
        state_of(found, now),
    )


def timeline_of(read: Iterable[FoundAgreement], *, current: Agreement, now: datetime) -> Timeline:
    """Give the time line of the agreements that stand beside one."""
    return timeline.timeline(
        [_span(one, current) for one in read],
        now=now,
        id="beside",
        caption=_("All agreements of the metering point that you may see")
        if current.point_id
        else _("All agreements of this type with this customer that you may see"),
        lane_order=LANES,
        commodity=current.commodity,
    )


def _span(one: FoundAgreement, current: Agreement) -> Span:
    found = one.agreement
    about_customer = found.type in _ABOUT_THE_CUSTOMER
    seen = one.with_customer if about_customer else one.with_provider
    shown = party(found.customer if about_customer else found.service_provider)
    return Span(
        lane=found.type,
        lane_name=label(AgreementType(found.type)),
        label=str(shown) if seen else _("party not shown"),
        start=found.valid_from,
        end=found.valid_to,
        url="" if found.pk == current.pk else reverse("operator:agreement", args=[found.pk]),
        state=SpanState.DELETED if found.deleted_at else SpanState.STANDING,
        note=_("This agreement") if found.pk == current.pk else "",
    )


def types_of(role: Role, commodity: Commodity) -> list[AgreementType]:
    """Give the types of agreement that are registered in a role."""
    return [kind for kind, by in parties.REGISTRARS.items() if role in by.get(commodity, ())]


def is_registrar(agreement: Agreement, acting: OperatorChoice) -> bool:
    """Tell whether an agreement is one that somebody's participant registers in the role, and so may change."""
    kind = AgreementType(agreement.type)
    if kind not in types_of(acting.role, acting.commodity):
        return False
    if kind in parties.REGISTERED_BY_CUSTOMER:
        return agreement.customer_id == acting.participant.pk and agreement.customer_role == acting.role
    return agreement.service_provider_id == acting.participant.pk and agreement.service_provider_role == acting.role


def acts_on(agreement: Agreement, acting: OperatorChoice, *, now: datetime) -> Acts:
    """Say what somebody may do with an agreement now."""
    if agreement.deleted_at or not acting.may(Permission.EDITOR_AGREEMENT) or not is_registrar(agreement, acting):
        return Acts()
    fact = selectors.fact_of(agreement)
    return Acts(change=not dates.change_faults(fact, now=now), delete=not dates.delete_faults(fact, now=now))


def reference_to(agreement: Agreement) -> Reference:
    """Give what names an agreement."""
    return Reference(
        type=AgreementType(agreement.type),
        service_provider_eic=agreement.service_provider.eic,
        customer_eic=agreement.customer.eic,
        commodity=Commodity(agreement.commodity),
        valid_from=agreement.valid_from,
        point_eic=agreement.point.eic if agreement.point else None,
    )


def effects_of(preview: Preview, acting: OperatorChoice) -> list[ShownEffect]:
    """Give what an act would do to others; whose agreements these are is told of one's own point and of one's own."""
    owns = preview.direct.subject.type in parties.AT_OWN_POINT
    found = [_effect(effect, acting, owns=owns) for effect in _as_changes(preview.caused)]
    names = parties_by(code for one in found for code in (one.provider, one.customer) if code)
    return [
        ShownEffect(
            one.type,
            one.action,
            one.commodity,
            one.valid_from,
            one.valid_to,
            one.former_valid_to,
            str(names[one.provider]) if one.provider else None,
            str(names[one.customer]) if one.customer else None,
        )
        for one in found
    ]


def _as_changes(caused: Iterable[Effect]) -> list[Effect]:
    """Give effects so that one which is deleted and made anew from the same time on is what it is to people: changed.

    The hub changes no agreement that it made itself, it makes another in its place.
    """
    given = list(caused)
    anew = {_same(one.after): one for one in given if one.before is None and one.after}
    deleted = {_same(one.before) for one in given if one.after is None and one.before}
    found = []
    for one in given:
        if one.before and one.after is None and (made := anew.get(_same(one.before))):
            found.append(Effect(made.reason, one.before, made.after))
        elif one.before or _same(one.after) not in deleted:
            found.append(one)
    return found


def _same(fact: AgreementFact | None) -> tuple[object, ...] | None:
    if fact is None:
        return None
    both = (fact.service_provider_eic, fact.customer_eic)
    return (fact.type, fact.commodity, fact.point_eic, *both, fact.valid_from)


def _effect(effect: Effect, acting: OperatorChoice, *, owns: bool) -> ShownEffect:
    subject, before = effect.subject, effect.before
    own = acting.participant.eic in (subject.service_provider_eic, subject.customer_eic)
    return ShownEffect(
        subject.type,
        effect.action,
        subject.commodity,
        subject.valid_from,
        subject.valid_to,
        before.valid_to if before else None,
        subject.service_provider_eic if owns or own else None,
        subject.customer_eic if owns or own else None,
    )
