"""Who scans enquiries behind the last timestamp misses nothing beside many writers, and gets nothing twice."""

import random
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contracts import enquiries
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product
from tests.contracts.writers import Crew, save

PATH = "/direct-messages"


class Asker:
    """A supplier's system that sends enquiries and changes each some times; the operator's answers some of them."""

    def __init__(self, product: Product, supplier: str, number: int, *, enquiries: int, changes: int) -> None:
        self.supplier = Client.of(product.url, supplier, "OPEN_SUPPLIER")
        self.operator = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.enquiries, self.changes, self.random = enquiries, changes, random.Random(number)  # noqa: S311
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
            change = {"requestStatus": "CANCEL", "requestComment": "cancelled"}
            save(self.supplier, "PUT", PATH, messageRequestId=enquiry, directMessageRequestChange=change)
            self.asked[enquiry] = "cancelled"

    def _ask(self) -> str:
        answer = save(self.supplier, "POST", PATH, directMessageRequest=enquiries.request("0"))
        enquiry = str(answer.json())
        self.asked[enquiry] = "0"
        return enquiry

    def _change(self, enquiry: str, count: str) -> None:
        change = {"requestComment": count}
        save(self.supplier, "PUT", f"{PATH}/{enquiry}", directMessageRequestChange=change)
        self.asked[enquiry] = count

    def _answer(self, enquiry: str, count: str, status: str) -> None:
        said = {"requestStatus": status, "responseComment": count}
        if enquiry in self.answered:
            save(self.operator, "PUT", f"{PATH}/response", messageRequestId=enquiry, directMessageResponseChange=said)
        else:
            save(self.operator, "POST", f"{PATH}/{enquiry}/response", directMessageResponse=said)
        self.answered[enquiry] = count


class Scanner:
    """Scans at full speed, always behind the last timestamp; ends when there is nothing left once it was told to."""

    def __init__(self, product: Product, participant: str, role: str, since: datetime) -> None:
        self.client = Client.of(product.url, participant, role)
        self.since = since.isoformat()
        self.found: list[dict[str, Any]] = []
        self.scans = 0
        self.no_more = threading.Event()

    def run(self) -> None:
        """Scan."""
        while True:
            is_last = self.no_more.is_set()
            answer = self.client.post(f"{PATH}/change", updatePeriodStart=self.since)
            assert answer.status_code == 200, answer.text
            self.scans += 1
            if changes := answer.json():
                self.found += changes
                self.since = changes[-1]["timestamp"]
            elif is_last:
                return


def check(scanner: Scanner, promised: dict[str, str], field: str) -> None:
    """Raise AssertionError unless a scanner has every save's enquiry, once for each timestamp, and its last state."""
    assert scanner.scans > 10, "it looked while others wrote"
    stamps = [datetime.fromisoformat(one["timestamp"]) for one in scanner.found]
    assert stamps == sorted(set(stamps))
    said: dict[str, list[str]] = defaultdict(list)
    for one in scanner.found:
        said[one["messageRequestId"]].append(one[field])
    assert {enquiry: comments[-1] for enquiry, comments in said.items()} == promised
    # One after the other, as they were saved; some may have been overtaken by the next before they were seen.
    numbers = [[int(comment) for comment in comments if comment != "cancelled"] for comments in said.values()]
    assert all(comments == sorted(set(comments)) for comments in numbers)
    assert sum(map(len, said.values())) > len(said), "changes were seen on their way"


def _run(product: Product, *, askers: int, enquiries: int, changes: int) -> None:
    since = datetime.now(UTC) - timedelta(milliseconds=1)
    writers = [
        Asker(product, (cast.SUN, cast.WIND)[number % 2], number, enquiries=enquiries, changes=changes)
        for number in range(askers)
    ]
    operator = Scanner(product, cast.NORTH_GRID, "GRID_OPERATOR", since)
    suppliers = {name: Scanner(product, name, "OPEN_SUPPLIER", since) for name in (cast.SUN, cast.WIND)}
    stranger = Scanner(product, cast.STRANGER, "OPEN_SUPPLIER", since)
    scanners = [operator, stranger, *suppliers.values()]
    scanning, writing = Crew(), Crew()
    scanning.start(*(scanner.run for scanner in scanners))
    writing.start(*(writer.run for writer in writers))
    writing.wait(seconds=600)
    for scanner in scanners:
        scanner.no_more.set()
    scanning.wait(seconds=60)
    check(operator, {key: said for writer in writers for key, said in writer.asked.items()}, "requestComment")
    for name, scanner in suppliers.items():
        own = [writer for writer in writers if writer.supplier.participant == name]
        check(scanner, {key: said for writer in own for key, said in writer.answered.items()}, "responseComment")
    assert stranger.found == []


def test_scanners_of_enquiries_beside_eight_writers_miss_nothing(product: Product) -> None:
    _run(product, askers=8, enquiries=4, changes=4)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_scanners_of_enquiries_beside_eight_writers_miss_nothing_for_long(product: Product) -> None:
    _run(product, askers=8, enquiries=25, changes=20)
