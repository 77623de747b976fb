"""Agreements of the other types: between participants, of aggregators, on the border."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import months_from
from tests.contracts.product import Product
from tests.contracts.promises import GAS, Promises
from tests.contracts.readings import iso
from tests.contracts.saving import refused, save
from tests.contracts.writers.points import AHEAD, start_ahead


def reference(agreement: dict[str, Any]) -> dict[str, Any]:
    """Give what names an agreement that is deleted."""
    return {
        name: agreement[name] for name in agreement.keys() - {"preliminaryTerminationFee", "agreementId", "validTo"}
    }


@dataclass(frozen=True)
class Pair:
    """Two participants that agree on something in gas without a point; `told` beside who registers it."""

    type: str
    provider: str
    customer: str
    registrar: str
    role: str
    told: tuple[str, ...]


# Chosen so that none of them changes who is told of anything else.
PAIRS = (
    Pair("PORTFOLIO_SUPPLIER", cast.BALANCE, cast.NAMED, cast.BALANCE, "OPEN_SUPPLIER", (cast.NAMED,)),
    Pair("NAMED_SUPPLIER", cast.SUN, cast.ALL_ROLES, cast.ALL_ROLES, "GRID_OPERATOR", (cast.SUN, cast.BALANCE)),
    Pair("JOINT_INVOICE", cast.SUN, cast.NORTH_GRID, cast.NORTH_GRID, "GRID_OPERATOR", (cast.SUN, cast.BALANCE)),
)


class PairWriter:
    """Registers, changes and deletes agreements between participants; there is one writer of them."""

    def __init__(self, product: Product, promises: Promises) -> None:
        self.promises = promises
        self.clients = {pair: Client.of(product.url, pair.registrar, pair.role, GAS) for pair in PAIRS}
        # A month of gas at least three weeks ahead, so that no midnight makes it too late.
        first = months_from((product.made_on + timedelta(days=21)).replace(day=1), 1)
        self.start = datetime.combine(first, time(7), cast.TALLINN)
        self.rounds = 0

    def round(self) -> None:
        """Take one agreement of each type through its life."""
        self.rounds += 1
        for pair in PAIRS:
            client = self.clients[pair]
            told = [f"{self.rounds}.{count}" for count in range(3)]
            forms_of = [
                forms.agreement(pair.type, pair.provider, pair.customer, self.start, own_id=one, commodity=GAS)
                for one in told
            ]
            save(client, "POST", "/agreement", agreement=forms_of[0])
            self._promise(pair, "CREATE", told[0])
            for form, count in zip(forms_of[1:], told[1:], strict=True):
                save(client, "PUT", "/agreement", agreementChange=form)
                self._promise(pair, "UPDATE", count)
            word = f"refused pair {self.rounds}"
            self.promises.refusal(word)
            second = {**forms_of[0], "agreementId": word}
            refused(client, "POST", "/agreement", "overlapping-agreements", agreement=second)
            save(client, "POST", "/agreement/delete", agreement=reference(forms_of[0]))
            self._promise(pair, "DELETE", told[-1])

    def _promise(self, pair: Pair, reason: str, count: str) -> None:
        told = ("AGREEMENT", reason, f"{pair.type} {pair.provider} {pair.customer}", count)
        self.promises.save(pair.told, told, commodity=GAS, kind="agreements between participants")


class AggregationWriter:
    """An aggregator's points under points of the grid operator, with their agreements."""

    def __init__(self, product: Product, promises: Promises, number: int) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.supplier = Client.of(product.url, cast.SUN, "OPEN_SUPPLIER")
        self.aggregator = Client.of(product.url, cast.AGGREGATOR, "AGGREGATOR")
        self.promises, self.number, self.start = promises, number, start_ahead()
        self.rounds = 0

    def round(self) -> None:
        """Take an aggregation under a new point through its life."""
        number = self.number * 10_000 + self.rounds
        self.rounds += 1
        parent, code = forms.point_code(number), forms.point_code(number, prefix="38ZAG-1")
        self._parent(parent)
        save(self.aggregator, "POST", "/meter", meterMetadata=forms.aggregation_point(code, parent, "0"))
        self.promises.save((cast.SUN, cast.BALANCE), ("METERING_POINT", "CREATE", code, "0"))
        concerned = (cast.SUN, cast.NORTH_GRID, cast.BALANCE)
        agreements = [
            forms.agreement("AGGREGATION", cast.AGGREGATOR, cast.JAAN, self.start, code=code, own_id=str(count))
            for count in range(2)
        ]
        save(self.aggregator, "POST", "/agreement", agreement=agreements[0])
        self._promise(concerned, "CREATE", f"AGGREGATION {code}", "0")
        save(self.aggregator, "PUT", "/agreement", agreementChange=agreements[1])
        self._promise(concerned, "UPDATE", f"AGGREGATION {code}", "1")
        save(self.grid, "PUT", "/meter", meterMetadata=forms.comment_change(parent, "1"))
        self.promises.save((cast.SUN, cast.BALANCE, cast.AGGREGATOR), ("METERING_POINT", "UPDATE", parent, "1"))
        save(self.aggregator, "POST", "/agreement/delete", agreement=reference(agreements[0]))
        self._promise(concerned, "DELETE", f"AGGREGATION {code}", "1")

    def _parent(self, parent: str) -> None:
        save(self.grid, "POST", "/meter", meterMetadata=forms.point(parent, "0"))
        self.promises.save((), ("METERING_POINT", "CREATE", parent, "0"))
        grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, self.start, code=parent, own_id="grid")
        save(self.grid, "POST", "/agreement", agreement=grid)
        self._promise((cast.BALANCE,), "CREATE", f"GRID {parent}", "grid")
        supply = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, self.start, code=parent, own_id="supply")
        save(self.supplier, "POST", "/agreement", agreement=supply)
        self._promise((cast.NORTH_GRID, cast.BALANCE), "CREATE", f"SUPPLY {parent}", "supply")

    def _promise(self, recipients: Iterable[str], reason: str, name: str, count: str) -> None:
        self.promises.save(recipients, ("AGREEMENT", reason, name, count), kind="agreements")


class BorderWriter:
    """Points between two grids: the hub makes their supply, moves and deletes it as their border agreement changes."""

    # The supply's provider is the other operator's portfolio provider, and theirs is told with it.
    CONCERNED = (cast.NORTH_GRID, cast.SOUTH_GRID, cast.SUN, cast.BALANCE)

    def __init__(self, product: Product, promises: Promises, number: int) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.promises, self.number, self.start = promises, number, start_ahead()
        self.rounds = 0

    def round(self) -> None:
        """Take a border agreement at a new point through its life."""
        code = forms.point_code(self.number * 10_000 + self.rounds)
        self.rounds += 1
        save(self.grid, "POST", "/meter", meterMetadata=forms.point(code, "0", kind="BORDER"))
        self.promises.save((), ("METERING_POINT", "CREATE", code, "0"))
        agreement = self._agreement(code, "0")
        save(self.grid, "POST", "/agreement", agreement=agreement)
        self._promise((cast.BALANCE,), "CREATE", f"BORDER_GRID {code}", "0")
        self._promise(self.CONCERNED, "CREATE_BC_BORDER_GRID_CREATE", f"BORDER_SUPPLY {code}", "", saves=0)
        save(self.grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, "1"))
        self.promises.save((cast.SOUTH_GRID,), ("METERING_POINT", "UPDATE", code, "1"))
        save(self.grid, "PUT", "/agreement", agreementChange=self._agreement(code, "1"))
        self._promise((cast.SUN, cast.BALANCE), "UPDATE", f"BORDER_GRID {code}", "1")
        end = self.start + 10 * AHEAD
        end = cast.local_midnight(end.astimezone(cast.TALLINN).date())
        save(self.grid, "PUT", "/agreement", agreementChange=self._agreement(code, "2", end))
        self._promise((cast.SUN, cast.BALANCE), "UPDATE", f"BORDER_GRID {code}", "2")
        self._promise(self.CONCERNED, "UPDATE_BC_BORDER_GRID_UPDATE", f"BORDER_SUPPLY {code}", iso(end), saves=0)
        save(self.grid, "POST", "/agreement/delete", agreement=reference(agreement))
        self._promise((cast.SUN, cast.BALANCE), "DELETE", f"BORDER_GRID {code}", "2")
        self._promise(self.CONCERNED, "DELETE_BC_BORDER_GRID_DELETE", f"BORDER_SUPPLY {code}", iso(end), saves=0)

    def _agreement(self, code: str, own_id: str, end: datetime | None = None) -> dict[str, Any]:
        parties = ("BORDER_GRID", cast.NORTH_GRID, cast.SOUTH_GRID)
        return forms.agreement(*parties, self.start, code=code, own_id=own_id, end=end)

    def _promise(self, recipients: Iterable[str], reason: str, name: str, count: str, *, saves: int = 1) -> None:
        told = ("AGREEMENT", reason, name, count)
        self.promises.save(recipients, told, kind="border agreements", saves=saves)
