"""What must be left of a storm: nothing. Memory, sessions of the database, processes, and what the logs say."""

import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.contracts import trees
from tests.contracts.product import WORKERS, Product, wait_until

MOST_KB = 400 * 1024
# Each process of the web server has two threads and a listener; a worker's every process a connection.
_WEB_SESSIONS, _SESSIONS = 3, 1


class Scales:
    """A thread that weighs every process of the hub until it is stopped; give it time to weigh before a kill."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.most: Counter[str] = Counter()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Scales":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join()
        self.weigh()

    def _run(self) -> None:
        while not self._stopped.wait(1):
            self.weigh()

    def weigh(self) -> None:
        """Note the most memory that any process of each kind has had, in kB."""
        for name, child in list(self.product.children.items()):
            for number in trees.family(child):
                self.most[name] = max(self.most[name], trees.most_memory(number))

    def check(self) -> None:
        """Raise AssertionError if a process ever had 400 MB."""
        too_much = {name: kb for name, kb in self.most.items() if kb >= MOST_KB}
        assert not too_much, f"memory in kB: {too_much}"


def check_sessions(product: Product) -> None:
    """Raise AssertionError if the hub keeps more sessions of the database than it has threads, or an open transaction.

    A process that was killed while its machine did not answer leaves a session for a while.
    """
    most = sum(
        (_WEB_SESSIONS if name == "web" else _SESSIONS) * len(trees.family(child))
        for name, child in product.processes.items()
    )

    def is_quiet() -> bool:
        (row,) = product.rows(
            "SELECT count(*) AS sessions, count(*) FILTER (WHERE state LIKE 'idle in transaction%%') AS idle,"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS locks FROM pg_stat_activity"
            " WHERE datname = 'datahub' AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        seen.update(row)
        return row["sessions"] <= most and not row["idle"] and not row["locks"]

    seen: dict[str, int] = {}
    try:
        wait_until(is_quiet, seconds=15, what="the database quiet")
    except AssertionError as error:
        raise AssertionError(f"{error}: {seen}, at most {most} sessions") from error


def check_processes(product: Product) -> None:
    """Raise AssertionError if a process of the hub was left behind by those that started it."""
    ours = {number for child in product.children.values() for number in trees.family(child)}
    var = f"DATAHUB_VAR={product.var}\0".encode()
    left = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            is_of_hub = var in (entry / "environ").read_bytes()
        except OSError:
            continue
        if is_of_hub and int(entry.name) not in ours and trees.title(int(entry.name)):
            left.append(f"{entry.name} {trees.title(int(entry.name))}")
    assert not left, f"left behind: {left}"


# --- logs -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Allowed:
    """What a log may say of an error: by a fault of whom, and in which logs ("" for every one)."""

    pattern: str
    victim: str
    log: str
    why: str


# What Celery says when it ends since the only process of a pool was killed before it had begun.
KILLED_AT_START = "Could not start worker processes"

# Django and Celery log as an error what they could not do for a moment; each line here says for want of whom.
ALLOWED = (
    Allowed(r"django\.db\.utils\.(OperationalError|InterfaceError):", "postgres", "", "the database was away"),
    Allowed(r"Service Unavailable: /|answered 503", "postgres", "web", "answered 503"),
    Allowed(r"consumer: (Cannot connect to|Connection to broker lost)", "redis", "", "no broker"),
    Allowed(r"(redis|kombu)\.exceptions\.(Connection|Timeout|Operational)Error: ", "redis", "", "no broker"),
    Allowed(r"Couldn't apply scheduled task .*Error \d+ connecting to 127", "redis", "beat", "no broker for beat"),
    Allowed(r"Couldn't apply scheduled task .*Connection closed by server", "redis", "beat", "no broker for beat"),
    Allowed(r"Couldn't apply scheduled task .*Timeout reading from socket", "redis", "beat", "no broker for beat"),
    # Where it was started while there was none.
    Allowed(r"beat: Connection error: Error \d+ connecting to 127", "redis", "beat", "no broker for beat"),
    *(
        Allowed(r"(exited with '|prematurely: )signal 9 \(SIGKILL\)", one, one, "a process was killed")
        for one in WORKERS
    ),
    *(Allowed(KILLED_AT_START, one, one, "a process was killed before it had begun") for one in WORKERS),
)
# Where a program has written of itself and not by the hub's logs.
_ERROR = re.compile(r"\b(ERROR|CRITICAL|Traceback)\b")
# A line that begins an entry: those of a traceback stand behind it and belong to it.
_BEGINS = re.compile(r"^(\[?\d{4}-\d\d-\d\d|\{|\[(INFO|WARNING|ERROR)\])")


def is_error(entry: str) -> bool:
    """Tell whether an entry of a log is an error."""
    try:
        said = json.loads(entry)
    except ValueError:
        return _ERROR.search(entry) is not None
    return said["level"] in {"ERROR", "CRITICAL"}


def entries(text: str) -> Iterable[str]:
    """Give the entries of a log, each with the lines that belong to it."""
    entry: list[str] = []
    for line in text.splitlines():
        if _BEGINS.match(line) and entry:
            yield "\n".join(entry)
            entry = []
        entry.append(line)
    if entry:
        yield "\n".join(entry)


class Logs:
    """The logs of the hub's processes from a moment on."""

    def __init__(self, product: Product) -> None:
        self.directory = product.var / "logs"
        self.begin = {log: log.stat().st_size for log in self.directory.glob("*.log")}

    def errors(self) -> dict[str, list[str]]:
        """Give the entries that are errors, by log."""
        found: dict[str, list[str]] = defaultdict(list)
        for log in sorted(self.directory.glob("*.log")):
            with log.open("rb") as file:
                file.seek(self.begin.get(log, 0))
                text = file.read().decode(errors="replace")
            found[log.stem] += [entry for entry in entries(text) if is_error(entry)]
        return found

    def check(self, victims: set[str]) -> Counter[str]:
        """Raise AssertionError for an error that none of those hit explains; count those that are explained, by why."""
        explained: Counter[str] = Counter()
        strange = []
        for log, errors in self.errors().items():
            for entry in errors:
                found = _explained(log, entry, victims)
                if found is None:
                    strange.append(f"{log}: {entry if len(entry) < 3_000 else entry[:1_000] + ' … ' + entry[-2_000:]}")
                else:
                    explained[found.why] += 1
        assert not strange, f"{len(strange)} errors that nothing explains, the first:\n" + "\n\n".join(strange[:5])
        return explained


def _explained(log: str, entry: str, victims: set[str]) -> Allowed | None:
    """Give what explains an error by the fault of one of those hit."""
    for one in ALLOWED:
        # The logs of workers that were added are named after those of their queue.
        is_there = not one.log or log == one.log or log.startswith(f"{one.log}-")
        if is_there and one.victim in victims and re.search(one.pattern, entry):
            return one
    return None
