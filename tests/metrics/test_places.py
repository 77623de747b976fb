"""Processes count together: what the dead have counted stays, and files do not grow with the number of the dead."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from datahub.local.supervisor import ROOT

# Run in a process of its own, so that it may fork and kill what it likes; `end` says what there is in the end.
_BEGIN = """
import errno, json, os, signal, sys
from pathlib import Path
from django.conf import settings
settings.configure(VAR_DIR=Path(sys.argv[1]))
from datahub.metrics import counters, places

def child(work):
    "Fork a process that works, says so, and goes on living; give its number."
    said, say = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(said)
        work()
        os.write(say, b"x")
        signal.pause()
    os.close(say)
    assert os.read(said, 1) == b"x", "the child ended"
    os.close(said)
    return pid

def kill(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

def count(times=1):
    for _ in range(times):
        counters.document_ended(status="SUCCESSFUL", found=set())

def totals():
    return {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for metric in counters.Totals().collect() for sample in metric.samples
    }

def total():
    return int(totals().get("datahub_documents_total/SUCCESSFUL", 0))

def files():
    return len(list(places.directory().glob("*.db")))
"""


def run(var: Path, script: str) -> dict[str, int]:
    """Run a script after `_BEGIN`; give the `result` that it leaves."""
    whole = _BEGIN + script + "\nprint(json.dumps(result), flush=True)\nos._exit(0)"
    done = subprocess.run(
        [sys.executable, "-c", whole, str(var)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_what_the_dead_have_counted_stays_and_the_next_one_goes_on_in_their_files(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
living = child(lambda: count(3))
for _ in range(30):  # a worker that dies again and again
    kill(child(lambda: count(2)))
result = {"total": total(), "files": files()}
kill(living)
""",
    )
    # Two processes at once, a file for counters and one for histograms each.
    assert found == {"total": 63, "files": 4}


def test_processes_that_begin_at_once_each_count_in_their_own_files(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
living = child(lambda: count(1))
go, wait = os.pipe()
pids = []
for _ in range(12):
    pid = os.fork()
    if not pid:
        os.close(wait)
        os.read(go, 1)  # until the door is opened for all
        count(500)
        os._exit(0)
    pids.append(pid)
os.close(go), os.close(wait)
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
result = {"total": total(), "codes": sorted(set(codes)), "files": files()}
kill(living)
""",
    )
    assert found["total"] == 12 * 500 + 1
    assert found["codes"] == [0]
    assert found["files"] <= 2 * 13


def test_threads_that_count_first_at_once_take_one_place(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
import threading
barrier = threading.Barrier(8)
def work():
    barrier.wait()
    count(200)
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
result = {"total": total(), "files": files()}
""",
    )
    assert found == {"total": 1600, "files": 2}


def test_a_process_counts_on_in_a_place_of_its_own_after_it_was_forked(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
count(5)
one = child(lambda: count(10))
count(5)
result = {"total": total(), "files": files()}
kill(one)
""",
    )
    assert found == {"total": 20, "files": 4}


def test_totals_begin_anew_when_nobody_is_left_and_not_before(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
first = child(lambda: count(5))
second = child(lambda: count(7))
kill(first)
third = child(lambda: count(1))
beside = total()
kill(second), kill(third)
fourth = child(lambda: count(2))
result = {"beside": beside, "after": total()}
kill(fourth)
""",
    )
    assert found == {"beside": 13, "after": 2}


@pytest.mark.parametrize(
    "fault",
    [
        # Where the directory would be stands a file.
        "Path(sys.argv[1], 'metrics').write_text('')",
        "def full(*_): raise OSError(errno.ENOSPC, 'No space left on device')\nos.posix_fallocate = full",
    ],
)
def test_who_cannot_make_its_files_works_on_without_counting(tmp_path: Path, fault: str) -> None:
    found = run(tmp_path, fault + "\ncount(3)\nresult = {'has_one': places.has_one()}")
    assert found == {"has_one": False}


def test_what_this_release_can_count_fits_into_the_room_that_was_made_for_it(tmp_path: Path) -> None:
    """Every service with each status and code that it could have: the files need not grow, which could kill."""
    found = run(
        tmp_path,
        """
from datahub.errors import codes
names = [code.name for code in vars(codes).values() if hasattr(code, "name") and hasattr(code, "status")]
assert len(names) > 100
statuses = (200, 201, 202, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
for number in range(45):
    service = f"/connection-state/{{connectionStateRequestId}}/{number}"
    for method in ("POST", "PUT", "GET", "other"):
        for status in statuses if method == "POST" else (404, 405):
            counters.request_answered(service=service, method=method, status=status, seconds=1)
    # No service refuses with more codes than some dozens.
    for code in names[:45]:
        counters.request_answered(service=service, method="POST", status=400, seconds=1, code=code)
for code in names:
    counters.document_ended(status="ERROR", found={code})
for task in range(30):
    counters.task_ended(task=f"datahub.metering.tasks.of_a_long_name{task}", outcome="SUCCESS", seconds=1)
result = {"largest": max(file.stat().st_size for file in places.directory().glob("*.db")), "room": places.FILE_BYTES}
""",
    )
    assert found["largest"] == found["room"]
