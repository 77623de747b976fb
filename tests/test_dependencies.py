"""Dependencies: their licences, and that an audit which could not look does not call itself clean."""

import importlib.util
import json
import subprocess
from email.message import Message
from types import ModuleType
from typing import Any

import pytest

from datahub.local.supervisor import ROOT


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    """The program behind `make audit`."""
    specification = importlib.util.spec_from_file_location("audit", ROOT / "requirements/audit.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_library_of_production_comes_under_a_licence_that_is_allowed(audit: ModuleType) -> None:
    assert len(audit.locked("run")) > 50
    assert audit.not_allowed("run") == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("License-Expression", "MPL-2.0 AND (Apache-2.0 OR MIT)")], ["MPL-2.0", "Apache-2.0", "MIT"]),
        ([("Classifier", "License :: OSI Approved :: BSD License")], ["BSD License"]),
        ([("License", "MIT\n\nCopyright …")], ["MIT"]),
        ([("License-Expression", "AGPL-3.0-only")], ["AGPL-3.0-only"]),
        ([("License", "UNKNOWN")], ["UNKNOWN"]),
        ([], []),
    ],
)
def test_licences_are_read_as_packages_name_them(
    audit: ModuleType, fields: list[tuple[str, str]], expected: list[str]
) -> None:
    package = Message()
    for name, value in fields:
        package[name] = value
    assert audit.licences(package) == expected
    allowed = bool(expected) and all(audit.ALLOWED.fullmatch(one) for one in expected)
    assert allowed is (expected not in ([], ["AGPL-3.0-only"], ["UNKNOWN"]))


KNOWN = {"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1"], "description": "…"}


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "nothing is known of any of 1 packages"),
        ([{"name": "a", "version": "1", "vulns": [KNOWN]}], 1, "a 1: PYSEC-1 CVE-2026-1; mended in 1.1"),
        (
            [{"name": "a", "skip_reason": "not found"}],
            2,
            "NOT AUDITED, the service of advisories told nothing of 1 of 1",
        ),
        (
            [{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "2", "vulns": [KNOWN]}],
            1,
            "NOT AUDITED",
        ),
        (None, 2, "could not be asked: ConnectionError"),
    ],
)
def test_what_an_audit_tells(
    audit: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    said: list[dict[str, Any]] | None,
    code: int,
    told: str,
) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert "--require-hashes" in command
        out = "" if said is None else json.dumps({"dependencies": said, "fixes": []})
        return subprocess.CompletedProcess(command, code, out, "Traceback …\nConnectionError")

    monkeypatch.setattr(audit.subprocess, "run", run)
    assert audit.main() == code
    written = capsys.readouterr()
    assert told in written.out + written.err


def test_an_audit_that_never_ends_was_none(audit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(audit.subprocess, "run", run)
    assert audit.main() == 2
