"""What the hub's staff look at in the admin, in the log that customers see.

Source: `1-market.md`, "Who may see what".
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from datahub.access.selectors.whose import Whose, whose
from datahub.access.services.access_log import Read, log_looks_of_staff
from datahub.parties.models import Party, User
from datahub.periods import Period, common
from datahub.staff.looks import Look

_INSTANT = timedelta(microseconds=1)


def keep(user: User, looks: Sequence[Look]) -> None:
    """Log what a member of staff is about to be shown, as of whom it is; what is of no customer is not logged.

    Three statements at most, however many rows a list has.
    """
    now = datetime.now(UTC)
    of_points = [look for look in looks if look.meter_eic and not look.customer_eic]
    customers = whose({look.meter_eic for look in of_points}, _hull(of_points, now)) if of_points else {}
    written = {look.customer_eic for look in looks if look.as_written}
    known = set(Party.objects.filter(eic__in=written).values_list("eic", flat=True)) if written else set()
    reads = dict.fromkeys(
        (look.of.value, read)
        for look in looks
        if not look.as_written or look.customer_eic in known
        for read in _reads(look, customers, now)
    )
    at_points = {(service, read.customer_eic) for service, read in reads if read.meter_eic}
    log_looks_of_staff(
        user=user,
        # What is logged with its point is not logged again without.
        looks=[
            (service, read)
            for service, read in reads
            if read.meter_eic or (service, read.customer_eic) not in at_points
        ],
        now=now,
    )


def _hull(looks: Sequence[Look], now: datetime) -> Period:
    """Give the time in which it is asked whose the points of some looks are."""
    periods = [_asked(look, now) for look in looks]
    ends = [period.end for period in periods]
    return Period(min(period.start for period in periods), None if None in ends else max(filter(None, ends)))


def _asked(look: Look, now: datetime) -> Period:
    return look.period or Period(now, now + _INSTANT)


def _reads(look: Look, customers: Mapping[str, Sequence[Whose]], now: datetime) -> Iterator[Read]:
    """Give what is logged of a look: a row for each customer whose the point was, with her own part of the time."""
    if look.customer_eic:
        start, end = look.period or (None, None)
        yield Read(look.customer_eic, look.meter_eic, start, end)
        return
    asked = _asked(look, now)
    parts = [
        (one, part) for one in customers.get(look.meter_eic, ()) if (part := common(asked, one.period)) is not None
    ]
    # An aggregation point has a customer of its own, or else is of who has the point above it.
    own = [(one, part) for one, part in parts if one.is_own]
    for one, part in own or parts:
        yield Read(one.customer_eic, look.meter_eic, *(part if look.period else ()))
