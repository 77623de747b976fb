"""Who gives and revokes authorizations, and to whom they may be given."""

from datetime import datetime

import pytest

from datahub.access.models import CustomerAuthorization
from datahub.market import AuthorizationPurpose, Role
from datahub.parties.models import MarketRole, Party, Representation, User
from tests.access.giving import (
    ADVICE,
    ADVISER,
    AGGREGATOR,
    SECOND,
    SUPPLIER,
    adviser,
    give,
    given,
    nothing_is_left,
    person,
    refused,
    revoke,
)
from tests.agreements import market
from tests.agreements.market import (
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    BEGINNING,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NORTH,
    NOW,
    STRANGER,
    SUN,
    WIND,
)

pytestmark = pytest.mark.usefixtures("homes")
NOT_GIVER, NOT_HELD = "authorization-giver-error", "authorization-receiver-does-not-hold-role"
NO_SUCH = "38ZGO-10000018-5"


def representative(since: datetime, until: datetime | None) -> User:
    user = User.objects.create(username="priit")
    Party.objects.filter(eic=BAKERY).update(type="LEGAL_PERSON")
    Representation.objects.create(person=user, customer=market.party(BAKERY), valid_from=since, valid_to=until)
    return user


@pytest.mark.parametrize(
    ("since", "until", "may"),
    [
        (BEGINNING, None, True),
        (NOW, NOW + SECOND, True),
        (NOW + SECOND, None, False),
        (BEGINNING, NOW, False),
    ],
)
def test_a_company_gives_and_revokes_through_who_represents_it_then(
    since: datetime, until: datetime | None, may: bool
) -> None:
    user = representative(since, until)
    if not may:
        assert refused(give, BAKERY_POINT, customer=BAKERY, by=user) == [(NOT_GIVER, "customerEic")]
        nothing_is_left()
        one = given(BAKERY_POINT, customer=BAKERY)
        assert refused(revoke, one, customer=BAKERY, by=user) == [(NOT_GIVER, "customerEic")]
        return
    one = given(BAKERY_POINT, customer=BAKERY, by=user)
    assert one.given_by == user
    assert revoke(one, customer=BAKERY, by=user).revoked_by == user


def test_nobody_gives_or_revokes_for_another_and_learns_nothing_else_by_trying() -> None:
    one = given()
    for user in (person(JAAN), User.objects.create(username="nobody"), representative(BEGINNING, None)):
        assert refused(give, NO_SUCH, by=user, validity=None) == [(NOT_GIVER, "customerEic")]
        assert refused(revoke, one, by=user) == [(NOT_GIVER, "customerEic")]
    assert CustomerAuthorization.objects.get().revoked_at is None


def test_a_user_who_was_made_inactive_acts_for_nobody() -> None:
    one, bakers = given(), given(BAKERY_POINT, customer=BAKERY)
    for user, customer, point, of_customer in (
        (person(), MARI, HOUSE, one),
        (representative(BEGINNING, None), BAKERY, BAKERY_POINT, bakers),
    ):
        user.is_active = False
        user.save()
        assert refused(give, point, customer=customer, by=user) == [(NOT_GIVER, "customerEic")]
        assert refused(revoke, of_customer, customer=customer, by=user) == [(NOT_GIVER, "customerEic")]
    assert set(CustomerAuthorization.objects.filter(revoked_at=None)) == {one, bakers}


@pytest.mark.parametrize(
    ("to", "role", "points", "found"),
    [
        (SUN, SUPPLIER, [BAKERY_GAS, BAKERY_POINT], []),
        # The wind supplier sells electricity alone.
        (WIND, SUPPLIER, [BAKERY_POINT], []),
        (WIND, SUPPLIER, [BAKERY_GAS, BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (market.AGGREGATOR, AGGREGATOR, [BAKERY_POINT], []),
        (market.AGGREGATOR, AGGREGATOR, [BAKERY_GAS], [(NOT_HELD, "participantEic")]),
        (SUN, AGGREGATOR, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (SUN, ADVISER, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (NORTH, SUPPLIER, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (MARI, SUPPLIER, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (LINE, SUPPLIER, [BAKERY_POINT], []),
        (ADVICE, ADVISER, [BAKERY_GAS, BAKERY_POINT], []),
    ],
)
def test_it_is_given_to_who_holds_the_role_for_the_points_commodity(
    to: str, role: Role, points: list[str], found: list[tuple[str, str]]
) -> None:
    how = {"customer": BAKERY, "to": to, "role": role}
    if found:
        assert refused(give, *points, **how) == found
    else:
        both = give(*points, **how)
        assert [one.commodity for one in both] == [one.point.commodity for one in both]


@pytest.mark.parametrize(
    ("since", "until", "may"),
    [(NOW, None, True), (NOW + SECOND, None, False), (BEGINNING, NOW, False), (BEGINNING, NOW + SECOND, True)],
)
def test_the_role_is_held_at_that_moment(since: datetime, until: datetime | None, may: bool) -> None:
    adviser()
    MarketRole.objects.filter(participant__eic=ADVICE).update(valid_from=since, valid_to=until)
    if may:
        give()
    else:
        assert refused(give) == [(NOT_HELD, "participantEic")]


def test_a_grid_operator_is_given_nothing() -> None:
    found = refused(give, to=NORTH, role=Role.GRID_OPERATOR, purpose=AuthorizationPurpose.RESEARCH)
    assert found == [("authorization-receiver-role-error", "role")]


def test_a_stranger_is_no_receiver_by_being_registered() -> None:
    MarketRole.objects.filter(participant__eic=STRANGER).delete()
    assert refused(give, to=STRANGER, role=SUPPLIER) == [(NOT_HELD, "participantEic")]
