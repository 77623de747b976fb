"""Agreements for pages: one by its number, and what came of it. Source: `5-web.md`, "Agreements".

Who may see an agreement is what the search says (`agreement_search`), of a deleted one too. What an act did to others
at the point is told to the agreement's own parties and to the owner of the point, and of others' agreements no more
than type and time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from datahub.access import agreement_search, selectors
from datahub.access.selectors.grounds import is_owned
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.rules.consequences import Action
from datahub.market import AgreementType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party

_BECAUSE = "_BC_"


@dataclass(frozen=True, slots=True)
class Other:
    """What an act did to another agreement at the point; `is_open` says whether that one may be looked at."""

    version: AgreementVersion
    action: Action
    former_valid_to: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an agreement's history: a version of it, or its deletion; `others` is what the act did to others.

    `reason` is as messages say it; empty where the save is older than reasons are kept.
    """

    version: AgreementVersion
    reason: str
    saved_at: datetime
    others: tuple[Other, ...] = ()
    is_deletion: bool = False


def find_agreement(
    *, participant: Party, role: str, commodity: str, number: int, now: datetime, deleted: bool = False
) -> Agreement | None:
    """Find an agreement that a participant may see by its number; None as if it did not exist.

    With `deleted` one that was deleted, instead of one that stands.
    """
    found = agreement_search.search_agreements(
        participant=participant, role=role, commodity=commodity, attributes={}, now=now, deleted=deleted
    )
    return found.rows.filter(pk__in=found.keys.filter(pk=number).values("pk")).first()


def beside(
    *, participant: Party, role: str, commodity: str, agreement: Agreement, now: datetime, most: int
) -> tuple[list[Agreement], bool]:
    """Give the agreements that stand, or stood, beside one, as `newest_of`.

    Those of its point; without a point those of its type with the same customer.
    """
    if agreement.point is not None:
        attributes: dict[str, Any] = {"meterEic": agreement.point.eic}
    else:
        attributes = {"customerEic": agreement.customer.eic, "agreementTypes": [agreement.type]}
    return newest_of(participant=participant, role=role, commodity=commodity, attributes=attributes, now=now, most=most)


def newest_of(
    *, participant: Party, role: str, commodity: str, attributes: Mapping[str, Any], now: datetime, most: int
) -> tuple[list[Agreement], bool]:
    """Give the agreements that a search finds and those that were deleted, by start, and whether older are left out.

    No more than the `most` that start last. General services that were deleted are left out: where another
    follows them, the hub makes it in their place.
    """
    rows: list[Agreement] = []
    for deleted in (False, True):
        found = agreement_search.search_agreements(
            participant=participant, role=role, commodity=commodity, attributes=attributes, now=now, deleted=deleted
        )
        keys = found.keys.exclude(type=AgreementType.GENERAL_SERVICE) if deleted else found.keys
        last = keys.order_by("-valid_from", "-id").values_list("pk", flat=True)[: most + 1]
        rows += found.rows.in_bulk(list(last)).values()
    rows.sort(key=lambda one: (one.valid_from, one.pk))
    return rows[-most:], len(rows) > most


def history_of(agreement: Agreement, *, participant: Party, role: str, now: datetime) -> list[Step]:
    """Give the history of an agreement, what happened last first; empty for who is neither party of it nor owner."""
    owns = _owns(agreement, participant, role)
    if not owns and not _is_party(agreement, participant, role):
        return []
    versions = list(agreement.versions.select_related("service_provider", "customer").order_by("version"))
    saves = [(one.known_from, Step(one, one.reason, one.saved_at)) for one in versions]
    if versions and agreement.deleted_at is not None and (ended := versions[-1]).known_to is not None:
        saves.append((ended.known_to, Step(ended, ended.ended_reason, agreement.deleted_at, is_deletion=True)))
    causes = {unit: f"{_BECAUSE}{agreement.type}_{step.reason}" for unit, step in saves if _is_act(step.reason)}
    others = _others(agreement, causes, participant, role, owns=owns, now=now)
    return [replace(step, others=tuple(others.get(unit, ()))) for unit, step in reversed(saves)]


def why_deleted(agreement: Agreement) -> str:
    """Say why an agreement was deleted, as messages do; empty where the save is older than reasons are kept."""
    return agreement.versions.order_by("-version").values_list("ended_reason", flat=True).first() or ""


def _is_act(reason: str) -> bool:
    return bool(reason) and _BECAUSE not in reason


def _owns(agreement: Agreement, participant: Party, role: str) -> bool:
    points = [number for number in (agreement.point_id, agreement.parent_point_id) if number is not None]
    return bool(points) and MeteringPoint.objects.filter(is_owned(participant, role), pk__in=points).exists()


def _is_party(one: Agreement | AgreementVersion, participant: Party, role: str) -> bool:
    provides = one.service_provider_id == participant.pk and one.service_provider_role == role
    return provides or (one.customer_id == participant.pk and one.customer_role in ("", role))


def _others(
    agreement: Agreement, causes: Mapping[int, str], participant: Party, role: str, *, owns: bool, now: datetime
) -> dict[int, list[Other]]:
    """Give what the acts of some units did to other agreements of the point, by unit.

    `causes` has how the reasons of what came of each act end: in the same unit others may have been done, with effects
    of their own.
    """
    asked = set(causes)
    place = agreement.parent_point_id or agreement.point_id
    if not asked or place is None:
        return {}
    rows = (
        AgreementVersion.objects.filter(Q(point=place) | Q(parent_point=place))
        .filter(Q(known_from__in=asked) | Q(known_to__in=asked))
        .exclude(current=agreement.pk)
        .order_by("valid_from", "current_id", "version")
    )
    by_unit: dict[int, dict[int, list[AgreementVersion]]] = {}
    for row in rows:
        for unit in {row.known_from, row.known_to} & asked:
            by_unit.setdefault(unit, {}).setdefault(row.current_id, []).append(row)  # type: ignore[arg-type]
    told = _told(by_unit, now)
    found: dict[int, list[Other]] = {}
    for unit, of_unit in by_unit.items():
        for touched in of_unit.values():
            before = next((one for one in touched if one.known_to == unit), None)
            after = next((one for one in touched if one.known_from == unit), None)
            shown = after or before
            if shown is None or not (after.reason if after else shown.ended_reason).endswith(causes[unit]):
                continue
            action = Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE
            is_open = shown.current_id in told and (owns or _is_party(shown, participant, role))
            found.setdefault(unit, []).append(Other(shown, action, before.valid_to if before else None, is_open))
    return found


def _told(by_unit: Mapping[int, Mapping[int, object]], now: datetime) -> set[int]:
    """Give the ids of those agreements that those who stand in them were told of."""
    touched = {number for of_unit in by_unit.values() for number in of_unit}
    standing = Q(deleted_at=None) & ~selectors.is_quiet(now)
    told = Agreement.objects.filter(standing | agreement_search.was_told(now), pk__in=touched)
    return set(told.values_list("pk", flat=True))
