"""Revoking several authorizations at once: all or none, each once, by whoever may act for the customer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import CustomerAuthorization
from datahub.access.services.authorizations import revoke_authorizations
from datahub.market import PartyType
from datahub.outbox.models import Unit
from datahub.parties.models import Party, User
from datahub.parties.services.representations import give_representation
from datahub.periods import Period
from tests.access.giving import DAY, SECOND, give, given, ids, person, refused, revoke
from tests.agreements import market
from tests.agreements.market import BAKERY, BAKERY_POINT, BEGINNING, FLAT, HOUSE, JAAN, MARI, NOW, SOUTHERN_HOUSE

pytestmark = pytest.mark.usefixtures("homes")
AT = NOW + timedelta(hours=1)
GONE = "authorization-cannot-be-found"


def revoke_all(*keys: object, customer: str = MARI, by: User | None = None) -> list[CustomerAuthorization]:
    return revoke_authorizations(
        authorization_ids=list(keys),  # type: ignore[arg-type]
        customer=market.party(customer),
        by=by or person(customer),
        now=AT,
    )


def states() -> set[tuple[object, ...]]:
    return set(CustomerAuthorization.objects.values_list("pk", "valid_to", "revoked_at", "revoked_by"))


def test_all_end_at_the_same_instant_in_the_order_in_which_they_are_named_and_nobody_is_told() -> None:
    house, flat = give(HOUSE, FLAT)
    later = given(HOUSE, validity=Period(NOW + DAY, None))
    told = Unit.objects.count()
    assert ids(revoke_all(flat.pk, later.pk, house.pk, flat.pk)) == [flat.pk, later.pk, house.pk]
    by = person().pk
    assert states() == {
        (house.pk, AT, AT, by),
        (flat.pk, AT, AT, by),
        (later.pk, NOW + DAY, AT, by),
    }
    assert Unit.objects.count() == told


def test_of_several_that_one_is_wrong_none_ends_and_every_fault_is_said() -> None:
    house, flat = give(HOUSE, FLAT)
    over = given(HOUSE, validity=Period(NOW, NOW + SECOND))
    strangers = given(SOUTHERN_HOUSE, customer=JAAN)
    nobodys = uuid4()
    revoke(flat)
    before = states()
    said = refused(revoke_all, house.pk, strangers.pk, flat.pk, nobodys, over.pk)
    assert said == [
        (GONE, "authorizationId"),
        ("authorization-is-revoked", str(flat.pk)),
        (GONE, "authorizationId"),
        ("authorization-has-ended", str(over.pk)),
    ]
    assert states() == before
    # Without the others it ends.
    assert ids(revoke_all(house.pk)) == [house.pk]


def test_none_are_no_fault_but_whoever_may_not_act_is_told_so_first() -> None:
    assert revoke_all() == []
    one = given(HOUSE)
    for keys in ([], [one.pk], [uuid4()]):
        assert refused(revoke_all, *keys, by=person(JAAN)) == [("authorization-giver-error", "customerEic")]
    inactive = person()
    inactive.is_active = False
    assert refused(revoke_all, one.pk, by=inactive) == [("authorization-giver-error", "customerEic")]
    assert not CustomerAuthorization.objects.exclude(revoked_at=None).exists()


def test_one_who_represents_the_customer_ends_what_others_gave_while_she_represents_it() -> None:
    Party.objects.filter(eic=BAKERY).update(type=PartyType.LEGAL_PERSON)
    first, second, former = (User.objects.create(username=name) for name in ("first", "second", "former"))
    for user, end in ((first, None), (second, None), (former, AT)):
        give_representation(person=user, customer=market.party(BAKERY), valid_from=BEGINNING, valid_to=end)
    one = given(BAKERY_POINT, customer=BAKERY, by=first)
    assert refused(revoke_all, one.pk, customer=BAKERY, by=former) == [("authorization-giver-error", "customerEic")]
    (ended,) = revoke_all(one.pk, customer=BAKERY, by=second)
    assert (ended.given_by, ended.revoked_by) == (first, second)


def test_many_are_ended_by_as_many_statements_as_two() -> None:
    def statements(keys: list[object]) -> int:
        with CaptureQueriesContext(connection) as asked:
            revoke_all(*keys)
        return len(asked)

    two = statements(ids(give(HOUSE, FLAT)))
    many = [key for _ in range(30) for key in ids(give(HOUSE, FLAT))]
    assert statements(many) == two
