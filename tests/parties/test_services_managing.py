"""Who gives and takes what in a role of a participant, and technical users that change. Source: `2-wire.md`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest
from django.db import connection, transaction

from datahub.errors import DomainError, codes
from datahub.market import Commodity, Permission, Role
from datahub.parties import rules
from datahub.parties.models import MarketRole, Party, TechnicalUser, User, UserGrant
from datahub.parties.services import managing, technical_users
from tests import cast

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ADMIN, MANAGER, SEE, SEND = (
    Permission.ADMIN,
    Permission.EDITOR_AUTHORIZATION,
    Permission.VIEWER_METERING_DATA,
    Permission.EDITOR_METERING_DATA,
)
WHERE = {"role": Role.GRID_OPERATOR, "commodity": Commodity.ELECTRICITY}


@pytest.mark.parametrize(
    ("held", "changed", "is_own", "refused"),
    [
        ({ADMIN}, {ADMIN, MANAGER, SEE}, False, []),
        ({ADMIN}, {SEE}, True, []),
        ({MANAGER}, {SEE, SEND}, False, []),
        ({MANAGER}, {SEE}, True, [codes.OWN_PERMISSIONS]),
        ({MANAGER}, {ADMIN}, False, [codes.PERMISSION_OF_ADMINISTRATORS]),
        ({MANAGER}, {MANAGER, ADMIN}, False, [codes.PERMISSION_OF_ADMINISTRATORS] * 2),
        ({SEND}, {SEE}, False, [codes.PERMISSION_MISSING]),
        (set(), {SEE}, False, [codes.PERMISSION_MISSING]),
    ],
)
def test_who_may_give_what(
    held: set[Permission], changed: set[Permission], is_own: bool, refused: list[object]
) -> None:
    found = rules.managing_faults(held, changed, is_own=is_own, username="mari", path="permissions")
    assert [one.code for one in found] == refused


@pytest.mark.parametrize("held", [{ADMIN}, {MANAGER}, {MANAGER, SEE}])
def test_what_is_offered_to_give_is_what_may_be_given(held: set[Permission]) -> None:
    offered = rules.givable(held)
    for permission in Permission:
        found = rules.managing_faults(held, {permission}, is_own=False, username="mari", path="permissions")
        assert (found == []) == (permission in offered)


@pytest.fixture
def company(db: None) -> Party:
    return cast.participant(cast.GRID_OPERATOR)


def person(name: str, company: Party, *permissions: Permission) -> User:
    user = User.objects.create(username=name, first_name=name.title(), last_name="Tamm")
    for permission in permissions:
        UserGrant.objects.create(user=user, participant=company, permission=permission, **WHERE)
    return user


def may(user: User) -> set[str]:
    return set(user.grants.values_list("permission", flat=True))


def refused(error: pytest.ExceptionInfo[DomainError]) -> list[object]:
    return [one.code for one in error.value.faults]


def test_an_administrator_adds_somebody_whom_the_hub_does_not_know(company: Party) -> None:
    boss = person("boss", company, ADMIN)
    added = managing.add_person(
        subject="EE37605030299", first_name="Jüri", last_name="Tamm", participant=company,
        permissions=[SEE, SEND], by=boss, now=NOW, **WHERE,
    )  # fmt: skip
    assert may(added) == {SEE, SEND} and added.subject == "EE37605030299"
    assert added.history.latest().history_user == boss
    with pytest.raises(DomainError) as error:
        managing.add_person(
            subject="EE37605030299", first_name="Jüri", last_name="Tamm", participant=company,
            permissions=[ADMIN], by=boss, now=NOW, **WHERE,
        )  # fmt: skip
    assert refused(error) == [codes.ALREADY_EXISTS]
    assert may(added) == {SEE, SEND}


def test_all_that_is_wrong_with_a_new_person_is_said_at_once_and_nothing_is_kept(company: Party) -> None:
    manager = person("manager", company, MANAGER)
    with pytest.raises(DomainError) as error:
        managing.add_person(
            subject="EE37605030298", first_name="", last_name="Tamm", participant=company,
            permissions=[ADMIN], by=manager, now=NOW, **WHERE,
        )  # fmt: skip
    assert refused(error) == [codes.PERMISSION_OF_ADMINISTRATORS, codes.INVALID_PATTERN, codes.MISSING]
    assert User.objects.count() == 1
    with pytest.raises(DomainError) as error:
        managing.add_person(
            subject="EE37605030299", first_name="Jüri", last_name="Tamm", participant=company,
            permissions=[], by=manager, now=NOW, **WHERE,
        )  # fmt: skip
    assert refused(error) == [codes.LIST_CAN_NOT_BE_EMPTY]
    assert User.objects.count() == 1


def test_permissions_become_just_those_that_were_given(company: Party) -> None:
    boss, worker = person("boss", company, ADMIN), person("worker", company, SEE)
    changed = managing.set_permissions(
        user=worker, participant=company, permissions=[SEND, ADMIN], by=boss, now=NOW, **WHERE
    )
    assert changed == {SEE, SEND, ADMIN} and may(worker) == {SEND, ADMIN}
    with pytest.raises(DomainError) as error:
        managing.set_permissions(user=worker, participant=company, permissions=[ADMIN, SEND], by=boss, now=NOW, **WHERE)
    assert refused(error) == [codes.NO_CHANGE_RECEIVED]


def test_nobody_takes_her_own_administration_and_the_last_one_stays(company: Party) -> None:
    boss = person("boss", company, ADMIN, SEE)
    for act in (
        lambda: managing.remove_person(user=boss, participant=company, by=boss, now=NOW, **WHERE),
        lambda: managing.set_permissions(user=boss, participant=company, permissions=[SEND], by=boss, now=NOW, **WHERE),
    ):
        with pytest.raises(DomainError) as error:
            act()
        assert refused(error) == [codes.OWN_ADMINISTRATION]
    # Nothing half done: neither what would be taken beside it nor what would be given.
    assert may(boss) == {ADMIN, SEE}


def test_who_was_shut_out_meanwhile_changes_nothing(company: Party) -> None:
    boss, worker = person("boss", company, ADMIN), person("worker", company, SEE)
    UserGrant.objects.filter(user=boss).delete()
    with pytest.raises(DomainError) as error:
        managing.remove_person(user=worker, participant=company, by=boss, now=NOW, **WHERE)
    assert refused(error) == [codes.PERMISSION_MISSING]
    assert may(worker) == {SEE}


def test_a_manager_removes_workers_but_no_administrator(company: Party) -> None:
    manager, worker = person("manager", company, MANAGER), person("worker", company, SEE)
    boss = person("boss", company, ADMIN)
    assert managing.remove_person(user=worker, participant=company, by=manager, now=NOW, **WHERE) == {SEE}
    with pytest.raises(DomainError) as error:
        managing.remove_person(user=boss, participant=company, by=manager, now=NOW, **WHERE)
    assert refused(error) == [codes.PERMISSION_OF_ADMINISTRATORS]


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_remove_each_other_at_once_one_stays() -> None:
    company = cast.participant(cast.GRID_OPERATOR)
    one, other = person("one", company, ADMIN), person("other", company, ADMIN)
    barrier, outcomes = Barrier(2), []

    def remove(user: User, by: User) -> None:
        try:
            barrier.wait(timeout=10)
            managing.remove_person(user=user, participant=company, by=by, now=NOW, **WHERE)
            outcomes.append("removed")
        except DomainError as error:
            outcomes.append(error.cause.code.name.rpartition(".")[2])
        finally:
            connection.close()

    threads = [Thread(target=remove, args=(one, other)), Thread(target=remove, args=(other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    # The second finds that she is no administrator any more.
    assert sorted(outcomes) == ["permission-missing", "removed"]
    assert UserGrant.objects.filter(permission=ADMIN).count() == 1


# --- technical users ------------------------------------------------------------------------------------------------


@pytest.fixture
def system(company: Party) -> TechnicalUser:
    made, _ = technical_users.register_technical_user(
        participant=company, suffix="billing", permissions=[SEE], by=None, now=NOW
    )
    return made


def test_a_technical_user_is_changed(system: TechnicalUser) -> None:
    after = technical_users.change_technical_user(
        technical_user=system, permissions=[SEND, SEE, SEND], allowed_networks=["192.0.2.0/24"], by=None, now=NOW
    )
    assert after.permissions == [SEND, SEE] and after.allowed_networks == ["192.0.2.0/24"]


@pytest.mark.parametrize(
    ("permissions", "networks", "code"),
    [
        ([], [], codes.LIST_CAN_NOT_BE_EMPTY),
        ([SEE], ["192.0.2.1/24"], codes.INVALID_PATTERN),
        ([SEE], [], codes.NO_CHANGE_RECEIVED),
    ],
)
def test_what_a_technical_user_cannot_become(
    system: TechnicalUser, permissions: list[Permission], networks: list[str], code: object
) -> None:
    with pytest.raises(DomainError) as error:
        technical_users.change_technical_user(
            technical_user=system, permissions=permissions, allowed_networks=networks, by=None, now=NOW
        )
    assert refused(error) == [code]


def test_what_is_not_given_stays_as_it_is_by_now(system: TechnicalUser) -> None:
    who = {"technical_user": system, "by": None, "now": NOW}
    technical_users.change_technical_user(allowed_networks=["192.0.2.0/24"], **who)
    after = technical_users.change_technical_user(permissions=[SEND], **who)
    assert (after.permissions, after.allowed_networks) == ([SEND], ["192.0.2.0/24"])
    with pytest.raises(DomainError) as error:
        technical_users.change_technical_user(**who)
    assert refused(error) == [codes.NO_CHANGE_RECEIVED]


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("overlap", "code"),
    [
        (timedelta(0), None),
        (168 * HOUR, None),
        (168 * HOUR + timedelta(seconds=1), codes.TOO_BIG),
        (timedelta(seconds=-1), codes.FIELD_VALUE_CANNOT_BE_NEGATIVE),
    ],
)
def test_how_long_a_former_secret_may_go_on(system: TechnicalUser, overlap: timedelta, code: object) -> None:
    found: list[object] = []
    try:
        technical_users.rotate_secret(technical_user=system, by=None, now=NOW + HOUR, overlap=overlap)
    except DomainError as error:
        found = [one.code for one in error.faults]
    assert found == ([] if code is None else [code])
    assert system.secrets.count() == (2 if code is None else 1)


def test_a_secret_that_somebody_made_meanwhile_is_not_replaced(system: TechnicalUser) -> None:
    seen = technical_users.newest_secret_at(system)
    assert seen == NOW
    first = technical_users.rotate_secret(technical_user=system, by=None, now=NOW + timedelta(minutes=1), seen=seen)
    with pytest.raises(DomainError) as error:
        technical_users.rotate_secret(technical_user=system, by=None, now=NOW + timedelta(minutes=2), seen=seen)
    assert refused(error) == [codes.CHANGED_MEANWHILE]
    later = NOW + timedelta(minutes=3)
    assert technical_users.verify_secret(client_id=system.client_id, secret=first, now=later) == system


def every_act(system: TechnicalUser, by: User | None, now: datetime = NOW) -> list[Callable[[], object]]:
    who = {"by": by, "now": now}
    return [
        lambda: technical_users.register_technical_user(
            participant=system.participant, suffix="new", permissions=[SEE], **who
        ),
        lambda: technical_users.change_technical_user(
            technical_user=system, permissions=[ADMIN], allowed_networks=[], **who
        ),
        lambda: technical_users.rotate_secret(technical_user=system, **who),
        lambda: technical_users.set_active(technical_user=system, is_active=False, **who),
        lambda: technical_users.remove_technical_user(technical_user=system, **who),
    ]


def refusals(system: TechnicalUser, by: User | None, now: datetime = NOW) -> list[object]:
    found: list[object] = []
    for act in every_act(system, by, now):
        try:
            act()
        except DomainError as error:
            found += [one.code for one in error.faults]
    return found


GAS = {"role": Role.GRID_OPERATOR, "commodity": Commodity.NATURAL_GAS}
A_MONTH = timedelta(days=30)


@pytest.fixture
def gas_for_a_month(company: Party) -> None:
    MarketRole.objects.filter(participant=company, **GAS).update(valid_from=NOW, valid_to=NOW + A_MONTH)


@pytest.mark.usefixtures("gas_for_a_month")
@pytest.mark.parametrize("at", [NOW, NOW + A_MONTH - timedelta(microseconds=1)])
def test_a_technical_user_is_seen_to_by_administrators_of_each_role_that_the_company_holds(
    company: Party, system: TechnicalUser, at: datetime
) -> None:
    boss = person("boss", company, ADMIN)
    # Neither what is less than ADMIN there nor being one elsewhere will do: by a token she would be one here.
    UserGrant.objects.create(user=boss, participant=company, permission=MANAGER, **GAS)
    UserGrant.objects.create(user=boss, participant=cast.participant(cast.OPEN_SUPPLIER), permission=ADMIN, **GAS)
    assert refusals(system, boss, at) == [codes.ADMINISTRATOR_OF_EACH_ROLE] * 5
    assert TechnicalUser.objects.get() == system
    system.refresh_from_db()
    assert system.permissions == [SEE] and system.is_active and system.secrets.get().expires_at is None

    UserGrant.objects.create(user=boss, participant=company, permission=ADMIN, **GAS)
    assert refusals(system, boss, at) == []


@pytest.mark.usefixtures("gas_for_a_month")
@pytest.mark.parametrize("at", [NOW - timedelta(microseconds=1), NOW + A_MONTH])
def test_a_role_that_is_yet_to_begin_or_has_ended_asks_for_no_administrator(
    company: Party, system: TechnicalUser, at: datetime
) -> None:
    assert refusals(system, person("boss", company, ADMIN), at) == []
    worker = person("worker", company, MANAGER, SEE, SEND)
    # Even of one that is removed already it says no more to her.
    assert refusals(system, worker, at) == [codes.ADMINISTRATOR_OF_EACH_ROLE] * 5


def test_staff_see_to_the_technical_users_of_anybody(system: TechnicalUser) -> None:
    assert refusals(system, None) == []


def test_who_is_no_administrator_is_told_where(company: Party, system: TechnicalUser) -> None:
    with pytest.raises(DomainError) as error:
        technical_users.rotate_secret(technical_user=system, by=person("worker", company, SEE), now=NOW)
    said = "you are no administrator in GRID_OPERATOR (ELECTRICITY) and GRID_OPERATOR (NATURAL_GAS)"
    assert said in error.value.cause.message


@pytest.mark.django_db(transaction=True)
def test_who_loses_her_administration_at_the_same_instant_renews_no_secret() -> None:
    company = cast.participant(cast.GRID_OPERATOR)
    one, other = person("one", company, ADMIN), person("other", company, ADMIN)
    for user in (one, other):
        UserGrant.objects.create(user=user, participant=company, permission=ADMIN, **GAS)
    system, _ = technical_users.register_technical_user(
        participant=company, suffix="billing", permissions=[SEE], by=one, now=NOW
    )
    asked, outcomes = Event(), []

    def renew() -> None:
        asked.set()
        try:
            technical_users.rotate_secret(technical_user=system, by=other, now=NOW)
            outcomes.append("renewed")
        except DomainError as error:
            outcomes.append(error.cause.code.name.rpartition(".")[2])
        finally:
            connection.close()

    thread = Thread(target=renew)
    with transaction.atomic():
        managing.remove_person(user=other, participant=company, by=one, now=NOW, **WHERE)
        thread.start()
        asked.wait(timeout=10)
        # It waits for the participant's row.
        thread.join(timeout=1)
        assert outcomes == []
    thread.join(timeout=30)
    assert outcomes == ["administrator-of-each-role"]
