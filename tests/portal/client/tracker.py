"""The tracker as customers open it; for the tests of its pages and its file."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
import time_machine

from datahub.market import SourceType
from datahub.parties.models import Party, User
from tests.distribution import seen
from tests.distribution.market import MARI
from tests.portal.people import Browser

PAGE, ENTRY, FILE = "/portal/tracker/", "/portal/tracker/entry", "/portal/tracker/file"
NOW = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
PERMISSION = SourceType.PERMISSION


@pytest.fixture
def seen_market(db: None) -> Iterator[None]:
    """The market of which the logs are filled, on the day of `NOW`."""
    seen.make_market()
    with time_machine.travel(NOW, tick=False):
        yield


def customer(eic: str = MARI, *, language: str = "en", name: str = "customer") -> Browser:
    party = Party.objects.get(eic=eic)
    user, _ = User.objects.get_or_create(username=name, defaults={"party": party})
    return Browser(user, language=language).act_as(f"customer:{eic}")


def text(answer: Any) -> str:
    """Give what a page says, without its markup and with single blanks."""
    content = re.sub(r"(?s).*<main|</main>.*", "", answer.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content)).split())


def companies(answer: Any) -> list[str]:
    return [one.entry.participant_eic for one in answer.context["list"].rows]


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(whole(answer).decode("utf-8-sig")), delimiter=";"))
