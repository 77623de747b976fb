"""Removing contents and counts with their messages: messages go with their partition, packs and counts by their day."""

from datetime import date, timedelta

from distribution import store
from distribution.models import KEPT_DAYS, DailyCount

# A message created just after midnight may name a pack of the day before, which therefore stays one day longer. Should
# the hub have stood still for some days, the days before are swept too.
_FIRST, _LAST = KEPT_DAYS + 2, KEPT_DAYS + 9


def delete_old_contents(*, today: date) -> int:
    """Delete the packs of the days whose messages no longer stand; give how many. Raises StoreUnavailable."""
    return sum(store.delete_day(today - timedelta(days=back)) for back in range(_FIRST, _LAST + 1))


def delete_old_counts(*, today: date) -> int:
    """Delete the counts of the days of which no message stands any more; give how many."""
    # A local day begins before the UTC day that partitions go by.
    deleted, _ = DailyCount.objects.filter(day__lt=today - timedelta(days=KEPT_DAYS + 1)).delete()
    return deleted
