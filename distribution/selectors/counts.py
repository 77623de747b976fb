"""How many messages of each type were told to an address, by local day."""

from datetime import date
from typing import NamedTuple

from datahub.market import ResourceType
from distribution.models import DailyCount


class Told(NamedTuple):
    """So many messages of a type on a day."""

    resource_type: ResourceType
    day: date
    messages: int


def told_by_day(*, participant_eic: str, role: str, commodity: str, first: date, last: date) -> list[Told]:
    """Give how much was told to a participant in a role and commodity on local days, both inclusive.

    Days and types without a message are left out.
    """
    rows = DailyCount.objects.filter(
        address__participant_eic=participant_eic,
        address__role=role,
        address__commodity=commodity,
        day__range=(first, last),
    )
    return [
        Told(ResourceType(kind), day, count)
        for kind, day, count in rows.values_list("resource_type", "day", "messages")
    ]
