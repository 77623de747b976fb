"""Metering points with their agreements: the grid operator and the supplier by turns."""

from datetime import datetime, timedelta

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product
from tests.contracts.promises import Promises
from tests.contracts.saving import refused, save

# Agreements start so many days ahead, so that no midnight makes it too late.
AHEAD = timedelta(days=3)


def start_ahead() -> datetime:
    """Give the midnight at which the agreements of writers start."""
    return cast.local_midnight(datetime.now(cast.TALLINN).date() + AHEAD)


class MarketWriter:
    """Registers points with their agreements and changes them."""

    def __init__(self, product: Product, promises: Promises, number: int, *, points: int, changes: int) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.supplier = Client.of(product.url, cast.SUN, "OPEN_SUPPLIER")
        self.other = Client.of(product.url, cast.WIND, "OPEN_SUPPLIER")
        self.promises, self.number, self.points, self.changes = promises, number, points, changes
        self.start = start_ahead()
        self.rounds = 0

    def run(self) -> None:
        """Register all points, then change each of them by turns."""
        codes = [forms.point_code(self.number * 100 + n) for n in range(self.points)]
        for code in codes:
            self.register(code)
        for count in range(self.changes):
            for code in codes:
                self._change(code, count + 1)

    def round(self) -> None:
        """Take one new point through its life."""
        code = forms.point_code(self.number * 10_000 + self.rounds)
        self.rounds += 1
        self.register(code)
        for count in range(1, self.changes + 1):
            self._change(code, count)
        self._be_refused(code)
        self._end(code)

    def register(self, code: str) -> None:
        """Register a point, its customer's grid agreement and supply."""
        save(self.grid, "POST", "/meter", meterMetadata=forms.point(code, "0"))
        self.promises.save((), ("METERING_POINT", "CREATE", code, "0"))
        grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, self.start, code=code, own_id=f"grid {code}")
        save(self.grid, "POST", "/agreement", agreement=grid)
        self.promises.save((cast.BALANCE,), ("AGREEMENT", "CREATE", f"GRID {code}", f"grid {code}"), kind="agreements")
        save(self.supplier, "POST", "/agreement", agreement=self._supply(code, "0"))
        told = ("AGREEMENT", "CREATE", f"SUPPLY {code}", "0")
        self.promises.save((cast.NORTH_GRID, cast.BALANCE), told, kind="agreements")

    def _supply(self, code: str, own_id: str, provider: str = cast.SUN) -> dict[str, object]:
        return forms.agreement("SUPPLY", provider, cast.JAAN, self.start, code=code, own_id=own_id)

    def _change(self, code: str, count: int) -> None:
        save(self.grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, str(count)))
        self.promises.save((cast.SUN, cast.BALANCE), ("METERING_POINT", "UPDATE", code, str(count)))
        save(self.supplier, "PUT", "/agreement", agreementChange=self._supply(code, str(count)))
        told = ("AGREEMENT", "UPDATE", f"SUPPLY {code}", str(count))
        self.promises.save((cast.NORTH_GRID, cast.BALANCE), told, kind="agreements")

    def _be_refused(self, code: str) -> None:
        """A second grid agreement, another supplier's change, a point that is there: none of it is ever told."""
        word = f"refused {code}"
        self.promises.refusal(word)
        grid = forms.agreement("GRID", cast.NORTH_GRID, cast.SOUTH_GRID, self.start, code=code, own_id=word)
        refused(self.grid, "POST", "/agreement", "overlapping-agreements", agreement=grid)
        change = self._supply(code, word)
        refused(self.other, "PUT", "/agreement", "mismatch-error", agreementChange=change)
        refused(self.grid, "POST", "/meter", "already-exists", meterMetadata=forms.point(code, word))

    def _end(self, code: str) -> None:
        """Delete the supply; what is to come then is the general service, whose supplier is told of the point."""
        deleted = self._supply(code, "")
        del deleted["preliminaryTerminationFee"]
        save(self.supplier, "POST", "/agreement/delete", agreement=deleted)
        told = ("AGREEMENT", "DELETE", f"SUPPLY {code}", str(self.changes))
        self.promises.save((cast.NORTH_GRID, cast.BALANCE), told, kind="agreements")
        save(self.grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, "last"))
        self.promises.save((cast.NAMED, cast.BALANCE), ("METERING_POINT", "UPDATE", code, "last"))
