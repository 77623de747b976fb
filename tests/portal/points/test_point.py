"""The page of a metering point."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from datahub.access.models import AccessLog
from datahub.market import AgreementType, Permission, Role
from datahub.market_time import day_of, day_start
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Metadata
from distribution.selectors.tracker import Asked, What, find_entries
from portal.operator.points import detail
from tests.access.giving import give
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    FLAT,
    HOUSE,
    MARI,
    NORTH,
    SOUTH,
    SUN,
    WIND,
    day,
    fact,
    party,
    point,
    standing,
)
from tests.metering import points as bodies
from tests.portal.people import Browser, acting_for
from tests.portal.points.market import LIST, NOWHERE, SCRIPT, bare, codes, page

pytestmark = pytest.mark.django_db


def test_the_owner_sees_all_of_a_point(owner: Browser) -> None:
    text = page(owner, f"{LIST}{HOUSE}")
    for words in (
        HOUSE,
        "Own metering point",
        MARI,
        "Harju maakond",
        "Quarter-hour",
        "Micro",
        "History",
        "Grid agreement",
    ):
        assert words in text or words in ("Micro", "History", "Grid agreement")
    assert f"{LIST}{HOUSE}/change" in text
    assert 'class="timeline-bar' in text


def test_a_supplier_sees_a_point_by_its_agreement_and_no_history(supplier: Browser) -> None:
    answer = supplier.get(f"{LIST}{HOUSE}")
    assert answer.status_code == 200
    shown = answer.context["shown"]
    assert [str(ground) for ground in shown.grounds] == ["AGREEMENT"]
    assert shown.customer_eic == MARI and not shown.may_change and not shown.versions
    assert b"/change" not in answer.content


def test_parent_and_children_stand_with_links(owner: Browser) -> None:
    assert f'{LIST}{AGGREGATION_POINT}"' in page(owner, f"{LIST}{BAKERY_POINT}")
    shown = page(owner, f"{LIST}{AGGREGATION_POINT}")
    assert f'{LIST}{BAKERY_POINT}"' in shown
    assert "You own its parent metering point." in shown
    assert "You own the metering point.<" not in shown
    assert "You own the metering point.<" in page(owner, f"{LIST}{BAKERY_POINT}")
    assert "Access: own parent metering point<" in page(owner, LIST, eic=AGGREGATION_POINT)
    assert "Access:" not in page(owner, LIST, eic=BAKERY_POINT)


def test_who_may_not_see_agreements_sees_none_at_the_point() -> None:
    viewer = acting_for(NORTH, Role.GRID_OPERATOR, Permission.VIEWER_METERING_POINT, name="viewer")
    answer = viewer.get(f"{LIST}{HOUSE}")
    assert answer.context["shown"].agreements is None
    assert b"timeline-bar" not in answer.content
    assert answer.context["shown"].customer_name == ""


@pytest.mark.parametrize("path", [f"{LIST}{{}}", f"{LIST}{{}}/change"])
def test_a_strangers_point_is_as_one_that_does_not_exist(path: str) -> None:
    other = acting_for(WIND, Role.OPEN_SUPPLIER, name="wind")
    if path.endswith("change"):
        other = acting_for(SOUTH, Role.GRID_OPERATOR, name="lõuna")
    hidden, nowhere = other.get(path.format(HOUSE)), other.get(path.format(NOWHERE))
    assert hidden.status_code == nowhere.status_code == 404
    assert bare(hidden) == bare(nowhere)
    assert other.get(path.format("nonsense")).status_code == 404
    assert other.get(path.format("%00")).status_code == 404
    assert not AccessLog.objects.exists()


def test_reading_a_point_is_logged(supplier: Browser) -> None:
    page(supplier, f"{LIST}{HOUSE}")
    services = set(AccessLog.objects.values_list("service", "user__username", "customer_eic"))
    assert services == {("page:point", "sirje", MARI), ("page:point/agreements", "sirje", MARI)}


def test_agreements_beside_a_point_are_told_of_as_agreements_on_their_own_grounds(supplier: Browser) -> None:
    """A supplier opens the point of its customer, of whose former supplier it was the balance provider."""
    now = timezone.now()
    changed = day_start(day_of(now) - timedelta(days=30))
    standing(
        fact(AgreementType.SUPPLY, WIND, MARI, FLAT, changed - timedelta(days=40), changed),
        fact(AgreementType.SUPPLY, SUN, MARI, FLAT, changed),
    )
    assert len(supplier.get(f"{LIST}{FLAT}").context["shown"].agreements.lanes) == 2
    day_now = day_of(now)
    found = find_entries(Asked(customer=party(MARI), first=day_now, last=day_now), offset=0, size=10)
    seen = {(entry.what, entry.ground, entry.times) for entry in found.entries if entry.what != What.CUSTOMER}
    assert seen == {
        (What.POINT, "AGREEMENT", 1),
        (What.AGREEMENTS, "AGREEMENT", 1),
        (What.AGREEMENTS, "BALANCE_STATE", 1),
    }


def test_the_name_is_logged_on_what_opens_it_at_this_point(supplier: Browser) -> None:
    """A supplier of one of her houses looks at another, of which she gave it access."""
    Metadata.objects.create(party=party(MARI), type="FIRST_NAME", value="Mari", valid_from=day(2020, 1, 1))
    given = give(FLAT, to=SUN, role=Role.OPEN_SUPPLIER, now=timezone.now())
    seen = supplier.get(f"{LIST}{FLAT}").context["shown"]
    assert (seen.customer_eic, [str(ground) for ground in seen.grounds]) == (MARI, ["PERMISSION"])
    assert seen.customer_name == "Mari"
    name = AccessLog.objects.get(meter_eic="")
    assert (name.service, name.customer_eic, name.ground) == ("page:point", MARI, "PERMISSION")
    assert name.authorization_id == given[0].pk
    # At the house that it serves it is the agreement, though she gave access there too.
    give(HOUSE, to=SUN, role=Role.OPEN_SUPPLIER, now=timezone.now())
    assert supplier.get(f"{LIST}{HOUSE}").context["shown"].customer_name == seen.customer_name
    name = AccessLog.objects.filter(meter_eic="").latest("pk")
    assert (name.ground, name.authorization_id) == ("AGREEMENT", None)


@pytest.mark.parametrize(
    "name", ["location_comment", "street_address", "county", "municipality", "locality", "postcode"]
)
def test_no_text_of_a_point_becomes_a_script(owner: Browser, name: str) -> None:
    MeteringPoint.objects.filter(eic=HOUSE).update(**{name: SCRIPT})
    for path in (LIST, f"{LIST}{HOUSE}", f"{LIST}{HOUSE}/change"):
        assert SCRIPT.encode() not in owner.get(path).content
    assert SCRIPT in page(owner, f"{LIST}{HOUSE}")


def test_of_many_points_under_it_those_are_shown_that_may_be_seen(owner: Browser, monkeypatch: Any) -> None:
    monkeypatch.setattr(detail, "_MOST_CHILDREN", 1)
    # Somebody else's, which come first by their codes.
    strangers = sorted(bodies.codes("38ZAG-0", 3))
    for code in strangers:
        point(code, owner=WIND, kind="AGGREGATION")
    standing(fact(AgreementType.AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1)))
    served = acting_for(AGGREGATOR, Role.AGGREGATOR, name="agne")
    shown = served.get(f"{LIST}{BAKERY_POINT}").context["shown"]
    assert [child.eic for child in shown.children] == [AGGREGATION_POINT]
    assert not shown.has_more_children
    answer = owner.get(f"{LIST}{BAKERY_POINT}")
    assert [child.eic for child in answer.context["shown"].children] == strangers[:1]
    assert f'href="{LIST}?parent={BAKERY_POINT}"' in answer.content.decode()
    assert set(codes(owner, parent=BAKERY_POINT)) == {*strangers, AGGREGATION_POINT}


ASK, REQUEST = "/operator/enquiries/new", "/operator/connection-requests/new"


@pytest.mark.parametrize(
    ("who", "role", "permissions", "at", "begun"),
    [
        (
            SUN,
            Role.OPEN_SUPPLIER,
            (),
            HOUSE,
            [
                f"{ASK}?point={HOUSE}&customer={MARI}",
                f"{REQUEST}?point={HOUSE}&customer={MARI}",
                f"/operator/agreements/new/SUPPLY?meter_eic={HOUSE}&customer_eic={MARI}",
            ],
        ),
        # The next agreement of an operator is another customer's.
        (NORTH, Role.GRID_OPERATOR, (), HOUSE, [f"/operator/agreements/new/GRID?meter_eic={HOUSE}"]),
        (
            AGGREGATOR,
            Role.AGGREGATOR,
            (),
            AGGREGATION_POINT,
            [f"/operator/agreements/new/AGGREGATION?meter_eic={AGGREGATION_POINT}"],
        ),
        (NORTH, Role.GRID_OPERATOR, (), AGGREGATION_POINT, []),
        (SUN, Role.OPEN_SUPPLIER, (Permission.VIEWER_METERING_POINT, Permission.VIEWER_DIRECT_MESSAGE), HOUSE, []),
        (
            SUN,
            Role.OPEN_SUPPLIER,
            (Permission.VIEWER_METERING_POINT, Permission.EDITOR_DIRECT_MESSAGE),
            HOUSE,
            [f"{ASK}?point={HOUSE}&customer={MARI}"],
        ),
    ],
)
def test_what_may_be_begun_at_a_point_stands_on_its_page(
    who: str, role: Role, permissions: tuple[Permission, ...], at: str, begun: list[str]
) -> None:
    browser = acting_for(who, role, *permissions, name="algaja")
    shown = browser.get(f"{LIST}{at}").context["shown"]
    assert [one.url for one in shown.beginnings] == begun
    for path in begun:
        form = browser.get(path).context["form"]
        assert form["meter_eic"].value() == at
        assert (form["customer_eic"].value() or "") == (MARI if MARI in path else "")
