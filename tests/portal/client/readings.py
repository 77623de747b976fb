"""Customers with places and readings, and what the pages show of them."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, IdentityType, MetadataType, PartyType, Role
from datahub.market_time import day_start
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.parties.rules import IdentityFact
from datahub.parties.services import parties
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import quantity
from tests.portal.people import Browser, person

PAGE = "/portal/readings"
DATA, FILE = f"{PAGE}/data", f"{PAGE}/file"
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1_200)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def another(eic: str = "38X-AVP-T2S0IKXU", *, name: str = "Jaan", kind: PartyType = PartyType.PHYSICAL_PERSON) -> Party:
    """Give another customer: a person, or a company."""
    known = Party.objects.filter(eic=eic).first()
    if known is not None:
        return known
    is_person = kind == PartyType.PHYSICAL_PERSON
    return parties.register_party(
        eic=eic,
        party_type=kind,
        identities=[
            IdentityFact(IdentityType.PERSONAL_ID, "38001085718", "EE")
            if is_person
            else IdentityFact(IdentityType.COMPANY_ID, "10000018", "EE")
        ],
        metadata={MetadataType.FIRST_NAME: name, MetadataType.LAST_NAME: "Tamm"}
        if is_person
        else {MetadataType.COMPANY_NAME: name},
        now=cast.BEGINNING,
    )


def browser_of(customer: Party | None = None, *, language: str = "en") -> Browser:
    """Give the browser of a customer who acts for herself: of Mari, unless another is named."""
    customer = customer or cast.mari()
    return Browser(person(customer.eic, customer), language=language).act_as(f"customer:{customer.eic}")


def point_of(
    customer: Party | None = None,
    *,
    number: int = 0,
    since: date = date(2020, 1, 1),
    until: date | None = None,
    commodity: Commodity = Commodity.ELECTRICITY,
    **attributes: Any,
) -> MeteringPoint:
    """Make a metering point of a customer's; `until` is the day after her last one."""
    body = points.ELECTRICITY if commodity is Commodity.ELECTRICITY else points.GAS
    eic = body["meteringPoint"]["meterEic"] if not number else points.codes("38ZGO-19", number)[-1]
    point = MeteringPoint.objects.filter(eic=eic).first()
    if point is None:
        point = points.register(
            {**body, "meteringPoint": {**body["meteringPoint"], "meterEic": eic}}, now=LONG_AGO, commodity=commodity
        )
        MeteringPoint.objects.filter(pk=point.pk).update(
            **{"street_address": "Uus tn 20", "municipality": "Tartu linn", "locality": "", "production": None}
            | attributes
        )
    grid(point, customer or cast.mari(), since, until)
    return point


def grid(point: MeteringPoint, customer: Party, since: date, until: date | None = None) -> None:
    """Give a customer a grid agreement; `until` is the day after her last one."""
    Agreement.objects.create(
        type=AgreementType.GRID,
        point=point,
        service_provider=cast.participant(cast.GRID_OPERATOR),
        service_provider_role=Role.GRID_OPERATOR,
        customer=customer,
        commodity=point.commodity,
        valid_from=day_start(since, point.commodity),
        valid_to=None if until is None else day_start(until, point.commodity),
        created_at=NOW,
        changed_at=NOW,
    )


def send(point: MeteringPoint, *days: date, kwh: float = 0.25, fed: float | None = None, kind: str = "M") -> None:
    """Store readings of each quarter-hour of days."""
    starts = [start for day in days for start in messages.interval_starts(day)]
    intervals = [
        (
            start,
            None if fed is None else quantity(fed, read_at=None, kind=kind),
            quantity(kwh, read_at=None, kind=kind),
        )
        for start in starts
    ]
    send_intervals(point, intervals, day=days[-1])


def send_intervals(point: MeteringPoint, intervals: list[Any], *, day: date, resolution: str = "PT15M") -> None:
    """Store intervals: start, inQty and outQty; `day` is the last of them."""
    # As if it had been sent then: what is older than a year is not taken.
    at = max(
        NOW - timedelta(days=1_000), min(NOW, datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=2))
    )
    sent = messages.element(point.eic, messages.period(resolution, intervals))
    assert messages.send(sent, now=at, commodity=Commodity(point.commodity)).faults == []


def every_day(first: date, last: date) -> list[date]:
    """Give all days from one to another."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def text(answer: Any) -> str:
    """Give what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", answer.content.decode())).replace("\u00a0", " ").split())


def table(answer: Any) -> list[list[str]]:
    """Give the rows of the page's table, their cells as text."""
    rows = re.findall(r"<tr><th scope=\"row\" class=\"is-date\">(.*?)</tr>", answer.content.decode(), re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.split(r"</t[hd]>", row)[:-1]] for row in rows
    ]


def seen(browser: Browser, **query: str) -> Any:
    """Open the page of readings."""
    answer = browser.get(PAGE, query)
    assert answer.status_code == 200
    return answer


def exact(cell: str) -> Decimal | str:
    """Read a cell: as the number that it is, else as its text."""
    return Decimal(cell) if re.fullmatch(r"[0-9.]+", cell) else cell


def csv_of(answer: Any) -> list[list[str]]:
    """Read a file that was downloaded."""
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content), delimiter=";" if ";" in content.split("\n")[0] else ","))


def company() -> Party:
    """Give a company."""
    return another("38X-AVP-FIRM01-C", name="Saeveski OÜ", kind=PartyType.LEGAL_PERSON)
