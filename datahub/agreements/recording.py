"""Keeping what was decided: agreements, their versions and the changes to be told, stamped with the save's unit.

Of one act or of many: the number of statements is the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection
from django.db.models import F

from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.rules.consequences import Action, Effect
from datahub.market import ResourceType
from datahub.metering.models import MeteringPoint
from datahub.outbox.changes import Change
from datahub.outbox.services import OpenUnit
from datahub.parties.models import Party

# What an effect may change in an agreement; everything else stands as it was registered.
_CHANGEABLE = ("agreement_id", "valid_to", "original_valid_to")


def keep(decided: Sequence[tuple[OpenUnit, Sequence[Effect]]], *, now: datetime) -> list[AgreementFact | None]:
    """Save the effects of each unit and record their changes; give every agreement as saved, None if deleted.

    A quiet agreement is saved and not told of.
    """
    effects = [(unit, effect) for unit, of_unit in decided for effect in of_unit]
    # Deletes make room for what grows, and both for what is new.
    by_action: dict[Action, list[tuple[int, int, Effect]]] = {action: [] for action in Action}
    for place, (unit, effect) in enumerate(effects):
        by_action[effect.action].append((place, unit.id, effect))
    saved: list[AgreementFact | None] = [effect.after for _, effect in effects]
    _end_versions(
        [
            (e.subject.id, unit, e.reason)
            for action in (Action.DELETE, Action.UPDATE)
            for _, unit, e in by_action[action]
        ]
    )
    _delete([effect.subject.id for _, _, effect in by_action[Action.DELETE]], now=now)
    _update([(unit, effect) for _, unit, effect in by_action[Action.UPDATE]], now=now)
    by_reason = [effect.reason for _, _, effect in by_action[Action.CREATE]]
    new = create([(unit, effect.subject) for _, unit, effect in by_action[Action.CREATE]], reasons=by_reason, now=now)
    for (place, _, _), fact in zip(by_action[Action.CREATE], new, strict=True):
        saved[place] = fact
    for (unit, effect), after in zip(effects, saved, strict=True):
        if not effect.subject.quiet:
            record(unit, effect.reason, before=effect.before, after=after)
    return saved


def record(unit: OpenUnit, reason: str, *, before: AgreementFact | None, after: AgreementFact | None) -> None:
    """Record the change of an agreement, to be told."""
    subject = after or before
    assert subject is not None  # noqa: S101  (a change has a before or an after)
    unit.record(
        Change(
            ResourceType.AGREEMENT,
            reason,
            str(subject.id),
            before=before.as_json() if before else None,
            after=after.as_json() if after else None,
        )
    )


def _end_versions(ended: Sequence[tuple[int, int, str]]) -> None:
    """End the versions of agreements that each was known in until a unit, for a reason."""
    if not ended:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agreements_version v SET known_to = e.unit, ended_reason = e.reason"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) e (id, unit, reason)"
            " WHERE v.current_id = e.id AND v.known_to IS NULL",
            [list(column) for column in zip(*ended, strict=True)],
        )


def _delete(ids: Sequence[int], *, now: datetime) -> None:
    if ids:
        Agreement.objects.filter(pk__in=ids).update(version=F("version") + 1, changed_at=now, deleted_at=now)


def _update(changed: Sequence[tuple[int, Effect]], *, now: datetime) -> None:
    if not changed:
        return
    standing = Agreement.objects.in_bulk([effect.subject.id for _, effect in changed])
    versions = []
    for unit, effect in changed:
        fact = effect.subject
        agreement = standing[fact.id]
        agreement.version += 1
        agreement.changed_at = now
        for name in _CHANGEABLE:
            setattr(agreement, name, getattr(fact, name))
        versions.append(_version(agreement, unit, effect.reason, now))
    Agreement.objects.bulk_update(standing.values(), ["version", "changed_at", *_CHANGEABLE])
    AgreementVersion.objects.bulk_create(versions)


def _version(agreement: Agreement, unit_id: int, reason: str, now: datetime) -> AgreementVersion:
    fields = {field.attname: getattr(agreement, field.attname) for field in agreement._meta.concrete_fields}
    for only_of_the_agreement in ("id", "quiet", "created_at", "changed_at", "deleted_at"):
        del fields[only_of_the_agreement]
    return AgreementVersion(current=agreement, known_from=unit_id, reason=reason, saved_at=now, **fields)


def create(
    new: Sequence[tuple[int, AgreementFact]], *, now: datetime, reasons: Sequence[str] = ()
) -> list[AgreementFact]:
    """Save new agreements, each with the unit that made it; give them as saved. Points and parties must exist.

    `reasons` has one for each; left out, they were registered.
    """
    if not new:
        return []
    facts = [fact for _, fact in new]
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
            quiet=fact.quiet,
            created_at=now,
            changed_at=now,
        )
        for fact, (point, parent, _) in zip(facts, places, strict=True)
    )
    AgreementVersion.objects.bulk_create(
        _version(agreement, unit, reason, now)
        for agreement, (unit, _), reason in zip(agreements, new, reasons or [Action.CREATE] * len(new), strict=True)
    )
    return [
        replace(fact, id=agreement.pk, parent_point_eic=parent_eic)
        for fact, agreement, (_, _, parent_eic) in zip(facts, agreements, places, strict=True)
    ]
