"""`make demo`, run as it is run: the whole product in its own processes, from nothing, in a directory of its own."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from datahub.local.processes import running
from datahub.local.services import free_port
from datahub.local.supervisor import ROOT
from tests.contracts import made

READY_SECONDS = 60
STOP_SECONDS = 15
TOKEN = {
    "grant_type": "client_credentials",
    "client_id": "38X-EIN-GO-----0-demo",
    "client_secret": "demo-01-not-a-secret",
}


def _heed_interrupts():
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Run:
    """One running demo."""

    def __init__(self, var, *, through_make=False, port=None, env=None):
        self.var, self.port = Path(var), port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        named = ("DATABASE_URL", "REDIS_URL", "DATAHUB_VAR", "DJANGO_SETTINGS_MODULE", "MAKEFLAGS")
        environment = {
            name: value for name, value in os.environ.items() if name not in named and not name.startswith("S3_")
        }
        command = [sys.executable, "-m", "datahub.local.demo", "--port", str(self.port)]
        if through_make:
            command = ["make", "--no-print-directory", "demo", f"PORT={self.port}", f"DATAHUB_VAR={var}"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment | {"DATAHUB_VAR": str(var)} | (env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A test session in the background may ignore Ctrl-C, and would leave that to its children.
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 - it does nothing but that
            start_new_session=True,
        )
        self.said = ""

    def wait_until_ready(self):
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            assert self.process.poll() is None, self.process.stdout.read()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return self
            time.sleep(0.2)
        raise AssertionError(f"not ready in {READY_SECONDS} s: {httpx.get(f'{self.url}/health/ready').text}")

    def sessions(self):
        record = self.var / "run.processes"
        return {int(line.split()[1]) for line in record.read_text().splitlines()} if record.exists() else set()

    def processes(self):
        """All processes that the run has started, with what these have started."""
        return [process.pid for process in running() if process.session in self.sessions()]

    def postgres(self):
        return int((self.var / "postgres/data/postmaster.pid").read_text().split()[0])

    def database(self):
        password = (self.var / "postgres/password").read_text()
        port = (self.var / "postgres/data/postmaster.pid").read_text().split("\n")[3]
        return psycopg.connect(f"postgres://datahub:{password}@127.0.0.1:{port}/datahub", autocommit=True)

    def stop(self, with_signal=signal.SIGTERM):
        """Stop it, and make sure that nothing of it is left."""
        sessions, ours = self.sessions(), self.process.pid
        self.process.send_signal(with_signal)
        self.said, _ = self.process.communicate(timeout=STOP_SECONDS)
        left = [process.pid for process in running() if process.session in {*sessions, ours}]
        assert not left
        assert not port_answers(self.port)
        return self


def port_answers(port):
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
    return False


@pytest.fixture
def demo(tmp_path):
    """Start demos, and leave none behind whatever happens."""
    runs = []

    def start(name="var", **options):
        runs.append(Run(tmp_path / name, **options))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.mark.timeout(300)
def test_make_demo_from_nothing_beside_another_then_again_with_the_same_data(demo, tmp_path):
    first = demo(through_make=True).wait_until_ready()
    assert httpx.get(first.url).status_code == 200
    assert httpx.get(f"{first.url}/health/live").json() == {"status": "live"}
    assert httpx.post(f"{first.url}/realms/estfeed/protocol/openid-connect/token", data=TOKEN).status_code == 200
    with first.database() as database:
        assert database.execute("SELECT count(*) FROM parties_party").fetchone() == (15,)
        database.execute("UPDATE parties_party SET name = 'changed' WHERE eic = '38X-EIN-GO-----0'")
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (first.var / "postgres").glob("password")} == {
        "password": "0o600"
    }

    # The first hour of the README works as it stands there.
    assert_readme_works(first, tmp_path)

    # Two may run side by side; Ctrl-C to the `make` of one ends that one alone.
    # Its data was made by another test, where one ran before; else it makes its own.
    made.copy_to(tmp_path / "other")
    other = demo("other", through_make=True).wait_until_ready()
    assert first.sessions().isdisjoint(other.sessions())
    other.stop(signal.SIGINT)
    assert is_ready(first.url)

    # But not on the same port or the same data.
    same_port = demo("third", port=first.port)
    assert "cannot be used" in same_port.process.communicate(timeout=20)[0]
    same_data = demo(port=free_port())
    assert "Another run uses" in same_data.process.communicate(timeout=20)[0]
    assert (same_port.process.returncode, same_data.process.returncode) == (1, 1)

    # What dies comes back: PostgreSQL, a worker with its children, the web server.
    postgres = first.postgres()
    os.kill(postgres, signal.SIGKILL)
    worker = next(pid for pid in first.processes() if b"-Qdistribution" in command_of(pid).replace(b"\0", b""))
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not alive(worker))
    wait_for(lambda: is_ready(first.url) and first.postgres() != postgres)

    # A supervisor that is killed takes its processes along; the next one goes on with the data.
    left = first.processes()
    (supervisor,) = children_of(first.process.pid)
    os.kill(supervisor, signal.SIGKILL)
    first.said, _ = first.process.communicate(timeout=STOP_SECONDS)
    assert re.search(r"Ready after \d+ s", first.said)
    assert "curl --silent" in first.said
    assert "postgres ended (signal SIGKILL), starting it again" in first.said
    wait_for(lambda: not any(alive(pid) for pid in left))
    second = demo(port=first.port, through_make=True).wait_until_ready()
    with second.database() as database:
        named = database.execute("SELECT name FROM parties_party WHERE eic = '38X-EIN-GO-----0'").fetchone()
    assert named == ("changed",)
    second.stop()


def test_the_environments_services_win_and_are_left_alone(demo, tmp_path):
    run = demo(env={"DATABASE_URL": "postgres://nobody:wrong@127.0.0.1:1/none"})
    said, _ = run.process.communicate(timeout=30)
    assert run.process.returncode == 1
    assert "prepare failed" in said
    assert "127.0.0.1" in said
    assert not (tmp_path / "var/postgres").exists()
    assert not run.processes()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"env": {"DATAHUB_ENV": "production"}}, "does not start with DATAHUB_ENV=production"),
        ({"port": 70_000}, "is not a port"),
    ],
)
def test_what_cannot_start_says_why_and_starts_nothing(demo, options, reason, tmp_path):
    run = demo(**options)
    said, _ = run.process.communicate(timeout=20)
    assert reason in said
    assert run.process.returncode != 0
    assert not (tmp_path / "var").exists()


def assert_readme_works(run, directory):
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    take_a_token, send, ask, scan, package = (block.replace("http://127.0.0.1:8000", run.url) for block in blocks)
    # As it is once it is installed.
    command = (
        f'datahub-client() {{ PYTHONPATH={ROOT / "clients/python/src"} {sys.executable} -m datahub_client "$@"; }}'
    )
    patiently = (
        f"for turn in $(seq 20); do sleep 0.5; answer=$({ask}); case $answer in *PROCESSING*) ;; *) break;; esac; done"
    )
    script = "\n".join([take_a_token, send, patiently, 'echo "$answer"', "sleep 2", scan, command, package])
    done = subprocess.run(
        ["bash", "-euc", script], check=True, cwd=directory, capture_output=True, text=True, timeout=60
    )
    accepted, status, found, scanned = (json.loads(line) for line in done.stdout.splitlines() if line)
    assert status["meterDataStatuses"][0]["status"] == "SUCCESSFUL"
    sent = status["meterDataStatuses"][0]["originalDocumentIdentification"]
    assert accepted == {"originalDocumentIdentification": sent}
    (message,) = found["dataDistributions"]
    (element,) = json.loads(message["content"])
    assert element["meterEic"] == "38ZGO-10000003-O"
    assert sum(len(period["aI"]) for period in element["periods"]) in (92, 96, 100)
    assert (scanned["id"], scanned["content"]) == (message["id"], [element])


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    return any(process.pid == pid for process in running())


def is_ready(url):
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/health/ready").status_code == 200
    return False
