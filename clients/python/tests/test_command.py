"""The command line: what it prints, how it ends, and that killing it loses nothing.

Where no signal and no death is needed it runs in the process of the tests, which is much faster.
"""

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import datahub_client
from datahub_client.command import main
from fake_hub import SECRET, FakeHub, environment, fault, listening

SOURCE = str(Path(datahub_client.__file__).parents[1])
Start = Callable[..., subprocess.Popen[bytes]]
Run = Callable[..., tuple[int, list[Any], str]]


@pytest.fixture
def fake() -> FakeHub:
    """Give a hub."""
    return FakeHub()


@pytest.fixture
def url(fake: FakeHub) -> Iterator[str]:
    """Give the hub's address."""
    with listening(fake) as address:
        yield address


@pytest.fixture
def start(url: str, tmp_path: Path) -> Iterator[Start]:
    """Give what starts the command with some arguments, in a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        variables = {**environment(url), "PATH": os.environ["PATH"], "PYTHONPATH": SOURCE}
        process = subprocess.Popen(
            [sys.executable, "-m", "datahub_client", *arguments],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": tmp_path, "env": variables, **options},
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Give what runs the command here: how it ended, its lines, and what it said of errors."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment(url).items():
        monkeypatch.setenv(name, value)

    def begin(*arguments: str, send: bytes = b"") -> tuple[int, list[Any], str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(send)))
        try:
            code = main(arguments)
        except SystemExit as ended:
            assert isinstance(ended.code, int)
            code = ended.code
        out, err = capfd.readouterr()
        assert SECRET not in out + err
        return code, [json.loads(line) for line in out.splitlines() if line], err

    return begin


def _read_lines(process: subprocess.Popen[bytes], count: int) -> list[Any]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def test_messages_are_printed_a_line_each_and_remembered(fake: FakeHub, run: Run, tmp_path: Path) -> None:
    fake.tell(content='[{"kwh": 0.10,\n "eic": "Põhja"}]')
    fake.tell()
    code, lines, err = run("scan", "agreement")
    assert (code, err) == (0, "")
    assert lines[0] == {
        "id": 1,
        "createdTime": "2026-05-04T10:00:01Z",
        "resourceType": "AGREEMENT",
        "reason": "CREATE",
        "hasContent": True,
        "content": [{"kwh": 0.1, "eic": "Põhja"}],
    }
    assert [line["id"] for line in lines] == [1, 2]
    assert run("scan", "AGREEMENT") == (0, [], "")
    assert (tmp_path / "AGREEMENT-38X-EIN-OS-----J-OPEN_SUPPLIER-ELECTRICITY.position").exists()
    _, lines, _ = run("scan", "AGREEMENT", "--position", "other", "--raw", "--limit", "1")
    assert [line["content"] for line in lines] == ['[{"kwh": 0.10,\n "eic": "Põhja"}]']
    assert [line["id"] for line in run("scan", "AGREEMENT", "--position", "other")[1]] == [2]
    assert run("scan", "AGREEMENT", "--position", "third", "--from-id", "2")[1][0]["id"] == 2
    fake.save_change(7)
    moment = ("--from-time", "2026-05-04T09:00:00Z")
    assert run("changes", "enquiries", *moment)[1][0]["messageRequestId"] == "7"
    assert len(run("changes", "connection-requests", *moment)[1]) == 1


def test_following_ends_cleanly(fake: FakeHub, start: Start, run: Run) -> None:
    fake.tell()
    process = start("scan", "AGREEMENT", "--follow", "--every", "0.05", "--position", "p")
    assert _read_lines(process, 1)[0]["id"] == 1
    time.sleep(0.2)
    fake.tell()
    assert _read_lines(process, 1)[0]["id"] == 2
    code, _, err = run("scan", "AGREEMENT", "--position", "p")
    assert code == 5
    assert "another process" in err
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == 0
    fake.tell()
    assert [line["id"] for line in run("scan", "AGREEMENT", "--position", "p")[1]] == [3]


def test_one_that_has_an_end_says_when_it_was_stopped_before(fake: FakeHub, start: Start) -> None:
    fake.tell()
    fake.faults = [fault(503, "x", {"Retry-After": "60"})]
    process = start("scan", "AGREEMENT")
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130


def test_a_signal_waits_for_the_line_that_is_being_written(fake: FakeHub, start: Start, run: Run) -> None:
    """A reader that is slow gets the whole line, and the position counts it; one that never reads is left at last."""
    fake.tell(content=json.dumps(["x" * 500_000]))
    fake.tell(content=json.dumps(["y" * 500_000]))
    process = start("scan", "AGREEMENT", "--follow", "--position", "p")
    assert process.stdout is not None
    assert process.stdout.read(1) == b"{"
    process.terminate()
    time.sleep(0.1)
    rest = process.stdout.readline()
    assert json.loads(b"{" + rest)["id"] == 1
    process.communicate(timeout=30)
    assert process.returncode == 0
    process = start("scan", "AGREEMENT", "--follow", "--position", "p")
    assert process.stdout is not None
    assert process.stdout.read(1) == b"{"
    process.terminate()
    time.sleep(0.1)
    assert process.poll() is None
    process.terminate()
    process.wait(timeout=30)
    assert [line["id"] for line in run("scan", "AGREEMENT", "--position", "p")[1]] == [2]


def test_a_reader_that_goes_away_ends_it_without_noise(fake: FakeHub, start: Start, run: Run) -> None:
    for _ in range(3):
        fake.tell()
    process = start("scan", "AGREEMENT", "--follow", "--every", "0.05", "--position", "p")
    assert len(_read_lines(process, 3)) == 3
    assert process.stdout is not None
    process.stdout.close()
    fake.tell()
    assert process.wait(timeout=30) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stdout = None
    assert [line["id"] for line in run("scan", "AGREEMENT", "--position", "p")[1]] == [4], "4 was not read"


def _follow_under_kills(fake: FakeHub, start: Start, out: Path, *, kills: int, seed: int) -> int:
    """Kill the command at random moments while messages come; give how many were told."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of moments
    for _ in range(kills):
        with out.open("ab") as file:
            process = start("scan", "AGREEMENT", "--follow", "--every", "0.01", "--position", "p", stdout=file)
        size, end = out.stat().st_size, time.monotonic() + 20
        while time.monotonic() < end:
            fake.tell()
            time.sleep(0.002)
            if out.stat().st_size > size:
                # It is in the middle of its work.
                size, end = 1 << 40, time.monotonic() + chance.random() * 0.3
        process.kill()
        process.wait()
    with out.open("ab") as file:
        assert start("scan", "AGREEMENT", "--position", "p", stdout=file).wait(timeout=30) == 0
    return len(fake.messages)


def test_killed_at_any_moment_it_leaves_nothing_out(fake: FakeHub, start: Start, tmp_path: Path) -> None:
    kills = 3
    told = _follow_under_kills(fake, start, tmp_path / "out.jsonl", kills=kills, seed=1)
    whole = []
    for line in (tmp_path / "out.jsonl").read_bytes().splitlines():
        try:
            whole.append(json.loads(line)["id"])
        except ValueError:
            continue  # a line that death has cut; its message comes again
    assert sorted(set(whole)) == list(range(1, told + 1))
    assert told > 20
    assert len(whole) - told <= kills


def test_a_line_that_was_cut_off_stands_alone(fake: FakeHub, start: Start, tmp_path: Path) -> None:
    fake.tell()
    out = tmp_path / "out.jsonl"
    out.write_bytes(b'{"id": 1, "con')
    for told in (1, 2):
        with out.open("ab") as file:
            assert start("scan", "AGREEMENT", "--position", "p", stdout=file).wait(timeout=30) == 0
        cut, *lines = out.read_bytes().split(b"\n")
        assert (cut, lines.pop()) == (b'{"id": 1, "con', b"")
        assert [json.loads(line)["id"] for line in lines] == [*range(1, told + 1)]
        fake.tell()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["scan", "NOTHING"], 2, "invalid choice"),
        (["scan", "AGREEMENT", "--from-id", "1", "--from-now"], 2, "not allowed with"),
        (["scan", "AGREEMENT", "--from-time", "2026-05-04T10:00:00"], 2, "with its offset"),
        (["scan", "AGREEMENT", "--client-secret", "mine"], 2, "unrecognized arguments"),
        (["scan", "AGREEMENT", "--url", "http://hub.example"], 2, "over http"),
        (["scan", "AGREEMENT", "--role", "OPEN_SUPPLIER", "--position", "nowhere/p"], 5, "no directory"),
        (["scan", "AGREEMENT", "--participant", "38X-EIN-GO-----0"], 1, "unprocessable-market-participant-context"),
        (["scan", "AGREEMENT", "--url", "http://127.0.0.1:9", "--patience", "0"], 3, "does not answer"),
        (["token", "--client-id", "another"], 1, "invalid_client"),
        (["token", "--client-secret-file", "nowhere"], 2, "cannot be read"),
        (["call", "https://elsewhere.example/", "body.json"], 2, "is no service"),
        (["call", "/meter/../x", "body.json"], 2, "is no service"),
        (["call", "/meter", "nowhere.json"], 6, "No such file"),
        (["call", "/meter", "-"], 2, "not JSON"),
    ],
)
def test_what_is_wrong_is_said_and_told_by_the_exit(run: Run, arguments: list[str], code: int, said: str) -> None:
    ended, lines, err = run(*arguments)
    assert (ended, lines) == (code, [])
    assert said in err
    assert "Traceback" not in err


def test_messages_may_be_called_by_hand(fake: FakeHub, run: Run, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text('{"meterMetadata": {"power": 0.10}}')
    own = ["--identification", "0b9d5f3e-9f0c-4b60-9a3f-0f6f2f6a1d11"]
    for _ in range(2):
        code, lines, _ = run("call", "/meter", "body.json", "--method", "put", *own)
        assert (code, lines) == (0, [{"meterMetadata": {"power": 0.1}}])
    assert fake.requests[-1].method == "PUT"
    assert b'"power":0.10' in fake.requests[-1].content
    assert len(fake.saved) == 1
    code, lines, _ = run("call", "api/v1/meter", "-", send=b'{"a": 1}')
    assert (code, lines) == (0, [{"a": 1}])


def test_readings_are_sent_and_waited_for(fake: FakeHub, run: Run, tmp_path: Path) -> None:
    readings = [{"meterEic": "38ZGO-10000003-O", "periods": []}]

    def accepts(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content)["meterData"] == readings
        return httpx.Response(202, json={"originalDocumentIdentification": "document"})

    def stands(status: str) -> Callable[[httpx.Request], httpx.Response]:
        rows = [{"originalDocumentIdentification": "document", "status": status, "statusMessage": "", "errors": []}]
        answer = {"meterDataStatuses": rows, "pagination": {"page": 0, "totalPages": 1}}
        return lambda request: httpx.Response(200, json=answer)

    (tmp_path / "whole.json").write_text(json.dumps({"meterData": readings}))
    fake.faults = [accepts]
    assert run("send-readings", "whole.json")[:2] == (0, [{"originalDocumentIdentification": "document"}])
    fake.faults = [accepts, stands("SUCCESSFUL")]
    code, lines, _ = run("send-readings", "-", "--wait", "9", send=json.dumps(readings).encode())
    assert (code, lines[0]["status"]) == (0, "SUCCESSFUL")
    fake.faults = [stands("ERROR")]
    code, lines, _ = run("readings-status", "document", "--wait", "9")
    assert (code, lines[0]["status"]) == (1, "ERROR")
    fake.faults = [stands("PROCESSING")]
    assert run("readings-status", "document")[1][0]["status"] == "PROCESSING"


def test_the_state_of_things_is_told(fake: FakeHub, run: Run) -> None:
    code, lines, _ = run("token")
    assert (code, lines[0]["clientId"]) == (0, "sun-1")
    assert 200 < lines[0]["usedForSeconds"] <= 270
    fake.tell()
    run("scan", "AGREEMENT", "--position", "p")
    fake.skip(10)
    code, lines, _ = run("status", "--position", "p")
    assert (code, lines[0]["ready"], lines[0]["token"]) == (0, True, "given")
    progress = lines[0]["positions"]["p"]
    assert (progress["place"]["after"], progress["highestId"]) == (1, 11)
    assert fake.tokens[0] not in str(lines)
    fake.token_faults = [httpx.Response(401, json={"error": "invalid_client"})]
    code, lines, _ = run("status")
    assert (code, lines[0]["ready"]) == (3, True)
    assert "invalid_client" in lines[0]["token"]
