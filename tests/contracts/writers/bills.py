"""Network bills: of one point or two, calculated anew, and refused where they are older than what is there."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import Market
from tests.contracts.product import Product
from tests.contracts.promises import Promises, Told
from tests.contracts.readings import iso
from tests.contracts.saving import refused, save

HOUR = timedelta(hours=1)
# Both are supplied by the same supplier from the first hour on.
POINTS = (cast.HOUSE_OF_MARI, cast.EMBASSY)


class BillWriter:
    """Sends bills of an hour each, hour after hour."""

    def __init__(self, product: Product, promises: Promises, market: Market) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.promises, self.market = promises, market
        self.hour = cast.local_midnight(product.made_on - timedelta(days=300))
        self.rounds = 0

    def round(self) -> None:
        """Bill one hour of one point, then of both at once, calculated later; then earlier, which is refused."""
        self.rounds += 1
        first, second = POINTS if self.rounds % 2 else reversed(POINTS)
        self._send(first, minutes=0)
        self._send(first, second, minutes=1)
        bill = self._bill(first, 0)
        refused(self.grid, "POST", "/network-bill", "no-change-received", networkBillTimeSeries=bill)
        self.hour += HOUR

    def _bill(self, point: str, minutes: int) -> dict[str, Any]:
        bill = forms.network_bill(point, self.hour, end=self.hour + HOUR, total=self.rounds + minutes / 4)
        calculated = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(days=1) + minutes * HOUR / 60
        bill["networkBillPeriod"]["calculationTimestamp"] = calculated.isoformat()
        return bill

    def _send(self, *points: str, minutes: int) -> None:
        bills = [self._bill(point, minutes) for point in points]
        told_of = {self.market.told_of(point, self.hour) for point in points}
        assert told_of == {frozenset({cast.SUN, cast.BALANCE})}
        save(self.grid, "POST", "/network-bill", networkBillTimeSeries=bills)
        # What one message says of two points is told apart.
        told: list[Told] = [
            ("NETWORK_BILL", "CREATE", f"{bill['meterEic']} {iso(self.hour)}", str(total_of(bill))) for bill in bills
        ]
        self.promises.save((cast.SUN, cast.BALANCE), *told, kind="bills")


def total_of(bill: dict[str, Any]) -> float:
    """Give the total of a bill."""
    return float(bill["networkBillPeriod"]["measurements"][0]["total"])
