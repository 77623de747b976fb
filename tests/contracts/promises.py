"""What was promised by the answers to saves, to whom; held against what participants then found."""

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.contracts import market as cast
from tests.contracts import readings
from tests.contracts.client import Client
from tests.contracts.market import Market
from tests.contracts.product import Product
from tests.contracts.scanners import Scanner

# To whom a message is addressed: a participant in a role for a commodity.
Address = tuple[str, str, str]
# What is told of a save: (resource type, reason, object, the object's own count of saves).
Told = tuple[str, str, str, str]
ELECTRICITY, GAS = "ELECTRICITY", "NATURAL_GAS"
_ROLES = {
    cast.NORTH_GRID: "GRID_OPERATOR",
    cast.SOUTH_GRID: "GRID_OPERATOR",
    cast.AGGREGATOR: "AGGREGATOR",
    cast.ADVICE: "ENERGY_SERVICE_PROVIDER",
}


def address(participant: str, commodity: str = ELECTRICITY) -> Address:
    """Give where a participant of the cast is told most of what it is told."""
    return participant, _ROLES.get(participant, "OPEN_SUPPLIER"), commodity


class Promises:
    """What was saved with success, by who must be told of it, in the order of the answers of each object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.told: dict[Address, list[Told]] = defaultdict(list)
        self.answered_at: dict[tuple[Address, Told], float] = {}
        self.readings: dict[Address, list[readings.Reading]] = defaultdict(list)
        self.sent: list[readings.Reading] = []
        self.documents: list[str] = []
        self.wrong_documents: list[str] = []
        self.by_kind: Counter[str] = Counter()
        # Words that stood in saves that were refused alone.
        self.refused: set[str] = set()

    @property
    def saves(self) -> int:
        """How many saves were answered with success."""
        return self.by_kind.total()

    def save(
        self, recipients: Iterable[str], *told: Told, commodity: str = ELECTRICITY, kind: str = "points", saves: int = 1
    ) -> None:
        """Note a save that recipients must be told of, once for each `told`."""
        now = time.monotonic()
        with self._lock:
            self.by_kind[kind] += saves
            for recipient in recipients:
                for one in told:
                    self.told[address(recipient, commodity)].append(one)
                    self.answered_at[address(recipient, commodity), one] = now

    def refusal(self, word: str) -> None:
        """Note a word that stood in a save that was refused, and nowhere else."""
        with self._lock:
            self.refused.add(word)

    def document(self, market: Market, sent: list[readings.Reading], identification: str) -> None:
        """Note a document of readings."""
        with self._lock:
            self.by_kind["readings"] += 1
            self.documents.append(identification)
            self.sent += sent
            for reading in sent:
                commodity = cast.POINTS[reading.point]["commodity"]
                for recipient in market.told_of(reading.point, reading.start):
                    self.readings[address(recipient, commodity)].append(reading)

    def wrong_document(self, identification: str) -> None:
        """Note a document of readings that the hub took and must find wrong."""
        with self._lock:
            self.wrong_documents.append(identification)


def told(message: dict[str, Any]) -> Told:
    """Say what a message tells that is not one of readings."""
    content = json.loads(message["content"])
    name, count = _NAMES[message["resourceType"]](content)
    return message["resourceType"], message["reason"], name, count


def _point(content: dict[str, Any]) -> tuple[str, str]:
    return content["meteringPoint"]["meterEic"], content["meterLocation"]["comment"]


def _agreement(content: list[dict[str, Any]]) -> tuple[str, str]:
    (agreement,) = content
    # What the hub makes has no id of the operator's own: its end tells one change from another.
    count = agreement.get("agreementId") or agreement.get("validTo", "")
    # One without a point is named by who bears it; a grid operator's portfolio provider is told no customer.
    where = agreement.get("meterEic") or f"{agreement['serviceProviderEic']} {agreement['customerEic']}"
    return f"{agreement['agreementType']} {where}", count


def _bill(content: list[dict[str, Any]]) -> tuple[str, str]:
    (bill,) = content
    period = bill["networkBillPeriod"]
    start = readings.iso(datetime.fromisoformat(period["periodStart"]))
    return f"{bill['meterEic']} {start}", str(float(period["measurements"][0]["total"]))


def _customer(content: dict[str, Any]) -> tuple[str, str]:
    values = {one["metadataType"]: one["metadataValue"] for one in content["customerMetadata"]}
    return content["customerEic"], values.get("PHONE", "")


def _permission(content: dict[str, Any]) -> tuple[str, str]:
    return f"{content['meteringPointEic']} {content['purpose']}", content["subjectPeriodFrom"]


_NAMES = {
    "METERING_POINT": _point,
    "AGREEMENT": _agreement,
    "NETWORK_BILL": _bill,
    "CUSTOMER_DATA": _customer,
    "PERMISSION": _permission,
}


def check_scanner(scanner: Scanner, promises: Promises) -> None:
    """Raise AssertionError unless a scanner has exactly what was promised to its address, in order."""
    who = f"{scanner.participant} {scanner.resource_type} by {scanner.by}"
    ids = [message["id"] for message in scanner.found]
    assert ids == sorted(set(ids)), f"{who}: ids {ids}"
    times = [datetime.fromisoformat(message["createdTime"]) for message in scanner.found]
    assert times == sorted(times), who
    for message in scanner.found:
        for word in promises.refused:
            assert word not in message["content"], f"{who} was told of what was refused: {message}"
    if scanner.resource_type == "METERING_DATA":
        got = [reading for message in scanner.found for reading in readings.read_content(message["content"])]
        assert readings.plain(got) == readings.plain(promises.readings[scanner.address]), who
        return
    found = [told(message) for message in scanner.found]
    expected = [one for one in promises.told[scanner.address] if one[0] == scanner.resource_type]
    missing, strange = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    assert not missing and not strange, f"{who}: not told {missing}, but told {strange}"
    assert by_object(found) == by_object(expected), f"{who}: saves of one object out of order"


def check_documents(product: Product, promises: Promises) -> None:
    """Raise AssertionError unless the documents that were right were taken, and those that were wrong were not."""
    for documents, status in ((promises.documents, "SUCCESSFUL"), (promises.wrong_documents, "ERROR")):
        found = product.rows(
            "SELECT status, count(*) FROM metering_document WHERE identification = ANY(%s::uuid[]) GROUP BY status",
            documents,
        )
        assert found == ([{"status": status, "count": len(documents)}] if documents else []), f"{status}: {found}"


def check_stored(product: Product, promises: Promises) -> None:
    """Raise AssertionError unless the owners find what was sent of each point, to the last digit."""
    by_point: dict[str, list[readings.Reading]] = defaultdict(list)
    for reading in promises.sent:
        by_point[reading.point].append(reading)
    for point, sent in by_point.items():
        owner = cast.POINTS[point]["owner"]
        starts = sorted(reading.start for reading in sent)
        window = {"periodStart": readings.iso(starts[0]), "periodEnd": readings.iso(starts[-1] + timedelta(minutes=15))}
        client = Client.of(product.url, *address(owner))
        found: list[readings.Reading] = []
        page, pages = 0, 1
        while page < pages:
            answer = client.read(
                "/meter-data/search", meterEic=point, **window, pagination={"page": page, "pageSize": 35_136}
            )
            body = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
            found += readings.read([body])
            page, pages = page + 1, int(body["pagination"]["totalPages"])
        # Of days in between of which nothing was sent the demo's readings stand.
        wanted = {(reading.start, reading.direction) for reading in sent}
        ours = [reading for reading in found if (reading.start, reading.direction) in wanted]
        assert readings.plain(ours) == readings.plain(sent), f"readings of {point}"


def by_object(messages: Sequence[Told]) -> dict[str, list[Told]]:
    """Group what was told by object, in its order."""
    found: dict[str, list[Told]] = defaultdict(list)
    for message in messages:
        found[message[2]].append(message)
    return found


def check_log(product: Product, *, after: int) -> None:
    """Raise AssertionError unless the ids of all messages behind one follow each other and the times never fall."""
    rows = product.rows("SELECT id, created_at FROM distribution_message WHERE id > %s ORDER BY id", after)
    assert [row["id"] for row in rows] == list(range(after + 1, product.last_id() + 1))
    times = [row["created_at"] for row in rows]
    assert times == sorted(times)
