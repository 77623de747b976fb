"""The published description is what was agreed: a change of it is a change of this snapshot, which reviewers see."""

import json
import os
from pathlib import Path

from tests.contracts.product import Product

SNAPSHOT = Path(__file__).parent / "openapi.json"


def test_the_description_is_the_agreed_one(product: Product) -> None:
    """`DATAHUB_WRITE_SNAPSHOTS=1 make test ARGS=tests/contracts/test_description.py` agrees to a new one."""
    description = product.description()
    # Where the hub stands is its own business.
    text = json.dumps(description, indent=1, ensure_ascii=False, sort_keys=True).replace(product.url, "https://hub")
    if os.environ.get("DATAHUB_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(text + "\n", encoding="utf-8")
    assert json.loads(text) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))
