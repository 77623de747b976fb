"""The tracker as customers open it; for the tests of its pages and its file."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine

from datahub.access.models import CustomerAuthorization
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, Role, SourceType
from datahub.parties.models import Party, User
from tests.distribution import market, seen
from tests.distribution.market import HOUSE, MARI, OS2
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


def allow(
    *, given_at: datetime, point: str = HOUSE, purpose: str = "ENERGY_MANAGEMENT", to: str = OS2
) -> CustomerAuthorization:
    """Let Mari have given access to a place."""
    return CustomerAuthorization.objects.create(
        customer=Party.objects.get(eic=MARI),
        point=market.make_point(point),
        participant=Party.objects.get(eic=to),
        role=Role.ENERGY_SERVICE_PROVIDER,
        commodity="ELECTRICITY",
        purpose=purpose,
        valid_from=given_at,
        subject_from=given_at - timedelta(days=365),
        subject_to=given_at,
        given_at=given_at,
        given_by=User.objects.get_or_create(username="giver", defaults={"party": None})[0],
    )


def serve(
    kind: AgreementType,
    valid_from: datetime,
    valid_to: datetime | None = None,
    *,
    place: str = HOUSE,
    by: str = OS2,
    eic: str = MARI,
    parent: str | None = None,
    deleted_at: datetime | None = None,
) -> Agreement:
    """Let a participant have an agreement with a customer."""
    return Agreement.objects.create(
        type=kind,
        point=market.make_point(place),
        parent_point=None if parent is None else market.make_point(parent),
        service_provider=Party.objects.get(eic=by),
        service_provider_role=Role.AGGREGATOR if kind == AgreementType.AGGREGATION else Role.OPEN_SUPPLIER,
        customer=Party.objects.get(eic=eic),
        commodity=Commodity.ELECTRICITY,
        valid_from=valid_from,
        valid_to=valid_to,
        deleted_at=deleted_at,
        created_at=valid_from,
        changed_at=valid_from,
    )


def entry_urls(answer: Any) -> list[str]:
    """Give where the entries of a list lead to."""
    return list(dict.fromkeys(unescape(one) for one in re.findall(rf'href="({ENTRY}[^"]*)"', answer.content.decode())))
