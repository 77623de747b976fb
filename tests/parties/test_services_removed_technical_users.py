"""A participant's technical user that is removed: refused at once, counted no more, its id given to no other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from datahub.errors import DomainError, codes
from datahub.market import Permission
from datahub.parties import rules, selectors
from datahub.parties.models import Party, TechnicalUser, TechnicalUserSecret
from datahub.parties.services import technical_users
from tests import cast

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SEE = Permission.VIEWER_METERING_DATA
WHO: dict[str, Any] = {"by": None, "now": NOW}


def register(company: Party, suffix: str) -> tuple[TechnicalUser, str]:
    return technical_users.register_technical_user(participant=company, suffix=suffix, permissions=[SEE], **WHO)


@pytest.fixture
def company(db: None) -> Party:
    return cast.participant(cast.GRID_OPERATOR)


@pytest.fixture
def made(company: Party) -> tuple[TechnicalUser, str]:
    return register(company, "billing")


def test_a_removed_one_is_let_in_no_more_and_its_secrets_are_gone(made: tuple[TechnicalUser, str]) -> None:
    system, secret = made
    second = technical_users.rotate_secret(technical_user=system, **WHO)
    later = NOW + timedelta(minutes=1)
    assert selectors.api_client(system.client_id, later) is not None
    technical_users.remove_technical_user(technical_user=system, **WHO)
    assert selectors.api_client(system.client_id, later) is None
    for former in (secret, second):
        assert technical_users.verify_secret(client_id=system.client_id, secret=former, now=later) is None
    assert not TechnicalUserSecret.objects.exists()
    system.refresh_from_db()
    assert (system.is_active, system.removed_at) == (False, NOW)
    assert system.history.latest().removed_at == NOW


def test_nothing_can_be_done_with_a_removed_one(made: tuple[TechnicalUser, str]) -> None:
    system, _ = made
    technical_users.remove_technical_user(technical_user=system, **WHO)
    acts: list[Callable[[], object]] = [
        lambda: technical_users.rotate_secret(technical_user=system, **WHO),
        lambda: technical_users.set_active(technical_user=system, is_active=True, **WHO),
        lambda: technical_users.change_technical_user(technical_user=system, allowed_networks=["192.0.2.1"], **WHO),
        lambda: technical_users.remove_technical_user(technical_user=system, **WHO),
    ]
    for act in acts:
        with pytest.raises(DomainError) as error:
            act()
        assert [one.code for one in error.value.faults] == [codes.NOT_FOUND_RESOURCE]
    with pytest.raises(IntegrityError):
        TechnicalUser.objects.filter(pk=system.pk).update(is_active=True)


def test_a_removed_one_makes_room_for_another_and_not_for_its_like(company: Party) -> None:
    first, *_ = [register(company, f"system-{number}")[0] for number in range(rules.MAX_TECHNICAL_USERS)]
    technical_users.set_active(technical_user=first, is_active=False, **WHO)
    with pytest.raises(DomainError) as error:
        register(company, "one-more")
    assert error.value.cause.code == codes.TOO_MANY_ENTRIES
    technical_users.remove_technical_user(technical_user=first, **WHO)
    with pytest.raises(DomainError) as error:
        register(company, "system-0")
    assert [one.code for one in error.value.faults] == [codes.INVALID_PATTERN]
    assert "one that no removed technical user had" in error.value.cause.message
    one_more, _ = register(company, "one-more")
    assert one_more in selectors.technical_users_of(company)
    assert first not in selectors.technical_users_of(company)


def beside_a_removal(company: Party, act: Callable[[TechnicalUser], object]) -> list[str]:
    """Begin an act while a removal is not yet committed; give what became of it."""
    system, _ = register(company, "billing")
    begun, outcomes = Event(), []

    def do() -> None:
        begun.set()
        try:
            act(system)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.cause.code.name.rpartition(".")[2])
        finally:
            connection.close()

    thread = Thread(target=do)
    with transaction.atomic():
        technical_users.remove_technical_user(technical_user=system, **WHO)
        thread.start()
        begun.wait(timeout=10)
        # It waits for the row.
        thread.join(timeout=1)
        assert outcomes == []
    thread.join(timeout=30)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_who_renews_at_the_same_instant_makes_no_secret() -> None:
    company = cast.participant(cast.GRID_OPERATOR)
    outcomes = beside_a_removal(company, lambda user: technical_users.rotate_secret(technical_user=user, **WHO))
    assert outcomes == ["resource"] and not TechnicalUserSecret.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_switches_on_at_the_same_instant_switches_nothing() -> None:
    company = cast.participant(cast.GRID_OPERATOR)
    outcomes = beside_a_removal(
        company, lambda user: technical_users.set_active(technical_user=user, is_active=True, **WHO)
    )
    assert outcomes == ["resource"] and not TechnicalUser.objects.get().is_active


@pytest.mark.parametrize(
    ("networks", "said"),
    [
        (["10.0.0.0/24"] * 50, []),
        (["10.0.0.0/24"] * 51, [codes.TOO_MANY_ENTRIES]),
        (["0000:0000:0000:0000:0000:ffff:255.255.255.255/128"], []),
        # Networks both, and longer than is kept.
        ([f"fe80::1%{'x' * 60}"], [codes.INVALID_PATTERN]),
        ([f"::/{'0' * 60}128"], [codes.INVALID_PATTERN]),
    ],
)
def test_how_many_networks_and_how_long(networks: list[str], said: list[object]) -> None:
    assert [one.code for one in rules.network_faults(networks, "networks")] == said
