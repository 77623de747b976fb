"""What the docs take from the code is as the code has it, and what they name is there."""

import re

from connections.document import transitions
from datahub.errors.document import error_codes
from datahub.local.supervisor import ROOT


def test_the_list_of_error_codes_is_up_to_date():
    assert (ROOT / "docs/error-codes.md").read_text() == error_codes(), "run `make docs`"


def test_the_table_of_transitions_is_up_to_date():
    assert (ROOT / "docs/connection-transitions.md").read_text() == transitions(), "run `make docs`"


def test_the_paths_that_the_docs_name_are_there():
    docs = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    missing = [
        f"{doc.relative_to(ROOT)}: {path}"
        for doc in docs
        for path in re.findall(
            r"`((?:datahub|distribution|docs|tests|bench|templates|static|requirements|clients|deploy)/[\w/.-]+)`",
            doc.read_text(),
        )
        if not (ROOT / path).exists()
    ]
    assert not missing


def test_each_promise_of_security_names_tests_that_are_there():
    rows = [line for line in (ROOT / "docs/security.md").read_text().splitlines() if line.startswith("|")]
    promises = [row for row in rows if not row.startswith(("| promise", "|---"))]
    assert len(promises) > 25
    for row in promises:
        _, promise, kept_in, held_by, _ = row.split("|")
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", held_by)
        assert promise.strip() and kept_in.strip() and named, row
        for path, test in named:
            assert re.search(rf"^ *def {test}\(", (ROOT / path).read_text(), re.MULTILINE), f"{path}: {test}"
        for path in re.findall(r"`([\w/.]+)`", kept_in):
            assert (ROOT / path).exists(), path
