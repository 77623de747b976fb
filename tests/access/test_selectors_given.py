"""What else a customer has given a company at the same places: her own word, to this company, still standing."""

from uuid import UUID, uuid4

import pytest

from datahub.access.selectors.given import named_there, open_there
from datahub.market import AuthorizationPurpose
from datahub.metering.models import MeteringPoint
from datahub.periods import Period
from tests.access.giving import ADVICE, DAY, SECOND, SUPPLIER, give, given, revoke
from tests.agreements import market
from tests.agreements.market import FLAT, HOUSE, JAAN, MARI, NOW, SOUTHERN_HOUSE, SUN

pytestmark = pytest.mark.usefixtures("homes")


def points(*eics: str) -> set[int]:
    return set(MeteringPoint.objects.filter(eic__in=eics).values_list("pk", flat=True))


def open_ids(*eics: str, to: str = ADVICE, but: tuple[UUID, ...] = ()) -> set[UUID]:
    found = open_there(market.party(MARI), market.party(to), points(*eics), NOW + SECOND, but=but)
    return {one.pk for one in found}


def test_what_is_open_or_coming_there_is_found_for_whatever_it_was_given() -> None:
    house, flat = give(HOUSE, FLAT)
    research = given(HOUSE, purpose=AuthorizationPurpose.RESEARCH)
    coming = given(HOUSE, validity=Period(NOW + DAY, None))
    given(HOUSE, validity=Period(NOW, NOW + SECOND))
    revoke(given(HOUSE, now=NOW - DAY))
    assert open_ids(HOUSE) == {house.pk, research.pk, coming.pk}
    assert open_ids(HOUSE, FLAT, but=(house.pk, research.pk)) == {coming.pk, flat.pk}
    assert open_ids() == set()


def test_neither_another_companys_nor_another_customers_is_found() -> None:
    own = given(HOUSE)
    offer = given(HOUSE, to=SUN, role=SUPPLIER)
    strangers = given(SOUTHERN_HOUSE, customer=JAAN)
    assert open_ids(HOUSE, SOUTHERN_HOUSE) == {own.pk}
    assert open_ids(HOUSE, SOUTHERN_HOUSE, to=SUN) == {offer.pk}
    asked = [own.pk, offer.pk, strangers.pk, uuid4()]
    mari, adviser = market.party(MARI), market.party(ADVICE)
    assert set(named_there(mari, adviser, points(HOUSE, SOUTHERN_HOUSE), asked)) == {own.pk}
    assert named_there(mari, adviser, points(FLAT), asked) == {} == named_there(mari, adviser, points(HOUSE), [])


def test_what_is_named_is_found_when_it_has_ended_too() -> None:
    own = given(HOUSE)
    revoke(own)
    found = named_there(market.party(MARI), market.party(ADVICE), points(HOUSE), [own.pk])
    assert [one.revoked_at is not None for one in found.values()] == [True]
