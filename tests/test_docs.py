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
            r"`((?:datahub|distribution|docs|tests|bench|templates|static|requirements|deploy)/[\w/.-]+)`",
            doc.read_text(),
        )
        if not (ROOT / path).exists()
    ]
    assert not missing
