"""What an act between two parties does at many points: saved at once, worked out point by point in batches.

A NAMED_SUPPLIER agreement cuts the general service of all its operator's points, a PORTFOLIO_SUPPLIER agreement makes
the BORDER_SUPPLY at those where its customer is the BORDER_GRID customer. Both start a week ahead at the earliest. At
each point the hub makes what is due by then, from what stands by then: so points may be worked in any order, beside
other acts, and again. Source: `3-distribution.md`, "From a save to a message".
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from datahub.agreements import recording, selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, FollowUp
from datahub.agreements.rules import consequences
from datahub.market import AgreementType, Commodity, MeteringPointType
from datahub.metering.models import MeteringPoint
from datahub.outbox import wake
from datahub.outbox.services import open_units

logger = logging.getLogger(__name__)

WORK_FOLLOW_UPS = "datahub.agreements.tasks.work_follow_ups"


def begin(agreement: AgreementFact, cause: str, *, unit_id: int, sender_eic: str, now: datetime) -> None:
    """Have what an act between two parties does at metering points worked out; must run in the act's transaction."""
    FollowUp.objects.create(
        unit_id=unit_id, agreement_id=agreement.id, cause=cause, sender_eic=sender_eic, saved_at=now
    )
    transaction.on_commit(lambda: wake.send(WORK_FOLLOW_UPS))


@transaction.atomic
def begin_anew(unit_ids: Sequence[int]) -> int:
    """Have follow-ups worked out once more from their first point, those that failed among them; give how many."""
    transaction.on_commit(lambda: wake.send(WORK_FOLLOW_UPS))
    return FollowUp.objects.filter(pk__in=unit_ids).update(
        reached="", points_done=0, points_changed=0, failed={}, finished_at=None
    )


def any_waiting() -> bool:
    """Tell whether a follow-up is not finished."""
    return FollowUp.objects.filter(finished_at=None).exists()


@transaction.atomic
def work_batch(*, now: datetime, points: int) -> bool:
    """Work the next points of the oldest follow-up that no other worker has; say whether there was one.

    The points' lanes are locked for the batch alone. A point that fails is kept with its error, the others go on.
    """
    waiting = FollowUp.objects.filter(finished_at=None).select_related("agreement").order_by("pk")
    follow_up = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if follow_up is None:
        return False
    reach = reach_of(follow_up.agreement)
    if follow_up.points_total is None:
        follow_up.points_total = reach.count()
    eics = list(reach.filter(eic__gt=follow_up.reached).order_by("eic").values_list("eic", flat=True)[:points])
    if eics:
        _work(follow_up, eics, now=now)
        follow_up.reached = eics[-1]
        follow_up.points_done += len(eics)
    else:
        follow_up.finished_at = now
    follow_up.save()
    return True


def reach_of(agreement: Agreement) -> "QuerySet[MeteringPoint]":
    """Give the points at which an agreement between parties makes a difference."""
    points = MeteringPoint.objects.filter(commodity=agreement.commodity)
    if agreement.type == AgreementType.NAMED_SUPPLIER:
        return points.filter(owner=agreement.customer_id, type=MeteringPointType.REGULAR)
    borders = Agreement.objects.standing().filter(type=AgreementType.BORDER_GRID, customer=agreement.customer_id)
    return points.filter(pk__in=list(borders.values_list("point", flat=True).distinct()))


def _work(follow_up: FollowUp, eics: Sequence[str], *, now: datetime) -> None:
    """Work some points together, and if that fails each by itself."""
    try:
        follow_up.points_changed += _make_anew(follow_up, eics, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database is away, which is no fault of a point
    # Whatever is wrong with one point is kept with it, where staff see it, and must not stop the work at all others.
    except Exception as error:
        if len(eics) == 1:
            logger.exception("follow-up %s failed at %s", follow_up.pk, eics[0])
            follow_up.failed[eics[0]] = f"{type(error).__name__}: {error}"
            return
        logger.warning("follow-up %s failed in a batch, its points are worked one by one: %s", follow_up.pk, error)
        # In the one order in which every save locks its lanes, whatever the collation in which the points were read.
        for eic in sorted(eics):
            _work(follow_up, [eic], now=now)


@transaction.atomic
def _make_anew(follow_up: FollowUp, eics: Sequence[str], *, now: datetime) -> int:
    """Make at points what is due after the act; give at how many of them something changed."""
    agreement = follow_up.agreement
    kind, commodity = AgreementType(agreement.type), Commodity(agreement.commodity)
    with open_units(lanes=eics, sender_eic=follow_up.sender_eic, saved_at=now) as units:
        standing: dict[str, list[AgreementFact]] = defaultdict(list)
        at_points = selectors.at_points(eics)
        for fact in selectors.standing_facts(Agreement.objects.standing().filter(at_points, commodity=commodity)):
            standing[fact.point_eic or ""].append(fact)
        customers = {agreement.customer.eic}
        if kind == AgreementType.PORTFOLIO_SUPPLIER:
            # One customer may follow another at a border: what is made anew there is the supply of them all.
            customers |= {
                fact.customer_eic
                for facts in standing.values()
                for fact in facts
                if fact.type == AgreementType.BORDER_GRID
            }
        between = selectors.between_parties(customers, kind, commodity)
        decided = [
            (
                units[eic],
                consequences.follow(standing[eic], kind, follow_up.cause, between=between, now=now),
            )
            for eic in eics
        ]
        decided = [(unit, effects) for unit, effects in decided if effects]
        recording.keep(decided, now=now)
    return len(decided)
