"""Telling of general services as they start. Source: `1-market.md`, "What one agreement does to others"."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from datahub.agreements import recording, selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.market import AgreementType
from datahub.outbox.services import open_units


@transaction.atomic
def tell_started(*, now: datetime, most: int) -> int:
    """Record that quiet general services have started, those of the first points by start; give how many agreements.

    Each is told once: who was late, after an outage over midnight too, finds what is still quiet, and what was deleted
    meanwhile is told to nobody.
    """
    started = Agreement.objects.standing().filter(quiet=True, valid_from__lte=now)
    points = started.order_by("valid_from", "id").values_list("point__eic", flat=True)[:most]
    eics = sorted({eic for eic in points if eic is not None})
    if not eics:
        return 0
    with open_units(lanes=eics, sender_eic="", saved_at=now) as units:
        # Read with the lanes locked: another may have told or deleted them meanwhile.
        at_point: dict[str, list[AgreementFact]] = defaultdict(list)
        facts = selectors.standing_facts(started.filter(selectors.at_points(eics), type=AgreementType.GENERAL_SERVICE))
        for fact in facts:
            at_point[fact.point_eic or ""].append(fact)
        Agreement.objects.filter(pk__in=[fact.id for fact in facts]).update(quiet=False)
        for eic, unit in units.items():
            for fact in at_point[eic]:
                recording.record(unit, "CREATE", before=None, after=replace(fact, quiet=False))
    return len(facts)
