"""Dropping what was kept long enough. Source: `1-market.md`, "Kept for"."""

from datetime import datetime

from django.db import transaction

from connections.models import ConnectionRequest, ConnectionStep
from datahub.exchanges.rules import KEPT_MONTHS
from datahub.market_time import months_before


@transaction.atomic
def drop_kept_enough(*, now: datetime, most: int) -> int:
    """Drop at most so many requests that ended more than 7 years ago, with their steps; give how many were dropped."""
    old = ConnectionRequest.objects.ended_before(months_before(now, KEPT_MONTHS)).order_by("ended_at")
    # What another worker drops at this moment is left to it.
    ids = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
    ConnectionStep.objects.filter(request__in=ids).delete()
    ConnectionRequest.objects.filter(pk__in=ids).delete()
    return len(ids)
