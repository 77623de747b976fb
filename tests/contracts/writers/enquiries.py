"""Enquiries of suppliers and the operator's answers, and what their scanners must have found."""

import random
from collections import defaultdict
from typing import Any

from tests.contracts import enquiries
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product
from tests.contracts.saving import refused, save
from tests.contracts.scanners import ExchangeScanner

PATH = "/direct-messages"


class Asker:
    """A supplier's system that sends enquiries and changes each some times; the operator's answers some of them."""

    def __init__(self, product: Product, supplier: str, number: int, *, enquiries: int, changes: int) -> None:
        self.supplier = Client.of(product.url, supplier, "OPEN_SUPPLIER")
        self.operator = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.stranger = Client.of(product.url, cast.STRANGER, "OPEN_SUPPLIER")
        self.enquiries, self.changes, self.random = enquiries, changes, random.Random(number)  # noqa: S311
        self.saves = 0
        # What was last said by each side, by enquiry.
        self.asked: dict[str, str] = {}
        self.answered: dict[str, str] = {}

    def run(self) -> None:
        """Do all saves, each enquiry's by turns with the others'."""
        open_ones = [self._ask() for _ in range(self.enquiries)]
        for count in range(1, self.changes + 1):
            self.random.shuffle(open_ones)
            for enquiry in list(open_ones):
                self._change(enquiry, str(count))
                if self.random.random() < 0.6:
                    is_last = self.random.random() < 0.2
                    self._answer(enquiry, str(count), "CLOSE" if is_last else "OPEN")
                    if is_last:
                        open_ones.remove(enquiry)
        for enquiry in open_ones[::2]:
            self._cancel(enquiry)

    def round(self) -> None:
        """Take some enquiries through their lives, and be refused."""
        self.run()
        last = next(reversed(self.asked))
        change = {"requestComment": "refused"}
        refused(self.stranger, "PUT", f"{PATH}/{last}", "cannot-be-found", directMessageRequestChange=change)

    def _save(self, client: Client, method: str, path: str, **fields: Any) -> Any:
        answer = save(client, method, path, **fields)
        self.saves += 1
        return answer.json()

    def _ask(self) -> str:
        enquiry = str(self._save(self.supplier, "POST", PATH, directMessageRequest=enquiries.request("0")))
        self.asked[enquiry] = "0"
        return enquiry

    def _change(self, enquiry: str, count: str) -> None:
        change = {"requestComment": count}
        self._save(self.supplier, "PUT", f"{PATH}/{enquiry}", directMessageRequestChange=change)
        self.asked[enquiry] = count

    def _cancel(self, enquiry: str) -> None:
        change = {"requestStatus": "CANCEL", "requestComment": "cancelled"}
        self._save(self.supplier, "PUT", PATH, messageRequestId=enquiry, directMessageRequestChange=change)
        self.asked[enquiry] = "cancelled"

    def _answer(self, enquiry: str, count: str, status: str) -> None:
        said = {"requestStatus": status, "responseComment": count}
        if enquiry in self.answered:
            named = {"messageRequestId": enquiry, "directMessageResponseChange": said}
            self._save(self.operator, "PUT", f"{PATH}/response", **named)
        else:
            self._save(self.operator, "POST", f"{PATH}/{enquiry}/response", directMessageResponse=said)
        self.answered[enquiry] = count


def check(scanner: ExchangeScanner, promised: dict[str, str], field: str) -> None:
    """Raise AssertionError unless a scanner has every save's enquiry, once for each timestamp, and its last state."""
    assert scanner.scans > 10, "it looked while others wrote"
    stamps = [one["timestamp"] for one in scanner.found]
    assert stamps == sorted(set(stamps))
    said: dict[str, list[str]] = defaultdict(list)
    for one in scanner.found:
        said[one["messageRequestId"]].append(one[field])
    assert {enquiry: comments[-1] for enquiry, comments in said.items()} == promised
    # One after the other, as they were saved; some may have been overtaken by the next before they were seen.
    numbers = [[int(comment) for comment in comments if comment != "cancelled"] for comments in said.values()]
    assert all(comments == sorted(set(comments)) for comments in numbers)


def check_all(askers: list[Asker], operator: ExchangeScanner, suppliers: dict[str, ExchangeScanner]) -> None:
    """Hold the scanners of the operator and of each supplier against what was saved."""
    check(operator, {key: said for asker in askers for key, said in asker.asked.items()}, "requestComment")
    for name, scanner in suppliers.items():
        own = [asker for asker in askers if asker.supplier.participant == name]
        check(scanner, {key: said for asker in own for key, said in asker.answered.items()}, "responseComment")
