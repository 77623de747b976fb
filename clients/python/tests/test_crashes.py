"""What a scan promises when it is killed: between any two lines, and at any moment of a real process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _lives(kind: str, step: int, tmp_path: Path) -> int:
    """Let a program die at every so many lines; give how often it was killed."""
    done = subprocess.run(
        [sys.executable, str(HERE / "crashing.py"), kind, str(tmp_path / "lives"), str(step)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kills, twice = map(int, done.stdout.split())
    if kind == "database":
        assert twice == 0
    else:
        assert 0 < twice <= kills, "each death repeats one message at most"
    return kills


@pytest.mark.parametrize("kind", ["file", "database"])
def test_a_scan_killed_between_lines_loses_nothing(kind: str, tmp_path: Path) -> None:
    """In a database each message is done exactly once, with a position in a file at least once."""
    assert _lives(kind, 11, tmp_path) > 40


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["file", "database"])
def test_a_scan_killed_between_any_two_lines_loses_nothing(kind: str, tmp_path: Path) -> None:
    assert _lives(kind, 1, tmp_path) > 400
