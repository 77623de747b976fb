"""Documents of readings: days of a point of the cast, or parts of days."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from tests.contracts import market as cast
from tests.contracts import readings
from tests.contracts.client import Client
from tests.contracts.market import Market
from tests.contracts.product import Product
from tests.contracts.promises import Promises
from tests.contracts.saving import save


class ReadingsWriter:
    """Sends a document of readings for each of some days of one point of the cast, or some for each day."""

    def __init__(
        self,
        product: Product,
        promises: Promises,
        market: Market,
        point: str,
        days: Sequence[date],
        *,
        seed: int,
        parts: int = 1,
    ) -> None:
        role = "AGGREGATOR" if cast.POINTS[point]["owner"] == cast.AGGREGATOR else "GRID_OPERATOR"
        self.owner = Client.of(product.url, cast.POINTS[point]["owner"], role)
        self.promises, self.market, self.point, self.days, self.seed = promises, market, point, days, seed
        self.parts = parts
        self._left = self._starts()

    def _starts(self) -> Iterator[list[datetime]]:
        for day in self.days:
            starts = readings.intervals(day, day)
            length = -(-len(starts) // self.parts)
            for first in range(0, len(starts), length):
                yield starts[first : first + length]

    def run(self) -> None:
        """Send all documents, one after the other."""
        for starts in self._left:
            self.send(starts)

    def round(self) -> None:
        """Send the next documents, if any are left, and one that the hub takes and then finds wrong."""
        for _ in range(5):
            if starts := next(self._left, None):
                self.send(starts)
        wrong = readings.message(readings.made(self.point, readings.intervals(self.days[0], self.days[0])))
        wrong[0]["periods"][0]["aI"][0]["outQty"]["kwh"] = 1.2345
        answer = save(self.owner, "POST", "/meter-data", meterData=wrong)
        self.promises.wrong_document(answer.json()["originalDocumentIdentification"])

    def send(self, starts: Sequence[datetime]) -> None:
        """Send some intervals."""
        sent = readings.made(self.point, starts, seed=self.seed)
        answer = save(self.owner, "POST", "/meter-data", meterData=readings.message(sent))
        self.promises.document(self.market, sent, answer.json()["originalDocumentIdentification"])
