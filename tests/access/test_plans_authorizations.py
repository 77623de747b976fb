"""However many authorizations there are, each question finds its own by an index: the plans over a filled table."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datahub.access import authorization_search, selectors
from datahub.access.services import authorizations
from datahub.market import Role, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party, User
from tests.access.giving import ADVICE, ADVISER, SUPPLIER, adviser, person
from tests.agreements import market
from tests.agreements.market import ELECTRICITY, NOW, SUN
from tests.staff import sign_in

TABLE, AGREEMENTS = "access_authorization", "agreements_agreement"
ROWS, POINTS = 100_000, 50_000
POINT, CUSTOMER = "38ZGO-9000002500", "38X-AVQ-00002500"

# Of each hundred one is the adviser's without an end, one its own for a year, and the rest are suppliers' offers of the
# last seven years, of which some hundred are valid now. Each point has a customer, who gave them, and had another one.
FILL = """
INSERT INTO metering_point (eic, commodity, owner_id, owner_role, metering_type, type, version, created_at, changed_at,
    location_comment, county, municipality, locality, street_address, postcode, coordinate_system, consumption_scale,
    connection_state, resolution, customer_type, production_source, transmission_network_eic)
SELECT '38ZGO-9' || lpad(n::text, 9, '0'), 'ELECTRICITY', %(owner)s, 'GRID_OPERATOR', 'REMOTE_READING', 'REGULAR', 1,
    now(), now(), '', '', '', '', '', '', '', '', '', '', '', '', ''
FROM generate_series(1, %(points)s) n;

INSERT INTO parties_party (eic, type, name, created_at)
SELECT '38X-AVQ-' || lpad(n::text, 8, '0'), 'PHYSICAL_PERSON', 'x', now() FROM generate_series(1, %(points)s) n;

INSERT INTO access_authorization (id, customer_id, point_id, participant_id, role, commodity, purpose, valid_from,
    valid_to, subject_from, subject_to, given_at, given_by_id)
SELECT gen_random_uuid(), party, point, CASE WHEN n %% 100 < 2 THEN %(adviser)s ELSE (%(suppliers)s)[1 + n %% 4] END,
    CASE WHEN n %% 100 < 2 THEN 'ENERGY_SERVICE_PROVIDER' ELSE 'OPEN_SUPPLIER' END, 'ELECTRICITY',
    CASE WHEN n %% 100 < 2 THEN 'RESEARCH' ELSE 'ENERGY_SUPPLY_OFFER' END, at,
    CASE n %% 100 WHEN 0 THEN NULL WHEN 1 THEN at + interval '365 days' ELSE at + interval '48 hours' END,
    at - interval '300 days', at, at, %(giver)s
FROM (SELECT n, %(now)s::timestamptz - n * (interval '7 years' / %(rows)s) AS at,
        %(first_point)s + n %% %(points)s AS point, %(first_party)s + n %% %(points)s AS party
      FROM generate_series(1, %(rows)s) n) made;

INSERT INTO agreements_agreement (type, agreement_id, point_id, service_provider_id, service_provider_role, customer_id,
    customer_role, commodity, preliminary_termination_fee, valid_from, valid_to, quiet, version, created_at, changed_at)
SELECT 'GRID', '', %(first_point)s + n, %(owner)s, 'GRID_OPERATOR', %(first_party)s + (n + former) %% %(points)s, '',
    'ELECTRICITY', false, CASE former WHEN 0 THEN '2019-12-31 22:00Z'::timestamptz ELSE '2014-12-31 22:00Z' END,
    CASE former WHEN 0 THEN NULL ELSE '2019-12-31 22:00Z'::timestamptz END, false, 1, now(), now()
FROM generate_series(0, %(points)s - 1) n, generate_series(0, 1) former;
ANALYZE access_authorization; ANALYZE metering_point; ANALYZE parties_party; ANALYZE agreements_agreement;
"""


@pytest.fixture
def filled(built: None) -> None:
    adviser()
    first_point, first_party = 1_000_000, 1_000_000
    with connection.cursor() as cursor:
        for table, first in (("metering_point", first_point), ("parties_party", first_party)):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s, false)", [first])
        cursor.execute(
            FILL,
            {
                "owner": market.party(market.NORTH).pk,
                "adviser": market.party(ADVICE).pk,
                "suppliers": [market.party(eic).pk for eic in (SUN, market.WIND, market.NAMED, market.STRANGER)],
                "giver": person().pk,
                "now": NOW,
                "rows": ROWS,
                "points": POINTS,
                "first_point": first_point,
                "first_party": first_party,
            },
        )


def plans(ask: Callable[[], Any]) -> list[dict[str, Any]]:
    """Do something; give the plan of each of its statements that reads authorizations."""
    with CaptureQueriesContext(connection) as queries:
        ask()
    asked = [
        one["sql"] for one in queries if f'"{TABLE}"' in one["sql"] and one["sql"].lstrip("(").startswith("SELECT")
    ]
    assert asked
    found = []
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN (FORMAT JSON, ANALYZE) {sql}")
            (kept,) = cursor.fetchone()
            found.append((json.loads(kept) if isinstance(kept, str) else kept)[0]["Plan"])
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def read(plan: dict[str, Any]) -> int:
    """Count the authorizations and agreements that a plan read, those among them that it then threw away."""
    rows = 0
    for node in nodes(plan):
        if node.get("Relation Name") in (TABLE, AGREEMENTS):
            thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            rows += (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return int(rows)


def search(who: str, role: Role, **attributes: Any) -> Callable[[], Any]:
    def ask() -> Any:
        found = authorization_search.search_authorizations(
            participant=market.party(who), role=role, commodity=ELECTRICITY, attributes=attributes, now=NOW
        )
        return found.page(offset=0, size=100)

    return ask


def customers_of(points: list[MeteringPoint]) -> dict[int, str]:
    return selectors.grid_customers_visible(points, *reader(), naming=selectors.naming_now(points, NOW))


def one_point() -> MeteringPoint:
    return MeteringPoint.objects.get(eic=POINT)


def a_page() -> list[MeteringPoint]:
    return list(MeteringPoint.objects.filter(eic__startswith="38ZGO-9").order_by("eic")[:100])


def reader(who: str = SUN, role: Role = SUPPLIER) -> tuple[Party, Role, str, datetime]:
    return market.party(who), role, ELECTRICITY, NOW


def points_by_permission(who: str = SUN, role: Role = SUPPLIER, **more: Any) -> Callable[[], Any]:
    return lambda: list(selectors.visible_points(*reader(who, role), [SourceType.PERMISSION], **more))


ASKED: dict[str, tuple[Callable[[], Any], int]] = {
    # What is asked, and how many authorizations it may read at most: those that it finds, or little more.
    "valid now, of a supplier": (search(SUN, SUPPLIER), 300),
    "valid now, of an adviser": (search(ADVICE, ADVISER), 1_200),
    "in a period of the last days": (search(SUN, SUPPLIER, periodStart=NOW - timedelta(days=10)), 1_000),
    "at a point": (search(SUN, SUPPLIER, meterEic=[POINT], periodEnd=NOW), 200),
    "of a customer": (search(SUN, SUPPLIER, customerEic=[CUSTOMER], periodEnd=NOW), 200),
    "points": (points_by_permission(), 300),
    # The authorizations, and of each point the agreements: as many for each whatever the number of points.
    "points of an adviser": (points_by_permission(ADVICE, ADVISER), 4_000),
    "a point": (points_by_permission(eic=POINT), 300),
    "grounds": (lambda: selectors.grounds_for([one_point()], *reader()), 300),
    "grounds of a page, of an adviser": (lambda: selectors.grounds_for(a_page(), *reader(ADVICE, ADVISER)), 400),
    "readings": (lambda: selectors.reading_periods(one_point(), *reader()), 300),
    "customers of points": (lambda: customers_of([one_point()]), 300),
    "points of a customer": (lambda: list(selectors.points_of_customer(CUSTOMER, *reader())), 300),
    "names": (lambda: selectors.permissions_of_customers([market.party(CUSTOMER).pk], *reader()), 300),
    "the log": (lambda: selectors.permissions_at([one_point()], *reader()), 300),
    "what is old": (lambda: authorizations.drop_old_authorizations(now=NOW, most=50), 60),
}


@pytest.mark.long
@pytest.mark.usefixtures("filled")
def test_every_question_is_answered_by_an_index() -> None:
    wrong = {}
    for name, (ask, most) in ASKED.items():
        for plan in plans(ask):
            kinds = [node["Node Type"] for node in nodes(plan) if node.get("Relation Name") in (TABLE, AGREEMENTS)]
            if any("Seq Scan" in kind for kind in kinds) or read(plan) > most:
                wrong[name] = kinds, read(plan)
    assert wrong == {}
    staff_find_authorizations_by_an_index()


def staff_find_authorizations_by_an_index() -> None:
    """Part of the one test: filling the table takes most of its time."""
    staff = Client()
    sign_in(staff, User.objects.create_superuser("staff", password="a long staff password"))
    for term in ("", POINT, CUSTOMER, ADVICE):
        pages: list[Any] = []

        def look(term: str = term, pages: list[Any] = pages) -> None:
            pages.append(staff.get("/admin/access/customerauthorization/", {"q": term}))

        # A bounded count reads as many as it counts, and a page its rows.
        assert [read(plan) for plan in plans(look) if read(plan) > 5_000] == [], term
        assert len(pages[0].context["cl"].result_list) > 0, term
