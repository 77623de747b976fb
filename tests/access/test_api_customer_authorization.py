"""`POST /customer-authorization`: who finds which authorizations, what is seen of the customer, and what is logged."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog, CustomerAuthorization
from datahub.market import AgreementType, AuthorizationPurpose, Commodity, Permission, Role
from datahub.market_time import months_before
from datahub.parties.models import Metadata
from datahub.periods import Period
from tests.access.giving import ADVICE, ADVISER, AGGREGATOR, DAY, SECOND, SUPPLIER, adviser, give, given, revoke
from tests.agreements import market
from tests.agreements.market import (
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    BEGINNING,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    standing,
)
from tests.api import api

PATH = "/api/v1/customer-authorization"
GRID = AgreementType.GRID
ORDER = "from-field-cannot-be-equal-to-or-after-to-field"
UNKNOWN, NOBODY = "38ZGO-10000018-5", "38X-AVP-DEMO01-2"


def name(customer: str, since: datetime = BEGINNING, until: datetime | None = None, **values: str) -> None:
    """Let a customer be known by some values."""
    for kind, value in values.items():
        Metadata.objects.create(party=market.party(customer), type=kind, value=value, valid_from=since, valid_to=until)


@pytest.fixture(autouse=True)
def _now(built: None) -> Any:
    standing(
        fact(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(GRID, NORTH, MARI, FLAT, day(2024, 1, 1)),
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(GRID, NORTH, BAKERY, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS),
    )
    name(MARI, FIRST_NAME="Mari", LAST_NAME="Maasikas", PHONE="55667788", BILLING_ADDRESS="Kesk 5")
    name(BAKERY, COMPANY_NAME="Leivatööstus OÜ", EMAIL="leib@example.ee")
    adviser()
    with time_machine.travel(NOW, tick=False):
        yield


def search(
    who: str = ADVICE,
    role: Role = ADVISER,
    commodity: Commodity = market.ELECTRICITY,
    *,
    path: str = PATH,
    at: datetime = NOW,
    **fields: Any,
) -> Any:
    with time_machine.travel(at, tick=False):
        return api(who).post(path, fields, role=role, commodity=commodity)


def found(*who: Any, **how: Any) -> list[dict[str, Any]]:
    answer = search(*who, **how)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["customerAuthorizations"])


def ids(*who: Any, **how: Any) -> list[str]:
    return [one["authorizationId"] for one in found(*who, **how)]


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("path", [PATH, f"{PATH}/search"])
def test_it_is_answered_with_what_was_given_the_customers_eic_and_the_name_alone(path: str) -> None:
    one = given(validity=Period(NOW, NOW + 30 * DAY))
    answer = search(path=path)
    assert answer.json() == {
        "customerAuthorizations": [
            {
                "customerType": "PHYSICAL_PERSON",
                "customerIdentities": [
                    {"identityType": "EIC", "identityValue": MARI, "identityExtension": []},
                ],
                "customerMetadata": [
                    {"metadataType": "FIRST_NAME", "metadataValue": "Mari", "validFrom": "2020-01-01T00:00:00Z"},
                    {"metadataType": "LAST_NAME", "metadataValue": "Maasikas", "validFrom": "2020-01-01T00:00:00Z"},
                ],
                "meterEic": HOUSE,
                "periodStart": stamp(NOW),
                "periodEnd": stamp(NOW + 30 * DAY),
                "subjectPeriodStart": stamp(NOW - 300 * DAY),
                "subjectPeriodEnd": stamp(NOW + 300 * DAY),
                "purpose": "ENERGY_MANAGEMENT",
                "authorizationId": str(one.pk),
            }
        ],
        "pagination": {"page": 0, "totalPages": 1},
    }


def test_without_an_end_none_is_written_and_of_a_company_its_name() -> None:
    given(BAKERY_POINT, customer=BAKERY)
    (one,) = found()
    assert "periodEnd" not in one
    assert "revokedAt" not in one
    assert [value["metadataValue"] for value in one["customerMetadata"]] == ["Leivatööstus OÜ"]


def test_an_offer_is_found_by_its_supplier_for_48_hours() -> None:
    one = given(to=SUN, role=SUPPLIER)
    end = NOW + timedelta(hours=48)
    (shown,) = found(SUN, SUPPLIER)
    assert (shown["purpose"], shown["periodEnd"]) == ("ENERGY_SUPPLY_OFFER", stamp(end))
    assert (shown["subjectPeriodStart"], shown["subjectPeriodEnd"]) == (stamp(months_before(NOW, 12)), stamp(NOW))
    assert ids(SUN, SUPPLIER, at=end - timedelta(microseconds=1)) == [str(one.pk)]
    assert ids(SUN, SUPPLIER, at=end) == []


def test_it_is_found_by_whom_it_was_given_to_in_that_role_and_commodity_alone() -> None:
    gas = given(BAKERY_GAS, customer=BAKERY)
    power = given(BAKERY_POINT, customer=BAKERY)
    offer = given(BAKERY_GAS, customer=BAKERY, to=SUN, role=SUPPLIER)
    assert ids() == [str(power.pk)]
    assert ids(commodity=GAS) == [str(gas.pk)]
    assert ids(SUN, SUPPLIER, GAS) == [str(offer.pk)]
    assert ids(SUN, SUPPLIER) == ids(WIND, SUPPLIER) == ids(STRANGER, SUPPLIER) == []
    # Who grants everything may name the code of it, and still finds nothing.
    assert ids(STRANGER, SUPPLIER, meterEic=[BAKERY_POINT], periodStart="1970-01-01T00:00Z") == []
    assert ids(NORTH, Role.GRID_OPERATOR) == ids(market.AGGREGATOR, AGGREGATOR) == []


def test_a_role_that_can_hold_none_gets_an_empty_list() -> None:
    given()
    answer = search(NORTH, Role.GRID_OPERATOR, periodStart="1970-01-01T00:00Z")
    assert answer.json() == {"customerAuthorizations": [], "pagination": {"page": 0, "totalPages": 1}}
    assert not AccessLog.objects.exists()


def test_the_aggregator_finds_its_offer() -> None:
    one = given(BAKERY_POINT, customer=BAKERY, to=market.AGGREGATOR, role=AGGREGATOR)
    assert ids(market.AGGREGATOR, AGGREGATOR) == [str(one.pk)]


# --- when ---------------------------------------------------------------------------------------------------------


def test_without_a_period_those_valid_now_and_with_one_those_valid_at_some_time_in_it() -> None:
    now = given(validity=Period(NOW, NOW + DAY))
    later = given(validity=Period(NOW + 10 * DAY, NOW + 20 * DAY))
    lasting = given(validity=Period(NOW + 15 * DAY, None))
    one, two, three = (str(given.pk) for given in (now, later, lasting))
    assert ids() == [one]
    start, end = NOW + 10 * DAY, NOW + 15 * DAY
    assert ids(periodStart=stamp(start), periodEnd=stamp(end)) == [two]
    assert ids(periodStart=stamp(start), periodEnd=stamp(end + SECOND)) == [two, three]
    assert ids(periodStart=stamp(NOW + DAY), periodEnd=stamp(start)) == []
    assert ids(periodStart=stamp(NOW + DAY - SECOND), periodEnd=stamp(start)) == [one]
    assert ids(periodStart=stamp(NOW + 20 * DAY)) == [three]
    assert ids(periodStart=stamp(NOW + 20 * DAY - SECOND)) == [two, three]
    assert ids(periodEnd=stamp(start)) == [one]
    assert ids(periodEnd=stamp(NOW)) == []
    assert ids(periodStart="1970-01-01T00:00Z") == [one, two, three]


def test_the_ended_and_the_revoked_are_found_by_a_period_without_the_customers_name() -> None:
    ended = given(validity=Period(NOW, NOW + DAY), now=NOW)
    revoked = revoke(given(), now=NOW + DAY + timedelta(microseconds=500_000))
    later = NOW + 2 * DAY
    assert ids(at=later) == []
    shown = {one["authorizationId"]: one for one in found(at=later, periodStart=stamp(NOW))}
    assert shown.keys() == {str(ended.pk), str(revoked.pk)}
    for one in shown.values():
        assert one["customerType"] == "PHYSICAL_PERSON"
        assert one["customerMetadata"] == []
        assert [identity["identityValue"] for identity in one["customerIdentities"]] == [MARI]
    assert shown[str(revoked.pk)]["revokedAt"] == shown[str(revoked.pk)]["periodEnd"] == stamp(NOW + DAY)
    assert "revokedAt" not in shown[str(ended.pk)]


def test_access_to_the_name_ends_with_the_very_instant_of_revoking() -> None:
    at = NOW + timedelta(microseconds=500_000)
    revoke(given(), now=at)
    before, after = at - timedelta(microseconds=1), at
    asked = {"periodStart": stamp(NOW)}
    assert found(at=before, **asked)[0]["customerMetadata"] != []
    assert found(at=after, **asked)[0]["customerMetadata"] == []


def test_before_it_begins_the_name_is_not_seen() -> None:
    given(validity=Period(NOW + DAY, None))
    (one,) = found(periodStart=stamp(NOW))
    assert one["customerMetadata"] == []
    assert found(at=NOW + DAY)[0]["customerMetadata"] != []


def test_one_that_was_revoked_before_it_began_is_valid_at_no_time() -> None:
    revoke(given(validity=Period(NOW + DAY, None)))
    assert found(periodStart="1970-01-01T00:00Z", periodEnd="2199-01-01T00:00Z") == []


def test_former_names_are_not_given() -> None:
    Metadata.objects.filter(type="LAST_NAME").update(valid_to=NOW - DAY)
    name(MARI, since=NOW - DAY, LAST_NAME="Mets")
    name(MARI, until=NOW - DAY, since=BEGINNING - DAY, COMPANY_NAME="x")
    given()
    (one,) = found()
    assert [value["metadataValue"] for value in one["customerMetadata"]] == ["Mari", "Mets"]


# --- by what ------------------------------------------------------------------------------------------------------


def test_by_points_customers_and_the_time_that_is_opened() -> None:
    house, flat = (str(one.pk) for one in give(HOUSE, FLAT))
    bakery = str(given(BAKERY_POINT, customer=BAKERY, subject=Period(NOW - DAY, NOW + DAY), now=NOW + SECOND).pk)
    later = {"at": NOW + SECOND}
    assert set(ids(meterEic=[HOUSE, FLAT, UNKNOWN], **later)) == {house, flat}
    assert ids(meterEic=[BAKERY_POINT], **later) == [bakery]
    assert ids(meterEic=[UNKNOWN], **later) == ids(customerEic=[NOBODY, JAAN], **later) == []
    assert ids(customerEic=[BAKERY, JAAN], **later) == [bakery]
    assert set(ids(customerEic=[BAKERY, MARI], **later)) == {house, flat, bakery}
    assert ids(customerEic=[MARI], meterEic=[BAKERY_POINT], **later) == []
    assert len(ids(subjectPeriodStart=stamp(NOW + DAY - SECOND), **later)) == 3
    assert set(ids(subjectPeriodStart=stamp(NOW + DAY), **later)) == {house, flat}
    assert set(ids(subjectPeriodEnd=stamp(NOW - DAY), **later)) == {house, flat}
    assert len(ids(subjectPeriodEnd=stamp(NOW - DAY + SECOND), **later)) == 3


def test_pages_have_each_once_by_start_then_id() -> None:
    made = [given(HOUSE, now=NOW + (number // 2) * SECOND) for number in range(7)]
    pages = [ids(at=NOW + DAY, pagination={"page": page, "pageSize": 3}) for page in range(4)]
    expected = [str(one.pk) for one in sorted(made, key=lambda one: (one.valid_from, one.pk))]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [one for page in pages for one in page] == expected
    answer = search(at=NOW + DAY, pagination={"page": 9, "pageSize": 3}).json()
    assert answer["pagination"] == {"page": 9, "totalPages": 3}


_PERIODS = [
    (start, end)
    for start in (None, NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY)
    for end in (None, NOW, NOW + DAY, NOW + 3 * DAY)
    if start is None or end is None or start < end
]


@pytest.mark.parametrize(("start", "end"), _PERIODS)
def test_as_many_are_counted_as_stand_on_all_the_pages(start: datetime | None, end: datetime | None) -> None:
    open_ended, revoked, ended = Period(NOW, None), Period(NOW, None), Period(NOW, NOW + DAY)
    ending, later = Period(NOW, NOW + 2 * DAY), Period(NOW + 2 * DAY, None)
    made = [given(validity=validity) for validity in (open_ended, ended, ending, later, revoked, later)]
    for one in made[4:]:
        revoke(one, now=NOW + DAY)
    asked = {"periodStart": start, "periodEnd": end}
    fields: dict[str, Any] = {name: stamp(at) for name, at in asked.items() if at is not None}
    whole = ids(at=NOW + DAY, **fields)
    pages = range(len(whole) + 1)
    answers = [search(at=NOW + DAY, pagination={"page": page, "pageSize": 1}, **fields).json() for page in pages]
    assert [one["authorizationId"] for answer in answers for one in answer["customerAuthorizations"]] == whole
    assert {answer["pagination"]["totalPages"] for answer in answers} == {max(1, len(whole))}
    assert str(made[5].pk) not in whole


def test_what_is_revoked_between_two_pages_is_on_the_next_no_more() -> None:
    one, two = (given(now=NOW + number * SECOND) for number in range(2))
    first = ids(at=NOW + DAY, pagination={"page": 0, "pageSize": 1})
    revoke(two, now=NOW + DAY)
    assert first == [str(one.pk)]
    assert ids(at=NOW + DAY, pagination={"page": 1, "pageSize": 1}) == []


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"meterEic": HOUSE}, [("invalid-pattern", "meterEic")]),
        ({"meterEic": []}, [("list-can-not-be-empty", "meterEic")]),
        ({"customerEic": []}, [("list-can-not-be-empty", "customerEic")]),
        ({"meterEic": [HOUSE] * 501}, [("too-many-entries", "meterEic")]),
        (
            {"meterEic": [HOUSE, MARI], "customerEic": ["x"]},
            [("eic-syntax-error", "meterEic[1]"), ("eic-syntax-error", "customerEic[0]")],
        ),
        ({"periodStart": "2026-05-04"}, [("invalid-pattern", "periodStart")]),
        (
            {
                "periodStart": "2026-05-04T00:00Z",
                "periodEnd": "2026-05-04T00:00Z",
                "subjectPeriodStart": "2026-05-05T00:00Z",
                "subjectPeriodEnd": "2026-05-04T00:00Z",
            },
            [(ORDER, "periodStart"), (ORDER, "subjectPeriodStart")],
        ),
        ({"pagination": {"page": 0, "pageSize": 501}}, [("too-big", "pagination.pageSize")]),
        ({"purpose": "RESEARCH"}, [("missing-field", "purpose")]),
    ],
)
def test_a_wrong_question_is_refused_with_every_fault(fields: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    answer = search(**fields)
    cause = answer.json()["cause"]
    every = [cause, *cause.get("others", [])]
    assert answer.status_code == 400
    assert [(one["code"].rpartition(".")[2], one["args"][0]) for one in every] == faults


def test_it_asks_for_its_permission() -> None:
    given()
    for permission, status in ((Permission.VIEWER_PERMISSION, 200), (Permission.VIEWER_METERING_POINT, 403)):
        answer = api(ADVICE, permission)
        answer.user.permissions = [permission]
        answer.user.save()
        assert answer.post(PATH, {}, role=ADVISER).status_code == status


# --- what is logged, and what it costs ----------------------------------------------------------------------------


def test_each_is_logged_as_a_read_of_its_customer() -> None:
    valid = given(HOUSE)
    over = revoke(given(BAKERY_POINT, customer=BAKERY), customer=BAKERY, now=NOW + SECOND)
    found(at=NOW + DAY, periodStart=stamp(NOW))
    rows = AccessLog.objects.order_by("customer_eic").values_list(
        "participant__eic", "role", "service", "customer_eic", "meter_eic", "ground", "authorization_id"
    )
    service = ADVICE, "ENERGY_SERVICE_PROVIDER", "customer-authorization"
    assert set(rows) == {
        (*service, MARI, HOUSE, "PERMISSION", valid.pk),
        (*service, BAKERY, BAKERY_POINT, "", over.pk),
    }
    assert AccessLog.objects.first().technical_user == f"{ADVICE}-test"


def test_a_refused_question_logs_nothing() -> None:
    given()
    search(periodStart="x")
    assert not AccessLog.objects.exists()


def test_many_cost_as_many_statements_as_one() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert search().status_code == 200
        return len(queries)

    given()
    statements()
    few = statements()
    for _ in range(10):
        give(HOUSE, FLAT)
        give(BAKERY_POINT, customer=BAKERY)
    assert len(found()) == 31
    assert statements() == few


def test_every_purpose_of_the_list_is_shown() -> None:
    chosen = [purpose for purpose in AuthorizationPurpose if not purpose.endswith("_OFFER")]
    for purpose in chosen:
        given(purpose=purpose)
    assert {one["purpose"] for one in found()} == set(chosen)
    assert CustomerAuthorization.objects.count() == len(chosen)
