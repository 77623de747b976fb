"""What people may do for participants, and how the OpenID provider's people are found: against real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datahub.errors import DomainError
from datahub.market import Commodity, Permission, Role
from datahub.parties.models import Party, RedirectHost, User, UserGrant
from datahub.parties.services import redirect_hosts, roles, users
from tests import cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SUPPLY: dict[str, Any] = {"role": Role.OPEN_SUPPLIER, "commodity": Commodity.ELECTRICITY}
MARIS = "EE47101010033"


def person(name: str, **more: Any) -> User:
    return User.objects.create_user(name, **more)


def give(user: User, permission: Permission = Permission.ADMIN, **more: Any) -> UserGrant:
    said = {"participant": cast.participant(cast.OPEN_SUPPLIER), **SUPPLY, "by": None, "now": NOW, **more}
    return users.grant(user=user, permission=permission, **said)


def take(user: User, permission: Permission = Permission.ADMIN, **more: Any) -> None:
    said = {"participant": cast.participant(cast.OPEN_SUPPLIER), **SUPPLY, "by": None, "now": NOW, **more}
    users.withdraw(user=user, permission=permission, **said)


def refused(call: Any, *args: Any, **more: Any) -> list[str]:
    with pytest.raises(DomainError) as raised:
        call(*args, **more)
    return [fault.code.name.rpartition(".")[2] for fault in raised.value.faults]


def test_a_grant_and_its_withdrawal_stand_in_the_history_with_who_did_it() -> None:
    administrator, colleague = person("administrator"), person("colleague")
    give(administrator)
    given = give(colleague, Permission.VIEWER_AGREEMENT, by=administrator)
    take(colleague, Permission.VIEWER_AGREEMENT, by=administrator)
    assert not UserGrant.objects.filter(user=colleague).exists()
    kept = UserGrant.history.filter(id=given.pk).order_by("history_id")
    assert [(row.history_type, row.history_user) for row in kept] == [("+", administrator), ("-", administrator)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"role": Role.GRID_OPERATOR}, "service-provider-type-error"),
        ({"commodity": Commodity.NATURAL_GAS}, "service-provider-type-error"),
        ({"role": Role.AGGREGATOR, "commodity": Commodity.NATURAL_GAS}, "invalid-enum"),
    ],
)
def test_only_a_role_that_is_held_is_granted(more: dict[str, Any], code: str) -> None:
    assert refused(give, person("somebody"), **more) == [code]
    assert not UserGrant.objects.exists()


def test_nothing_is_granted_for_a_customer_nor_twice() -> None:
    somebody = person("somebody")
    assert refused(give, somebody, participant=cast.mari()) == ["invalid-enum"]
    give(somebody)
    assert refused(give, somebody) == ["already-exists"]


def test_a_role_may_be_granted_before_it_starts_and_not_after_it_ended() -> None:
    supplier, somebody = cast.participant(cast.OPEN_SUPPLIER), person("somebody")
    roles.withdraw_role(participant=supplier, **SUPPLY, at=NOW)
    give(somebody, now=NOW - timedelta(microseconds=1))
    assert refused(give, somebody, Permission.VIEWER_AGREEMENT) == ["service-provider-type-error"]
    roles.give_role(participant=supplier, **SUPPLY, valid_from=NOW + timedelta(days=9))
    give(somebody, Permission.VIEWER_AGREEMENT)


def test_the_last_administrator_of_a_role_stays() -> None:
    first, second = person("first"), person("second")
    give(first)
    assert refused(take, first) == ["last-administrator"]
    # An administrator of another commodity is none of this one, nor is one who cannot sign in.
    roles.give_role(
        participant=cast.participant(cast.OPEN_SUPPLIER),
        role=Role.OPEN_SUPPLIER,
        commodity=Commodity.NATURAL_GAS,
        valid_from=cast.BEGINNING,
    )
    give(second, commodity=Commodity.NATURAL_GAS)
    assert refused(take, first) == ["last-administrator"]
    give(second)
    User.objects.filter(pk=second.pk).update(is_active=False)
    assert refused(take, first) == ["last-administrator"]
    User.objects.filter(pk=second.pk).update(is_active=True)
    take(first, by=second)
    assert refused(take, second) == ["last-administrator"]


def test_nobody_takes_the_administration_from_oneself() -> None:
    first, second = person("first"), person("second")
    give(first)
    give(second)
    give(first, Permission.VIEWER_AGREEMENT)
    assert refused(take, first, by=first) == ["own-administration"]
    take(first, Permission.VIEWER_AGREEMENT, by=first)
    take(first, by=second)


def test_what_is_left_of_a_role_that_ended_can_be_cleared() -> None:
    first = person("first")
    give(first)
    roles.withdraw_role(participant=cast.participant(cast.OPEN_SUPPLIER), **SUPPLY, at=NOW)
    take(first, by=first)
    assert refused(take, first) == ["not-found.resource".rpartition(".")[2]]


def signed_in(subject: str = MARIS, first: str = "Mari", last: str = "Maasikas") -> User | None:
    return users.person_of_subject(subject=subject, first_name=first, last_name=last)


def test_a_customer_who_signs_in_first_becomes_a_user_with_no_password() -> None:
    mari = cast.mari()
    user = signed_in()
    assert user is not None
    assert (user.party, user.subject, user.username) == (mari, MARIS, "mari.maasikas")
    assert not user.has_usable_password()
    assert not user.is_staff
    assert signed_in() == user
    assert User.objects.count() == 1


def test_a_customers_user_is_known_by_the_subject_from_then_on() -> None:
    known = person("mari", party=cast.mari())
    assert signed_in() == known
    known.refresh_from_db()
    assert (known.subject, known.last_name) == (MARIS, "Maasikas")


def test_the_providers_names_become_the_users() -> None:
    cast.mari()
    signed_in()
    user = signed_in(last="Mets")
    assert user is not None
    assert User.objects.get().last_name == "Mets"
    signed_in(last="  ")
    assert User.objects.get().last_name == "Mets"


@pytest.mark.parametrize(
    "subject", ["EE38502030021", "LV47101010033", "47101010033", "EE47101010034", "", "EE4710101 0033", "x" * 256]
)
def test_whom_the_hub_does_not_know_it_does_not_let_in(subject: str) -> None:
    cast.mari()
    assert signed_in(subject) is None
    assert not User.objects.exists()


def test_who_was_shut_out_comes_in_by_no_way() -> None:
    person("mari", party=cast.mari(), is_active=False)
    assert signed_in() is None
    assert User.objects.count() == 1
    User.objects.update(subject=MARIS)
    assert signed_in() is None


def test_two_of_one_name_have_two_user_names() -> None:
    person("mari.maasikas")
    cast.mari()
    user = signed_in()
    assert user is not None
    assert user.username.startswith("mari.maasikas.")


def test_a_colleague_is_added_by_her_personal_code_and_found_again() -> None:
    by = person("administrator")
    added = users.add_user_by_subject(subject="EE38502030021", first_name="Jüri ", last_name="Õun", by=by)
    assert (added.username, added.first_name, added.subject) == ("juri.oun", "Jüri", "EE38502030021")
    assert added.history.get().history_user == by
    again = users.add_user_by_subject(subject="EE38502030021", first_name="Other", last_name="Name", by=by)
    assert (again, again.first_name) == (added, "Jüri")
    # Who is a customer already is the same person.
    known = person("mari", party=cast.mari())
    assert users.add_user_by_subject(subject=MARIS, first_name="M", last_name="M", by=by) == known


def test_a_colleague_who_becomes_a_customer_is_so_at_the_next_sign_in() -> None:
    added = users.add_user_by_subject(subject=MARIS, first_name="Mari", last_name="Maasikas", by=None)
    assert added.party is None
    mari = cast.mari()
    assert signed_in() == added
    assert User.objects.get().party == mari


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"subject": ""}, ["missing"]),
        ({"subject": "EE38502030022"}, ["invalid-pattern"]),
        ({"subject": "a b"}, ["invalid-pattern"]),
        ({"subject": "x" * 256}, ["field-cannot-be-longer-than-x-characters"]),
        ({"first_name": " "}, ["missing"]),
        ({"last_name": "x" * 151}, ["field-cannot-be-longer-than-x-characters"]),
        ({"subject": "", "first_name": "", "last_name": ""}, ["missing"] * 3),
    ],
)
def test_nobody_is_added_by_what_is_no_name(said: dict[str, str], found: list[str]) -> None:
    whole = {"subject": "EE38502030021", "first_name": "Jüri", "last_name": "Õun", **said}
    assert refused(users.add_user_by_subject, **whole, by=None) == found
    assert not User.objects.exists()


def test_who_was_shut_out_stays_so_and_nobody_is_told() -> None:
    gone = person("gone", subject=MARIS, is_active=False)
    assert users.add_user_by_subject(subject=MARIS, first_name="M", last_name="M", by=None) == gone
    gone.refresh_from_db()
    assert not gone.is_active
    assert signed_in() is None


def test_a_redirect_host_is_registered_once_and_withdrawn() -> None:
    supplier, other = cast.participant(cast.OPEN_SUPPLIER), cast.participant(cast.SECOND_SUPPLIER)
    redirect_hosts.register_redirect_host(participant=supplier, host="www.example.com")
    assert refused(redirect_hosts.register_redirect_host, participant=supplier, host="www.example.com") == [
        "already-exists"
    ]
    redirect_hosts.register_redirect_host(participant=other, host="www.example.com")
    redirect_hosts.withdraw_redirect_host(participant=supplier, host="www.example.com")
    assert RedirectHost.objects.get().participant == other
    assert refused(redirect_hosts.withdraw_redirect_host, participant=supplier, host="www.example.com") == ["resource"]
    mari = Party.objects.get(pk=cast.mari().pk)
    assert refused(redirect_hosts.register_redirect_host, participant=mari, host="www.example.com") == ["invalid-enum"]
