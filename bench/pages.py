"""Pages: every list of the operator web app and of the admin, with a million of everything, beside the demo's."""

import itertools
import logging
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from bench import country, exchanges, log, staff_pages
from bench.demo import Demo, beside
from bench.run import Run
from bench.table import Bound, Row, percentile

ANSWER = Bound("at most", must=150, now=150, unit=" ms")
BESIDE = Bound("at most", must=2, now=2, unit=" ×")
_WARM_UP = 3
# The demo has no such page.
_PAGE_FURTHER_ON = re.compile(r"\bp(age)?=\d+")

# What is asked of each list: as it opens, further on, filtered, and in another order. {point} is one of the points,
# {text} a word of some enquiries.
LISTS: dict[str, list[str]] = {
    "start": [""],
    "enquiries": [
        "enquiries/",
        "enquiries/?page=100",
        "enquiries/?status=OPEN",
        "enquiries/?point={point}",
        "enquiries/?text={text}",
        "enquiries/?sort=status",
    ],
    "connection requests": [
        "connection-requests/",
        "connection-requests/?page=100",
        "connection-requests/?which=waiting",
        "connection-requests/?sort=preferred",
        "connection-requests/?point={point}",
    ],
    "metering points": [
        "metering-points/",
        "metering-points/?page=150",
        "metering-points/?sort=-eic",
        "metering-points/?customer_type=MICRO",
        "metering-points/?eic={point}",
        "metering-points/?address=Mõõtja 777",
        "metering-points/?address=Tallinn",
    ],
    "agreements": [
        "agreements/",
        "agreements/?page=150",
        "agreements/?type=SUPPLY",
        "agreements/?state=ACTIVE",
        "agreements/?state=FUTURE",
        "agreements/?state=ENDING",
        "agreements/?state=ENDED",
        "agreements/?state=DELETED",
        "agreements/?fee=yes",
        "agreements/?fee=yes&state=ENDED",
        "agreements/?whose=CUSTOMER",
        "agreements/?point={point}",
    ],
    "readings": ["readings/", "readings/documents/"],
    "distribution": ["distribution/", "distribution/?type=METERING_POINT", "distribution/?contents=yes"],
    "users": ["users/"],
    "jobs": ["jobs/"],
}


class Reader(NamedTuple):
    """Somebody who opens the lists: at which port, with which session, points that she may see, and a word."""

    port: int
    session: str
    points: list[str]
    app: str = "operator"
    text: str = "tasaarveldus"


def measure(run: Run) -> list[Row]:
    """Fill the market to a million points, and measure the server's time for each list beside that of the demo."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    run.wait_until_idle()
    _fill(run)
    big = {
        "operator": Reader(run.hub.port, _session(run.market.operator.eic, "GRID_OPERATOR"), run.market.points[:500]),
        "supplier": Reader(
            run.hub.port, _session(run.market.suppliers[0].eic, "OPEN_SUPPLIER"), run.market.points[:500]
        ),
    }
    big["staff"] = Reader(run.hub.port, _made_session(staff_pages.SESSION), run.market.points[:500], "admin")
    demo = beside(run.hub)
    small = {
        "operator": _demo_reader(demo, "38X-EIN-GO-----0", "GRID_OPERATOR"),
        "supplier": _demo_reader(demo, "38X-EIN-OS-----J", "OPEN_SUPPLIER"),
    }
    key = demo.run(staff_pages.SESSION + "print(session.session_key)").split()[-1]
    small["staff"] = Reader(demo.port, key, small["operator"].points, "admin")
    return list(_rows(run, big, small))


def _rows(run: Run, big: dict[str, Reader], small: dict[str, Reader]) -> Iterator[Row]:
    ratios: list[tuple[float, str]] = []
    for name, queries in {**LISTS, **staff_pages.LISTS}.items():
        app = "admin" if name in staff_pages.LISTS else "operator"
        readers = [who for who in big if big[who].app == app]
        worst: tuple[float, float, float, str] = (0.0, 0.0, 0.0, "")
        for who, query in itertools.product(readers, queries[: run.size.page_queries]):
            taken = milliseconds(big[who], query, run.size.page_requests)
            beside = milliseconds(small[who], _PAGE_FURTHER_ON.sub("", query), run.size.page_requests)
            if not taken or not beside:
                continue
            median, beside_median = percentile(taken, 0.5), percentile(beside, 0.5)
            ratios.append((median / beside_median, f"{who} {query or 'start'}"))
            if percentile(taken, 0.95) > worst[0]:
                worst = (percentile(taken, 0.95), median, percentile(beside, 0.95), f"{who}, {query or 'start'}")
        p95, median, demo_p95, which = worst
        yield Row(
            f"pages, {name}",
            f"slowest: {which}, p50 {median:.0f} ms",
            f"the demo's p95 {demo_p95:.0f} ms",
            p95,
            ANSWER,
            unit=" ms",
        )
    ratio, which = max(ratios)
    yield Row(
        "pages, beside the demo's", f"the widest of {len(ratios)}: {which}", "its median", ratio, BESIDE, unit=" ×"
    )


def milliseconds(reader: Reader, query: str, requests: int) -> list[float]:
    """Give the server's own time for each of some requests, after a few that count for nothing; empty if refused."""
    taken = []
    with httpx.Client(
        base_url=f"http://127.0.0.1:{reader.port}/{reader.app}/", cookies={"session": reader.session}
    ) as client:
        for number in range(requests + _WARM_UP):
            answer = client.get(query.format(point=reader.points[number * 37 % len(reader.points)], text=reader.text))
            if answer.status_code == 403:
                return []
            if answer.status_code != 200:
                raise RuntimeError(f"{query}: {answer.status_code}")
            if number >= _WARM_UP:
                taken.append(float(answer.headers["x-bench-ms"]))
    return taken


_SESSION = """
import sys
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from datahub.parties.models import Party, User, UserGrant

eic, role = {eic!r}, {role!r}
user, _ = User.objects.get_or_create(username="bench-" + eic + role)
UserGrant.objects.get_or_create(
    user=user, participant=Party.objects.get(eic=eic), role=role, commodity="ELECTRICITY", permission="ADMIN"
)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session["acting"] = "operator:" + eic + ":" + role + ":ELECTRICITY"
session.create()
"""


def _session(eic: str, role: str) -> str:
    """Sign somebody in who may do everything for a participant in a role; give the session's key."""
    return _made_session(_SESSION.format(eic=eic, role=role))


def _made_session(code: str) -> str:
    made: dict[str, Any] = {}
    exec(code, made)  # noqa: S102 - the same lines run in the demo's own process
    return str(made["session"].session_key)


def _demo_reader(demo: Demo, eic: str, role: str) -> Reader:
    key = demo.run(_SESSION.format(eic=eic, role=role) + "print(session.session_key)").split()[-1]
    points = demo.run(
        "from datahub.metering.models import MeteringPoint as M\nprint(*M.objects.values_list('eic', flat=True))"
    )
    return Reader(demo.port, key, points.split(), text="the")


def _fill(run: Run) -> None:
    """Give the market's operator and suppliers a million points with their agreements, exchanges and messages."""
    country.fill(run, run.size.page_points)
    staff_pages.fill(run.size.page_points)
    exchanges.standing(run)
    with run.hub.paused("distribution"):
        log.standing(run.market, run.size.scan_messages, now=datetime.now(UTC))
    time.sleep(1)
