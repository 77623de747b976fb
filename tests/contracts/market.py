"""The demo market as `cast.json` tells it, and who is entitled to which reading, worked out anew for the tests.

Nothing of the product is used here: each interval is looked at alone, agreement by agreement.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

TALLINN = ZoneInfo("Europe/Tallinn")
CAST: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "datahub" / "demo" / "cast.json").read_text(encoding="utf-8")
)
POINTS: dict[str, dict[str, Any]] = {point["eic"]: point for point in CAST["meteringPoints"]}
USERS: dict[str, dict[str, Any]] = {user["participant"]: user for user in CAST["technicalUsers"]}

NORTH_GRID, SOUTH_GRID = "38X-EIN-GO-----0", "38X-DEMO-GO2---G"
SUN, WIND, NAMED = "38X-EIN-OS-----J", "38X-DEMO-OS2---A", "38X-EIN-NS-----R"
BALANCE, AGGREGATOR, ADVICE = "38X-DEMO-BRP---T", "38X-DEMO-AGR---I", "38X-DEMO-ESP---2"
ALL_ROLES, STRANGER = "38X-EIN-ALL----B", "38X-DEMO-OUT---B"
HOUSE_OF_MARI, HOUSE_OF_JAAN = "38ZGO-10000001-U", "38ZGO-10000003-O"
BAKERY, EMBASSY, HOUSE_OF_KADRI = "38ZGO-1000000A-3", "38ZGO-1000000D-V", "38ZGO-20000001-K"
FLAT_OF_MARI, BAKERY_GAS, BAKERY_FLEXIBLE = "38ZGO-10000002-R", "38ZGO-1G000001-Y", "38ZAG-10000001-J"
JAAN = "38X-AVP-ILS600CI"


@dataclass(frozen=True)
class Agreement:
    """One agreement of the cast in instants."""

    type: str
    provider: str
    customer: str
    point: str | None
    commodity: str
    start: datetime
    end: datetime | None

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the instant lies in [start, end)."""
        return self.start <= instant and (self.end is None or instant < self.end)


def months_from(first: date, months: int) -> date:
    """Give the first day of the month that lies so many months from another."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def local_midnight(day: date) -> datetime:
    """Give the instant at which a local day begins."""
    return datetime.combine(day, time(0), TALLINN).astimezone(UTC)


class Market:
    """The agreements of the cast in a market made in the month of `made`."""

    def __init__(self, made: date) -> None:
        self.first = made.replace(day=1)
        self.agreements = [self._agreement(entry) for entry in CAST["agreements"]]

    def _agreement(self, entry: dict[str, Any]) -> Agreement:
        hour = time(7) if entry["commodity"] == "NATURAL_GAS" else time(0)

        def instant(months: int | None) -> datetime | None:
            if months is None:
                return None
            return datetime.combine(months_from(self.first, months), hour, TALLINN).astimezone(UTC)

        start = instant(entry["fromMonth"])
        assert start is not None
        return Agreement(
            type=entry["type"],
            provider=entry["serviceProvider"],
            customer=entry["customer"],
            point=entry["meteringPoint"],
            commodity=entry["commodity"],
            start=start,
            end=instant(entry["toMonth"]),
        )

    @cache  # noqa: B019 - one market a session
    def told_of(self, point: str, instant: datetime) -> frozenset[str]:
        """Give who is told of a reading of a point in the interval that starts at an instant: by `3-distribution.md`.

        The points of the cast on the general service and on the border are left out: no agreement of the cast says
        who provides there.
        """
        commodity = POINTS[point]["commodity"]
        standing = [a for a in self.agreements if a.commodity == commodity and a.holds_at(instant)]
        parent = POINTS[point].get("parent")
        told = {a.provider for a in standing if a.type == "SUPPLY" and a.point == (parent or point)}
        if not parent:
            below = {eic for eic, other in POINTS.items() if other.get("parent") == point}
            told |= {a.provider for a in standing if a.type == "AGGREGATION" and a.point in below}
        while True:
            above = {a.provider for a in standing if a.type == "PORTFOLIO_SUPPLIER" and a.customer in told}
            if above <= told:
                return frozenset(told - {POINTS[point]["owner"]})
            told |= above


def roles_of(participant: str) -> list[tuple[str, str]]:
    """Give the roles with their commodities that the cast gives a participant."""
    (found,) = [entry for entry in CAST["participants"] if entry["eic"] == participant]
    return [(role["role"], role["commodity"]) for role in found["roles"]]
