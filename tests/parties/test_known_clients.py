"""What a process keeps of API clients, and how soon it hears that one has changed; the listener's thread is real.

All look-ups are made at one instant, so that nothing grows old: what is looked up anew is so because it was forgotten.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from datahub.database import notices
from datahub.market import Commodity, PartyType, Permission, Role
from datahub.parties.known_clients import CHANNEL, KEPT, KnownClients
from datahub.parties.models import Party, TechnicalUser
from datahub.parties.selectors import ApiClient
from datahub.parties.services import roles, technical_users

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SUPPLY = {"role": Role.OPEN_SUPPLIER, "commodity": Commodity.ELECTRICITY}


@pytest.fixture
def supplier() -> Party:
    party = Party.objects.create(eic="38X-EIN-OS-----J", type=PartyType.MARKET_PARTICIPANT, name="Supplier")
    roles.give_role(participant=party, **SUPPLY, valid_from=START)
    return party


@pytest.fixture
def user(supplier: Party) -> TechnicalUser:
    made, _ = technical_users.register_technical_user(
        participant=supplier, suffix="one", permissions=[Permission.ADMIN], allowed_networks=[], by=None, now=START
    )
    return made


@pytest.fixture
def known(user: TechnicalUser, monkeypatch: pytest.MonkeyPatch) -> Iterator[KnownClients]:
    # It ends when it has looked at its silent connection.
    monkeypatch.setattr(notices, "_LOOK_SECONDS", 0.1)
    made = KnownClients()
    made.listen()
    wait_until(lambda: is_kept(made, user.client_id))
    yield made
    made.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def looked_up(known: KnownClients, client_id: str, at: datetime = NOW) -> tuple[ApiClient | None, int]:
    with CaptureQueriesContext(connection) as queries:
        return known.get(client_id, at), len(queries)


def is_kept(known: KnownClients, client_id: str) -> bool:
    known.get(client_id, NOW)
    return looked_up(known, client_id)[1] == 0


def test_one_look_up_serves_until_it_is_old(known: KnownClients, user: TechnicalUser) -> None:
    first = known.get(user.client_id, NOW)
    assert looked_up(known, user.client_id, NOW + KEPT - timedelta(milliseconds=1)) == (first, 0)
    assert looked_up(known, user.client_id, NOW + KEPT)[1] == 1


def test_what_was_known_later_does_not_serve_earlier(known: KnownClients, user: TechnicalUser) -> None:
    assert looked_up(known, user.client_id, NOW - timedelta(milliseconds=1))[1] == 1


def test_nothing_is_kept_where_nobody_listens(user: TechnicalUser) -> None:
    assert not is_kept(KnownClients(), user.client_id)


def test_who_is_unknown_is_looked_for_each_time(known: KnownClients) -> None:
    assert not is_kept(known, "38X-EIN-OS-----J-nobody")


def test_a_withdrawn_role_is_known_at_once(known: KnownClients, user: TechnicalUser, supplier: Party) -> None:
    roles.withdraw_role(participant=supplier, **SUPPLY, at=NOW)
    wait_until(lambda: not known.get(user.client_id, NOW).holds(*SUPPLY.values()))


def test_a_role_given_is_known_at_once(known: KnownClients, user: TechnicalUser, supplier: Party) -> None:
    more = {"role": Role.AGGREGATOR, "commodity": Commodity.ELECTRICITY}
    roles.give_role(participant=supplier, **more, valid_from=START)
    wait_until(lambda: known.get(user.client_id, NOW).holds(*more.values()))


def test_a_blocked_user_is_known_at_once(known: KnownClients, user: TechnicalUser) -> None:
    technical_users.set_active(technical_user=user, is_active=False, by=None, now=NOW)
    wait_until(lambda: known.get(user.client_id, NOW) is None)


def test_a_new_name_is_known_at_once(known: KnownClients, user: TechnicalUser, supplier: Party) -> None:
    Party.objects.filter(pk=supplier.pk).update(name="Another")
    wait_until(lambda: known.get(user.client_id, NOW).technical_user.participant.name == "Another")


def test_new_customers_are_no_news(known: KnownClients, user: TechnicalUser) -> None:
    known.get(user.client_id, NOW)
    Party.objects.create(eic="38X-AVALIK-1B--7", type=PartyType.ORGANIZATION, name="Customer")
    time.sleep(0.2)
    assert looked_up(known, user.client_id)[1] == 0


def test_a_role_that_ends_by_itself_is_not_kept_over_its_end(
    known: KnownClients, user: TechnicalUser, supplier: Party
) -> None:
    end = NOW + timedelta(seconds=1)
    roles.withdraw_role(participant=supplier, **SUPPLY, at=end)
    wait_until(lambda: known.get(user.client_id, NOW).until == end)
    assert known.get(user.client_id, end - timedelta(milliseconds=1)).holds(*SUPPLY.values())
    assert not known.get(user.client_id, end).holds(*SUPPLY.values())


def test_what_changes_during_a_look_up_is_not_kept(
    known: KnownClients, user: TechnicalUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datahub.parties import selectors

    ask = selectors.api_client

    def ask_while_it_changes(client_id: str, at: datetime) -> ApiClient | None:
        found = ask(client_id, at)
        known.forget()
        return found

    known.forget()
    monkeypatch.setattr(selectors, "api_client", ask_while_it_changes)
    known.get(user.client_id, NOW)
    monkeypatch.undo()
    assert looked_up(known, user.client_id)[1] == 1


def test_a_change_that_is_rolled_back_changes_nothing(known: KnownClients, user: TechnicalUser) -> None:
    with transaction.atomic():
        technical_users.set_active(technical_user=user, is_active=False, by=None, now=NOW)
        transaction.set_rollback(True)
    assert known.get(user.client_id, NOW) is not None


def test_a_broken_connection_keeps_nothing_until_it_listens_again(known: KnownClients, user: TechnicalUser) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = %s", [f"LISTEN {CHANNEL}"])
        assert cursor.rowcount == 1
    wait_until(lambda: not is_kept(known, user.client_id))
    technical_users.set_active(technical_user=user, is_active=False, by=None, now=NOW)
    assert known.get(user.client_id, NOW) is None
    technical_users.set_active(technical_user=user, is_active=True, by=None, now=NOW)
    wait_until(lambda: is_kept(known, user.client_id))
