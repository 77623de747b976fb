"""The hub under everything at once: writers of every kind, scanners, readers, and faults by a plan from a seed.

    python -m tests.contracts.soak --minutes 10 --seed 1

At the end all is held against what was promised. The same seed makes the same plan of faults.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx

from tests.contracts import aftermath, contents, saving, storm
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import Market, roles_of
from tests.contracts.people import Person
from tests.contracts.product import Product
from tests.contracts.promises import (
    Promises,
    check_documents,
    check_log,
    check_scanner,
    check_stored,
    told,
)
from tests.contracts.saving import Crew
from tests.contracts.scanners import ExchangeScanner, Scanner
from tests.contracts.writers import Writer, connections, enquiries
from tests.contracts.writers.agreements import AggregationWriter, BorderWriter, PairWriter
from tests.contracts.writers.authorizations import AuthorizationWriter
from tests.contracts.writers.bills import BillWriter
from tests.contracts.writers.customers import CustomerWriter
from tests.contracts.writers.imports import ImportWriter
from tests.contracts.writers.points import MarketWriter
from tests.contracts.writers.readings import ReadingsWriter

RESOURCE_TYPES = ("METERING_POINT", "METERING_DATA", "NETWORK_BILL", "CUSTOMER_DATA", "AGREEMENT", "PERMISSION")
READ_POINTS = (cast.HOUSE_OF_MARI, cast.HOUSE_OF_JAAN, cast.BAKERY, cast.EMBASSY, cast.BAKERY_FLEXIBLE)
# Scanned all the time; all others are at the end, from before the first save on.
FOLLOWED = (
    (cast.BALANCE, "OPEN_SUPPLIER", "AGREEMENT", "id"),
    (cast.BALANCE, "OPEN_SUPPLIER", "METERING_DATA", "id"),
    (cast.BALANCE, "OPEN_SUPPLIER", "METERING_POINT", "time"),
    (cast.SUN, "OPEN_SUPPLIER", "METERING_POINT", "id"),
    (cast.SUN, "OPEN_SUPPLIER", "NETWORK_BILL", "time"),
    (cast.NORTH_GRID, "GRID_OPERATOR", "AGREEMENT", "id"),
    (cast.NAMED, "OPEN_SUPPLIER", "CUSTOMER_DATA", "id"),
    (cast.ADVICE, "ENERGY_SERVICE_PROVIDER", "PERMISSION", "time"),
)
# Codes of metering points begin with it, so that several soaks of one hub do not meet.
_BLOCKS = 100


class Pace:
    """Keeps parts at work until they are told to stop, with a pause between their rounds."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.is_over = False

    def of(self, round_: Callable[[], None]) -> Callable[[], None]:
        """Give what does rounds until it is over."""

        def run() -> None:
            while not self.is_over:
                round_()
                time.sleep(self.pause)

        return run


class Reader:
    """Searches and pages, which must be answered, or not at all while what they need is away; never by a crash."""

    def __init__(self, product: Product) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.person = Person(product.url, "grid", act_as=f"operator:{cast.NORTH_GRID}:GRID_OPERATOR:ELECTRICITY")
        since = cast.local_midnight(product.made_on - timedelta(days=30)).isoformat()
        until = cast.local_midnight(product.made_on).isoformat()
        self.searches = (
            ("/meter/search", {"meterAttributes": {"meterCommon": {"meterEic": cast.EMBASSY}}}),
            ("/agreement/search", {"agreementAttributes": {"meterEic": cast.EMBASSY}}),
            ("/meter-data/search", {"meterEic": cast.EMBASSY, "periodStart": since, "periodEnd": until}),
            ("/network-bill/search", {"networkBillAttributes": {"meterEic": cast.EMBASSY}}),
            ("/direct-messages/search", {"directMessageAttributes": {"meterEic": cast.HOUSE_OF_JAAN}}),
            ("/connection-state/search", {"connectionStateAttributes": {"meterEic": cast.EMBASSY}}),
        )
        self.pages = ("/operator/", "/operator/metering-points/", "/operator/readings/", "/operator/agreements/")
        self.answers: Counter[str] = Counter()

    def round(self) -> None:
        """Ask for everything once."""
        for path, fields in self.searches:
            with suppress(httpx.TransportError):
                answer = self.grid.post(path, **fields)
                self.answers[f"{answer.status_code} of searches"] += 1
                assert answer.status_code in {200, 503}, f"{path}: {answer.status_code} {answer.text[:1000]}"
        for page in self.pages:
            answer = self.person.get(page)
            self.answers[f"{answer.status_code} of pages"] += 1
            assert answer.status_code == 200, f"{page}: {answer.status_code} {answer.text[:1000]}"


class Soak:
    """One run on a hub: for so many seconds, and on until at least so many saves were answered."""

    def __init__(self, product: Product, *, seed: int, seconds: float, pause: float, least: int = 0) -> None:
        self.product, self.seed, self.seconds, self.least = product, seed, seconds, least
        self.market, self.promises, self.pace = Market(product.made_on), Promises(), Pace(pause)
        self.block = _BLOCKS + seed % 50 * 10
        self.plan = storm.plan(seed, seconds)
        self.ended_before = len(product.ended)
        days = [product.made_on - timedelta(days=back) for back in range(340, 5, -1)]
        self.authorizations = AuthorizationWriter(product, self.promises)
        self.imports = ImportWriter(product, self.promises, self.block)
        suppliers = (cast.SUN, cast.WIND)
        self.askers = [enquiries.Asker(product, one, seed, enquiries=3, changes=2) for one in suppliers]
        self.requesters = [connections.Requester(product, self.block * 10_000 + 9_000 + n) for n in range(2)]
        self.writers: list[Writer] = [
            *(MarketWriter(product, self.promises, self.block + n, points=0, changes=2) for n in (1, 2)),
            *(
                ReadingsWriter(product, self.promises, self.market, point, days, seed=seed, parts=3)
                for point in READ_POINTS
            ),
            BillWriter(product, self.promises, self.market),
            CustomerWriter(product, self.promises, self.block + 3),
            PairWriter(product, self.promises),
            AggregationWriter(product, self.promises, self.block + 4),
            BorderWriter(product, self.promises, self.block + 5),
            self.authorizations,
            self.imports,
            *self.askers,
            *self.requesters,
        ]
        self.reader = Reader(product)

    def run(self) -> None:
        """Do all of it; AssertionError if anything is not as it must be."""
        for one in (self.imports, *self.requesters):
            one.prepare()
        self.product.settle()
        self.promises = self._anew()
        since = datetime.now(UTC) - timedelta(milliseconds=1)
        followed = [self._scanner(*one) for one in FOLLOWED]
        others = [
            self._scanner(eic, role, resource_type, "id", commodity)
            for eic in (entry["eic"] for entry in cast.CAST["participants"])
            for role, commodity in roles_of(eic)
            for resource_type in RESOURCE_TYPES
        ]
        exchanges = [
            ExchangeScanner(self.product, path, who, role, since, is_patient=True)
            for path in (enquiries.PATH, connections.PATH)
            for who, role in (
                (cast.NORTH_GRID, "GRID_OPERATOR"),
                (cast.SUN, "OPEN_SUPPLIER"),
                (cast.WIND, "OPEN_SUPPLIER"),
            )
        ]
        self.logs, self.storm = aftermath.Logs(self.product), storm.Storm(self.product, self.plan)
        writing, scanning = Crew(), Crew()
        with aftermath.Scales(self.product) as self.scales:
            scanning.start(*(scanner.run for scanner in [*followed, *exchanges]))
            writing.start(*(self.pace.of(one.round) for one in [*self.writers, self.reader]))
            try:
                self._weather(writing, scanning)
                self.pace.is_over = True
                writing.wait(seconds=300, meanwhile=self.storm.tick)
            finally:
                self.pace.is_over = True
                self.storm.finish()
            self.product.all_running()
            last_id = self.product.settle(seconds=300)
            for scanner in [*followed, *others]:
                scanner.finish_at(last_id, datetime.now(UTC))
            for exchange in exchanges:
                exchange.is_last.set()
            scanning.wait(seconds=300, meanwhile=self.storm.tick)
            for scanner in others:
                scanner.run()
        self.scanners = [*followed, *others]
        self._check(followed, exchanges, since)

    def _anew(self) -> Promises:
        """Forget what was promised while all was prepared."""
        promises = self.promises
        promises.told.clear()
        promises.by_kind.clear()
        return promises

    def _scanner(self, eic: str, role: str, resource_type: str, by: str, commodity: str = "ELECTRICITY") -> Scanner:
        return Scanner(self.product, eic, role, resource_type, by=by, commodity=commodity, is_patient=True)

    def _weather(self, *crews: Crew) -> None:
        end = time.monotonic() + self.seconds
        while (time.monotonic() < end or self.saves.total() < self.least) and all(crew.is_at_work for crew in crews):
            self.storm.tick()
            time.sleep(0.03)

    def _check(self, followed: list[Scanner], exchanges: list[ExchangeScanner], since: datetime) -> None:
        for scanner in self.scanners:
            check_scanner(scanner, self.promises)
        for scanner in followed:
            assert scanner.windows > 3, "it looked while others wrote"
        of_enquiries, of_connections = exchanges[:3], exchanges[3:]
        suppliers = {scanner.participant: scanner for scanner in of_enquiries[1:]}
        enquiries.check_all(self.askers, of_enquiries[0], suppliers)
        connections.check_all(self.product, self.requesters, of_connections[0], of_connections[1], since)
        assert of_connections[2].found == []
        check_log(self.product, after=min(scanner.after for scanner in self.scanners))
        check_documents(self.product, self.promises)
        check_stored(self.product, self.promises)
        self.authorizations.check()
        self.scales.check()
        aftermath.check_sessions(self.product)
        aftermath.check_processes(self.product)
        # Granian ends as a whole where one of its processes dies twice in a few seconds, and Celery where its only one
        # is killed before it has begun; nobody else ends unasked.
        strange = [(name, log) for name, log in self.ended if name != "web" and aftermath.KILLED_AT_START not in log]
        assert not strange, strange
        self.explained = self.logs.check({fault.victim for fault, _, _ in self.storm.done})

    @property
    def ended(self) -> list[tuple[str, str]]:
        """What ended by itself since this began, each time with the end of its log."""
        return self.product.ended[self.ended_before :]

    @property
    def saves(self) -> Counter[str]:
        """How many saves of each kind were answered with success."""
        enquired, connected = sum(one.saves for one in self.askers), sum(one.saves for one in self.requesters)
        return self.promises.by_kind + Counter(enquiries=enquired, connections=connected)

    # --- what is told of it -------------------------------------------------------------------------------------------

    def latencies(self) -> list[float]:
        """Give the seconds from an answer until it was found by a scanner, sorted, of saves outside of all faults."""
        found = []
        for scanner in self.scanners:
            if scanner.resource_type == "METERING_DATA" or scanner.windows < 10:
                continue
            for message, at in zip(scanner.found, scanner.found_at, strict=True):
                answered = self.promises.answered_at[scanner.address, told(message)]
                if self.storm.is_calm(answered, at):
                    found.append(max(0.0, at - answered))
        return sorted(found)

    def summary(self) -> str:
        """Say what was done and found."""
        latencies = self.latencies()
        lines = [
            f"seed {self.seed}, {self.seconds:.0f} s: {self.saves.total()} saves, {saving.again.count} sent again,"
            f" {sum(len(one.found) for one in self.scanners)} messages found in"
            f" {sum(one.windows for one in self.scanners)} windows",
            "saves: " + _counts(self.saves),
            "faults: " + _counts(self.storm.by_victim),
            "started again by the supervisor: " + (_counts(Counter(name for name, _ in self.ended)) or "none"),
            "read: " + _counts(self.reader.answers),
            "memory in MB: " + _counts(Counter({name: kb // 1024 for name, kb in self.scales.most.items()})),
            "errors in logs: " + (_counts(self.explained) or "none"),
            f"imports given up: {self.imports.given_up}",
        ]
        if latencies:
            p99 = latencies[int(len(latencies) * 0.99)]
            lines.append(
                f"from an answer until it is found, outside of faults: median {statistics.median(latencies) * 1000:.0f}"
                f" ms, p99 {p99 * 1000:.0f} ms, of {len(latencies)}"
            )
        return "\n".join(lines)


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))


def main() -> int:
    """Run one soak on a hub of its own; 0 if all was as it must be."""
    parser = argparse.ArgumentParser(description="Put the hub under everything at once.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plan", action="store_true", help="print the plan of faults alone")
    arguments = parser.parse_args()
    seconds = arguments.minutes * 60
    plan = "\n".join(map(str, storm.plan(arguments.seed, seconds)))
    sys.stdout.write(f"seed {arguments.seed}, faults:\n{plan}\n")
    sys.stdout.flush()
    if arguments.plan:
        return 0
    product, is_well = Product(), False
    try:
        product.start()
        contents.publish(product.description())
        soak = Soak(product, seed=arguments.seed, seconds=seconds, pause=0.2)
        soak.run()
        sys.stdout.write(soak.summary() + "\n")
        is_well = True
    finally:
        product.stop(keep=not is_well)
        sys.stdout.write(f"seed {arguments.seed}{'' if is_well else f'; what is left of it is in {product.var}'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
