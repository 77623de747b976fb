"""Revoking authorizations, what always holds of them, and when they leave."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from datahub.access.models import CustomerAuthorization
from datahub.access.services import authorizations
from datahub.access.tasks import retain
from datahub.outbox.models import Unit
from datahub.periods import Period
from tests.access.giving import (
    DAY,
    SECOND,
    given,
    person,
    refused,
    revoke,
)
from tests.agreements.market import (
    JAAN,
    NOW,
)

pytestmark = pytest.mark.usefixtures("homes")
NOT_FOUND = "authorization-cannot-be-found"


def test_revoking_ends_it_at_that_very_instant_and_tells_nobody() -> None:
    one = given()
    told = Unit.objects.count()
    at = NOW + timedelta(microseconds=1)
    revoke(one, now=at)
    one.refresh_from_db()
    assert (one.valid_to, one.revoked_at, one.revoked_by) == (at, at, person())
    valid = CustomerAuthorization.objects.valid_at
    assert list(valid(NOW)) == [one]
    assert not valid(at).exists()
    assert Unit.objects.count() == told


def test_one_that_has_not_begun_never_begins() -> None:
    one = revoke(given(validity=Period(NOW + DAY, None)))
    assert (one.valid_to, one.revoked_at) == (one.valid_from, NOW)
    assert not CustomerAuthorization.objects.valid_at(NOW + DAY).exists()
    assert not CustomerAuthorization.objects.overlapping(NOW, NOW + 10 * DAY).exists()
    assert not CustomerAuthorization.objects.overlapping(None, None).exists()


def test_it_may_be_revoked_in_the_instant_of_its_giving() -> None:
    one = revoke(given())
    assert (one.valid_from, one.valid_to) == (NOW, NOW)
    assert not CustomerAuthorization.objects.valid_at(NOW).exists()


def test_it_is_revoked_once_and_not_after_its_end() -> None:
    one, other = given(), given(validity=Period(NOW, NOW + DAY))
    revoke(one, now=NOW + SECOND)
    assert refused(revoke, one, now=NOW + SECOND) == [("authorization-is-revoked", str(one.pk))]
    assert refused(revoke, other, now=NOW + DAY) == [("authorization-has-ended", str(other.pk))]
    assert revoke(other, now=NOW + DAY - SECOND).valid_to == NOW + DAY - SECOND
    assert CustomerAuthorization.objects.get(pk=one.pk).revoked_at == NOW + SECOND


def test_somebody_elses_and_one_that_does_not_exist_are_not_found_alike() -> None:
    for one in (given(), CustomerAuthorization()):
        assert refused(revoke, one, customer=JAAN) == [(NOT_FOUND, "authorizationId")]


# --- what always holds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_to": NOW},
        {"valid_to": NOW - SECOND},
        {"valid_from": NOW - SECOND},
        {"subject_to": NOW - 300 * DAY},
        {"revoked_at": NOW},
        {"role": "GRID_OPERATOR"},
        {"role": "OPEN_SUPPLIER"},
        {"purpose": "ENERGY_SUPPLY_OFFER"},
        {"role": "OPEN_SUPPLIER", "purpose": "ENERGY_SUPPLY_OFFER"},
        {"role": "OPEN_SUPPLIER", "purpose": "ENERGY_SUPPLY_OFFER", "valid_to": NOW + timedelta(hours=48, seconds=1)},
        {"role": "AGGREGATOR", "purpose": "AGGREGATION_OFFER", "valid_to": NOW + DAY, "commodity": "NATURAL_GAS"},
    ],
    ids=str,
)
def test_the_database_refuses_what_can_never_be(wrong: dict[str, object]) -> None:
    one = given()
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerAuthorization.objects.filter(pk=one.pk).update(**wrong)


def test_a_revoked_one_ends_when_it_was_revoked_and_at_no_other_time() -> None:
    one = revoke(given(), now=NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerAuthorization.objects.filter(pk=one.pk).update(valid_to=NOW + 2 * DAY)


# --- 7 years after its end --------------------------------------------------------------------------------------------


def test_it_leaves_seven_years_after_its_end_the_oldest_first_and_without_an_end_never() -> None:
    later = datetime(2034, 2, 28, 12, tzinfo=NOW.tzinfo)
    seven_years_before = datetime(2027, 2, 28, 12, tzinfo=NOW.tzinfo)
    ends = [seven_years_before - 2 * SECOND, seven_years_before - SECOND, seven_years_before, None]
    oldest, old, young, open_ended = (given(validity=Period(NOW, end)) for end in ends)
    drop = authorizations.drop_old_authorizations
    assert drop(now=later, most=1) == 1
    assert not CustomerAuthorization.objects.filter(pk=oldest.pk).exists()
    assert drop(now=later, most=10) == 1
    assert drop(now=later, most=10) == 0
    assert set(CustomerAuthorization.objects.all()) == {young, open_ended}
    assert old not in CustomerAuthorization.objects.all()


def test_the_task_deletes_what_is_old_and_nothing_else() -> None:
    one = given()
    retain()
    assert CustomerAuthorization.objects.get() == one
    long_ago = NOW.replace(year=2010)
    CustomerAuthorization.objects.update(given_at=long_ago, valid_from=long_ago, valid_to=long_ago + SECOND)
    retain()
    assert not CustomerAuthorization.objects.exists()
