"""Customers' pages: of a company with 200 metering points whose data is read every hour, beside those of the demo."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import messages, pages
from bench.demo import beside
from bench.pages import Reader
from bench.run import Run
from bench.table import Row, percentile

POINTS = 200
# So many days back every point is read each hour by its supplier, and its readings are told every day.
_READ_DAYS = 90
_GIVEN = 400
_YEAR_DAYS = 360

# {point} is one of her places, that with a year of readings; in the draft named bench access to all is chosen.
PAGES: dict[str, str] = {
    "places": "",
    "a place": "metering-points/{point}",
    "readings, month by day": "readings?point={point}",
    "readings, year by month": "readings?point={point}&span=year&unit=MONTH&former=on",
    "readings, month by hour": "readings?point={point}&span=month&unit=HOUR&former=on",
    "readings, year of quarter-hours": "readings/data?point={point}&span=year&unit=QUARTER_HOUR&former=on",
    "who has access": "authorizations",
    "giving access, places": "authorizations/new/bench/places",
    "giving access, summary": "authorizations/new/bench/summary",
    "tracker": "tracker/",
    "details": "details",
}
_SESSION = """
import time
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from datahub.market import AgreementType
from datahub.agreements.models import Agreement
from datahub.parties.models import MarketRole, Party, User

party = Party.objects.get(eic={eic!r})
user, _ = User.objects.get_or_create(party=party, defaults={{"username": "bench-" + party.eic}})
receiver = MarketRole.objects.filter(role="ENERGY_SERVICE_PROVIDER", commodity="ELECTRICITY").earliest("pk").participant
grids = Agreement.objects.filter(customer=party, type=AgreementType.GRID, deleted_at=None, commodity="ELECTRICITY")
points = sorted(grids.values_list("point__eic", flat=True))
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session["seen"] = session["begun"] = int(time.time())
session["acting"] = "customer:" + party.eic
session["granting"] = {{"bench": {{
    "id": "bench", "customer": party.eic, "role": "ENERGY_SERVICE_PROVIDER", "receivers": [receiver.eic],
    "points": points, "terms": {{"purpose": "RESEARCH", "lasting": "1Y", "seen": "all"}}, "link": None, "answer": "",
    "given": [],
}}}}
session.create()
"""


def measure(run: Run) -> list[Row]:
    """Let a company have it all, and measure the server's time for each of its pages beside the demo's."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    run.wait_until_idle()
    eic, points = _fill(run)
    made: dict[str, object] = {}
    exec(_SESSION.format(eic=eic), made)  # noqa: S102 - the same lines run in the demo's own process
    big = Reader(run.hub.port, str(made["session"].session_key), points[:1], "portal")  # type: ignore[attr-defined]
    demo = beside(run.hub)
    lines = _SESSION.format(eic="38X-AVP-ZW6700C6") + "print(session.session_key, points[0])"
    key, point = demo.run(lines).split()[-2:]
    return list(_rows(run, big, Reader(demo.port, key, [point], "portal")))


def _rows(run: Run, big: Reader, small: Reader) -> Iterator[Row]:
    for name, query in PAGES.items():
        taken = pages.milliseconds(big, query, run.size.page_requests)
        beside = pages.milliseconds(small, query, run.size.page_requests)
        yield Row(
            f"customers, {name}",
            f"p50 {percentile(taken, 0.5):.0f} ms",
            f"the demo's p95 {percentile(beside, 0.95):.0f} ms",
            percentile(taken, 0.95),
            pages.ANSWER,
            unit=" ms",
        )


def _fill(run: Run) -> tuple[str, list[str]]:
    """Make a company of 200 of the operator's points; give its code and theirs, the first with a year's readings."""
    from datahub import partitions
    from datahub.access.models import ACCESS_LOG
    from datahub.agreements.models import Agreement, AgreementVersion
    from datahub.market import Commodity, PartyType, Role
    from datahub.metering.models import MeteringPoint
    from datahub.parties import eic
    from datahub.parties.models import MarketRole, Party, User
    from distribution.models import TOLD_OF_CUSTOMERS

    now = datetime.now(UTC)
    numbers = range(POINTS)
    codes = [run.market.points[number] for number in numbers]
    customer = Party.objects.create(
        eic=eic.complete("38X-BENCHC200PT"), type=PartyType.LEGAL_PERSON, name="Customer with 200 points"
    )
    user = User.objects.create(username="bench-of-200", party=customer)
    ids = list(MeteringPoint.objects.filter(eic__in=codes).values_list("pk", flat=True))
    for model in (Agreement, AgreementVersion):
        model.objects.filter(point__in=ids).update(customer=customer)
    supplier = Party.objects.get(eic=run.market.suppliers[0].eic)
    MarketRole.objects.create(
        participant=supplier,
        role=Role.ENERGY_SERVICE_PROVIDER,
        commodity=Commodity.ELECTRICITY,
        valid_from=now - timedelta(days=700),
    )
    _give(customer=customer, user=user, participant=supplier, codes=codes, now=now)
    for table in (ACCESS_LOG, TOLD_OF_CUSTOMERS):
        since = (now - timedelta(days=_READ_DAYS + 2)).date()
        partitions.ensure(table, since=since, until=now.date())
    _read(customer.eic, supplier.pk, codes)
    _tell(customer.pk, ids)
    body = run.body([0], first_day=run.today - timedelta(days=_YEAR_DAYS), days=_YEAR_DAYS, times="delivery")
    run.send(messages.write_bodies(run.hub.var / "customer", [body]))
    run.wait_until_idle()
    return customer.eic, codes


def _give(*, customer: Any, user: Any, participant: Any, codes: list[str], now: datetime) -> None:
    from datahub.access.services.authorizations import give_authorizations
    from datahub.market import AuthorizationPurpose, Role
    from datahub.periods import Period

    for _ in range(_GIVEN // len(codes)):
        give_authorizations(
            customer=customer,
            by=user,
            meter_eics=codes,
            participant=participant,
            role=Role.ENERGY_SERVICE_PROVIDER,
            purpose=AuthorizationPurpose.RESEARCH,
            validity=Period(now, now + timedelta(days=365)),
            subject=Period(now - timedelta(days=300), now + timedelta(days=365)),
            now=now,
        )


def _read(customer_eic: str, participant: int, codes: list[str]) -> None:
    """Let each point be read every hour."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_log (read_at, participant_id, role, commodity, technical_user, service, meter_eic,"
            " customer_eic, period_from, period_to, ground)"
            # A search is of one point: each point is read at a moment of its own.
            " SELECT at + number * interval '1 second', %s, 'OPEN_SUPPLIER', 'ELECTRICITY', 'bench',"
            " 'meter-data/search', code, %s, at - interval '2 hours', at - interval '1 hour', 'AGREEMENT'"
            " FROM generate_series(now() - make_interval(days => %s), now() - interval '1 hour', interval '1 hour') at,"
            " unnest(%s::text[]) WITH ORDINALITY AS one (code, number)",
            [participant, customer_eic, _READ_DAYS, codes],
        )
        cursor.execute("VACUUM ANALYZE access_log")


def _tell(customer: int, ids: list[int]) -> None:
    """Let the readings of each point be told every day to three."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO distribution_entitlement (address_id, resource_type, ground)"
            " SELECT id, 'METERING_DATA', 'AGREEMENT' FROM distribution_address ORDER BY id LIMIT 3"
            " ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            "INSERT INTO distribution_told (customer_id, day, entitlement_id, point_id, messages, first_at, last_at,"
            " covers_from, covers_to)"
            " SELECT %s, at::date, e.id, p, 1, at, at, at - interval '1 day', at"
            " FROM generate_series(now() - make_interval(days => %s), now() - interval '1 day', interval '1 day') at,"
            " unnest(%s::bigint[]) p, (SELECT id FROM distribution_entitlement ORDER BY id LIMIT 3) e",
            [customer, _READ_DAYS, ids],
        )
        cursor.execute("VACUUM ANALYZE distribution_told")
