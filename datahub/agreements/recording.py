"""Keeping what was decided: agreements, their versions and the changes to be told, stamped with the save's unit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.rules.consequences import Action, Effect, Outcome
from datahub.market import ResourceType
from datahub.metering.models import MeteringPoint
from datahub.outbox.changes import Change
from datahub.outbox.services import OpenUnit
from datahub.parties.models import Party

# What an effect may change in an agreement; everything else stands as it was registered.
_CHANGEABLE = ("agreement_id", "valid_to", "original_valid_to")
# Deletes make room for what grows, and both for what is new.
_ORDER = (Action.DELETE, Action.UPDATE, Action.CREATE)


def keep(outcome: Outcome, *, unit: OpenUnit, now: datetime) -> AgreementFact | None:
    """Save every effect of an act and record its change; give the subject of the act as saved, None if deleted."""
    saved: dict[int, AgreementFact | None] = {}
    places = sorted(range(len(outcome.effects)), key=lambda place: _ORDER.index(outcome.effects[place].action))
    for place in places:
        effect = outcome.effects[place]
        saved[place] = _save(effect, unit_id=unit.id, now=now)
    for place, effect in enumerate(outcome.effects):
        before, after = effect.before, saved[place]
        subject = after or before
        assert subject is not None  # noqa: S101  (an effect has a before or an after)
        unit.record(
            Change(
                ResourceType.AGREEMENT,
                effect.reason,
                str(subject.id),
                before=before.as_json() if before else None,
                after=after.as_json() if after else None,
            )
        )
    return saved[0]


def _save(effect: Effect, *, unit_id: int, now: datetime) -> AgreementFact | None:
    before, after = effect.before, effect.after
    if before is None:
        assert after is not None  # noqa: S101  (an effect has a before or an after)
        return create([after], unit_id=unit_id, now=now)[0]
    agreement = Agreement.objects.select_for_update().get(pk=before.id)
    agreement.version += 1
    agreement.changed_at = now
    AgreementVersion.objects.filter(current=agreement, known_to=None).update(known_to=unit_id)
    if after is None:
        agreement.deleted_at = now
        agreement.save(update_fields=["version", "changed_at", "deleted_at"])
        return None
    for name in _CHANGEABLE:
        setattr(agreement, name, getattr(after, name))
    agreement.save(update_fields=["version", "changed_at", *_CHANGEABLE])
    AgreementVersion.objects.bulk_create([_version(agreement, unit_id, now)])
    return after


def _version(agreement: Agreement, unit_id: int, now: datetime) -> AgreementVersion:
    fields = {field.attname: getattr(agreement, field.attname) for field in agreement._meta.concrete_fields}
    for only_of_the_agreement in ("id", "created_at", "changed_at", "deleted_at"):
        del fields[only_of_the_agreement]
    return AgreementVersion(current=agreement, known_from=unit_id, saved_at=now, **fields)


def create(facts: Sequence[AgreementFact], *, unit_id: int, now: datetime) -> list[AgreementFact]:
    """Save new agreements with their first versions; give them as saved. Points and parties must exist."""
    point_eics = {fact.point_eic for fact in facts if fact.point_eic is not None}
    points = {
        eic: (pk, parent, parent_eic)
        for eic, pk, parent, parent_eic in MeteringPoint.objects.filter(eic__in=point_eics).values_list(
            "eic", "pk", "parent_id", "parent__eic"
        )
    }
    places = [points[fact.point_eic] if fact.point_eic is not None else (None, None, None) for fact in facts]
    party_eics = {eic for fact in facts for eic in (fact.service_provider_eic, fact.customer_eic)}
    party_ids = dict(Party.objects.filter(eic__in=party_eics).values_list("eic", "pk"))
    agreements = Agreement.objects.bulk_create(
        Agreement(
            type=fact.type,
            agreement_id=fact.agreement_id,
            point_id=point,
            parent_point_id=parent,
            service_provider_id=party_ids[fact.service_provider_eic],
            service_provider_role=fact.service_provider_role,
            customer_id=party_ids[fact.customer_eic],
            customer_role=fact.customer_role,
            commodity=fact.commodity,
            preliminary_termination_fee=fact.preliminary_termination_fee,
            valid_from=fact.valid_from,
            valid_to=fact.valid_to,
            original_valid_to=fact.original_valid_to,
            created_at=now,
            changed_at=now,
        )
        for fact, (point, parent, _) in zip(facts, places, strict=True)
    )
    AgreementVersion.objects.bulk_create(_version(agreement, unit_id, now) for agreement in agreements)
    return [
        replace(fact, id=agreement.pk, parent_point_eic=parent_eic)
        for fact, agreement, (_, _, parent_eic) in zip(facts, agreements, places, strict=True)
    ]
