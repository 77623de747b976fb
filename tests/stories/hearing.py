"""What participants hear of agreements: each scans as its own system would, and sees what came since it last did."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from datahub.market import ResourceType, Role
from distribution.services.tell import tell
from tests.agreements.market import AGGREGATOR, BALANCE, LINE, NAMED, NORTH, SOUTH, STRANGER, SUN, WIND
from tests.distribution.market import scanned

# Everyone who may hear something, in the role in which it does.
EARS: dict[str, Role] = {
    NORTH: Role.GRID_OPERATOR,
    SOUTH: Role.GRID_OPERATOR,
    LINE: Role.LINE_OPERATOR,
    SUN: Role.OPEN_SUPPLIER,
    WIND: Role.OPEN_SUPPLIER,
    NAMED: Role.OPEN_SUPPLIER,
    BALANCE: Role.OPEN_SUPPLIER,
    STRANGER: Role.OPEN_SUPPLIER,
    AGGREGATOR: Role.AGGREGATOR,
}


class Heard(NamedTuple):
    """One message of an agreement; `end` None: open-ended."""

    reason: str
    type: str
    start: datetime
    end: datetime | None


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass
class Market:
    """All participants' systems. Each message is heard once, in the order of ids."""

    behind: dict[str, int] = field(default_factory=dict)

    def told(self) -> dict[str, list[Heard]]:
        """Tell what waits; give who heard what since the last time, without those who heard nothing."""
        while tell(now=datetime.now(UTC), batches=20):
            pass
        heard = {eic: self._of(eic, role) for eic, role in EARS.items()}
        return {eic: messages for eic, messages in heard.items() if messages}

    def _of(self, eic: str, role: Role) -> list[Heard]:
        messages = [m for m in scanned(eic, ResourceType.AGREEMENT, role) if m["id"] > self.behind.get(eic, 0)]
        ids = [message["id"] for message in messages]
        assert ids == sorted(ids)
        if ids:
            self.behind[eic] = ids[-1]
        return [self._heard(message) for message in messages]

    @staticmethod
    def _heard(message: dict[str, Any]) -> Heard:
        (content,) = message["content"]
        start = _instant(content["validFrom"])
        assert start is not None
        return Heard(message["reason"], content["agreementType"], start, _instant(content.get("validTo")))
