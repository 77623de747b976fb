"""Messages in the log with contents in the store, of any type, as if they had been told."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson

from datahub import partitions
from datahub.market import Commodity, ResourceType, Role
from distribution import store
from distribution.models import MESSAGES, Address, Message, StagedMessage
from distribution.packs import frame
from distribution.selectors import log
from distribution.services import sequencer

_units = count(1_000_000)


def tell(
    eic: str,
    *contents: Any,
    kind: ResourceType = ResourceType.METERING_POINT,
    reason: str = "CREATE",
    role: Role = Role.OPEN_SUPPLIER,
    commodity: Commodity = Commodity.ELECTRICITY,
) -> list[int]:
    """Tell a participant a message for each content (bytes as they are, None: never named); give their ids."""
    log.memory.forget()
    sequencer.begin_log()
    today = datetime.now(UTC).date()
    partitions.ensure(MESSAGES, since=today, until=today)
    address, _ = Address.objects.get_or_create(participant_eic=eic, role=role, commodity=commodity)
    offset, frames, unit = 0, [], next(_units)
    path = store.new_path(datetime.now(UTC))
    for content in contents:
        packed = b"" if content is None else frame(content if isinstance(content, bytes) else orjson.dumps(content))
        StagedMessage.objects.create(
            unit_id=unit,
            address=address,
            resource_type=kind,
            reason=reason,
            pack=None if content is None else path,
            pack_offset=offset,
            pack_length=len(packed),
        )
        frames.append(packed)
        offset += len(packed)
    store.put(path, b"".join(frames))
    sequencer.publish()
    return [*Message.objects.filter(unit_id=unit).order_by("id").values_list("id", flat=True)]
