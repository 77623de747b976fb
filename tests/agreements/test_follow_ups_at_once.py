"""Follow-ups beside other workers and other acts, with real transactions: nobody waits for more than a batch."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from datahub.agreements import recording
from datahub.agreements.models import Agreement, FollowUp
from datahub.agreements.services import follow_ups
from datahub.market import AgreementType, MeteringPointType
from datahub.outbox.models import Lane, Unit
from datahub.outbox.services import open_units
from tests.agreements import at_once, many_points, market
from tests.agreements.acting import change, delete, register
from tests.agreements.many_points import JUNE, SPLIT, WHOLE, providers, work
from tests.agreements.market import BALANCE, MARI, NAMED, NORTH, NOW, SOUTH, SUN, WIND, day

A = AgreementType
COUNT = 40
BATCH = 15


@pytest.fixture(autouse=True)
def _open_market(transactional_db: None, days_of_the_market: None) -> None:
    """The market, committed, so that several connections see it."""
    market.build()
    market.portfolios()


def named(provider: str = NAMED, **more: Any) -> Any:
    return register(A.NAMED_SUPPLIER, provider, NORTH, None, more.pop("start", JUNE), **more)


def work_all() -> None:
    """Work as a worker does until nothing is left that another has not taken."""
    work(size=BATCH)


class Held:
    """A batch that waits, its points locked, until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.worker = threading.Thread(target=self._work)
        self.failures: list[BaseException] = []

    def keep(self, *rest: Any, **more: Any) -> Any:
        saved = self._keep(*rest, **more)
        if threading.current_thread() is self.worker and not self.reached.is_set():
            self.reached.set()
            self.go.wait(at_once.SECONDS)
        return saved

    def _work(self) -> None:
        try:
            follow_ups.work_batch(now=NOW, points=BATCH)
        # What a thread raises must fail the test, whatever it is.
        except BaseException as error:  # noqa: BLE001
            self.failures.append(error)
        finally:
            connection.close()

    def begin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._keep = recording.keep
        monkeypatch.setattr(recording, "keep", self.keep)
        self.worker.start()
        assert self.reached.wait(10)

    def end(self) -> None:
        self.go.set()
        self.worker.join(at_once.SECONDS)
        assert self.failures == []


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Give a batch to hold."""
    one = Held()
    yield one
    one.go.set()
    one.worker.join(at_once.SECONDS)


def supply(point: str, provider: str = SUN) -> Any:
    return register(A.SUPPLY, provider, MARI, point, day(2026, 5, 18))


@pytest.fixture
def impatient(transactional_db: None) -> Iterator[None]:
    """Let the test's own connection give up a lock that it does not get at once."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


@pytest.mark.usefixtures("impatient")
def test_a_batch_holds_up_saves_at_its_own_points_and_at_no_other(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    eics = many_points.points(COUNT)
    named()
    held.begin(monkeypatch)
    # At another point of the same act: answered while the batch waits.
    supply(eics[-1])
    with pytest.raises(OperationalError, match="lock timeout"):
        supply(eics[0])
    held.end()
    supply(eics[0])
    work_all()
    assert providers() == {eic: WHOLE if eic in {eics[0], eics[-1]} else SPLIT for eic in eics}


def test_a_save_at_a_point_of_the_batch_waits_for_it_and_sees_what_it_made(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    eics = many_points.points(COUNT)
    named()
    held.begin(monkeypatch)
    saver = at_once.Beside(lambda: supply(eics[0]))
    at_once.wait_for(at_once.waits_for_a_lock)
    held.end()
    saver.end()
    assert providers()[eics[0]] == WHOLE
    first, second = Unit.objects.filter(lanes=[eics[0]]).order_by("id")
    assert second.depends_on == [first.id]


def test_two_workers_do_each_point_once() -> None:
    eics = many_points.points(COUNT)
    named()
    at_once.run(work_all, work_all, work_all)
    # Who found the act taken went home; in the end someone has done it all.
    work_all()
    assert providers() == dict.fromkeys(eics, SPLIT)
    assert Unit.objects.count() == COUNT + 1
    one = FollowUp.objects.get()
    assert (one.points_done, one.points_changed, one.failed) == (COUNT + 3, COUNT, {})


def test_two_acts_are_worked_at_once_by_two_workers(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    eics = many_points.points(COUNT)
    act = named(valid_to=day(2026, 8, 1))
    change(act, day(2026, 7, 1))
    held.begin(monkeypatch)
    # The second act is free while the first is worked, and waits only at the points of that batch.
    second = at_once.Beside(work_all)
    at_once.wait_for(at_once.waits_for_a_lock)
    held.end()
    second.end()
    work_all()
    expected = [(NORTH, False), (NAMED, True), (NORTH, True)]
    assert set(map(tuple, providers().values())) == {tuple(expected)}
    assert [Unit.objects.filter(lanes=[eic]).count() for eic in eics] == [1] * COUNT
    assert all(one.finished_at and not one.failed for one in FollowUp.objects.all())


def test_a_worker_that_dies_in_a_batch_leaves_it_to_the_next(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    eics = many_points.points(COUNT)
    named()
    held.begin(monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
        )
        assert cursor.fetchall() == [(True,)]
    held.go.set()
    held.worker.join(at_once.SECONDS)
    assert [type(error) for error in held.failures] == [OperationalError]
    assert providers() == dict.fromkeys(eics, WHOLE)
    assert (Unit.objects.count(), FollowUp.objects.get().reached) == (1, "")
    work_all()
    assert providers() == dict.fromkeys(eics, SPLIT)


def test_acts_at_the_same_points_in_any_order_never_wait_for_each_other_in_a_circle() -> None:
    """Acts at points, batches that lock many of them, others that lock the same ones, and an act between parties."""
    eics = many_points.points(COUNT)
    act = named(valid_to=day(2026, 8, 1))

    def lock_backwards() -> None:
        for start in range(0, COUNT, 8):
            with transaction.atomic(), open_units(lanes=eics[start : start + 20][::-1], sender_eic="", saved_at=NOW):
                pass

    def supply_backwards() -> None:
        for eic in eics[::-4]:
            supply(eic)

    def supply_forwards() -> None:
        for eic in eics[1::4]:
            supply(eic, WIND)

    def move_the_act() -> None:
        delete(change(change(act, day(2026, 7, 1)), None))

    refusals = at_once.run(work_all, work_all, lock_backwards, supply_backwards, supply_forwards, move_the_act)
    assert refusals == []
    work_all()
    assert all(not one.failed and one.finished_at for one in FollowUp.objects.all())
    # The act is gone: every point has the general service that its supplies leave it.
    assert providers() == dict.fromkeys(eics, WHOLE)
    services, supplies = many_points.standing(A.GENERAL_SERVICE), many_points.standing(A.SUPPLY)
    for eic in eics:
        first_supply = supplies[eic][0].valid_from if eic in supplies else None
        assert [one.valid_to for one in services[eic]] == [first_supply], eic


def test_points_of_a_batch_that_failed_are_locked_in_the_one_order_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worked one by one they are locked one after the other: in the order in which every save locks its points.

    The database may sort codes otherwise: in many collations a dash or a capital letter does not count.
    """
    eics = many_points.points(COUNT)
    named()
    locked: list[str] = []
    opened = follow_ups.open_units

    def noting(*, lanes: Any, **more: Any) -> Any:
        if len(lanes) > 1:
            raise ValueError("the batch fails")
        locked.extend(lanes)
        return opened(lanes=lanes, **more)

    monkeypatch.setattr(follow_ups, "open_units", noting)
    with transaction.atomic():
        follow_ups._work(FollowUp.objects.get(), eics[::-1][:BATCH], now=NOW)
    assert locked == eics[-BATCH:]


def test_a_border_agreement_made_while_its_portfolio_is_worked_out_is_supplied_once() -> None:
    eics = many_points.points(COUNT, MeteringPointType.BORDER)
    bridges = [many_points.standing(A.BORDER_GRID)[eic][0] for eic in eics]
    assert register(A.PORTFOLIO_SUPPLIER, BALANCE, SOUTH, None, JUNE)

    def end_some() -> None:
        for bridge in bridges[::-3]:
            change(bridge, day(2026, 7, 1))

    at_once.run(work_all, end_some, work_all)
    work_all()
    found = many_points.standing(A.BORDER_SUPPLY)
    ends = {eic: [one.valid_to for one in made] for eic, made in found.items()}
    ended = {bridge.point_eic for bridge in bridges[::-3]}
    assert ends == {eic: [day(2026, 7, 1) if eic in ended else None] for eic in eics}
    assert Agreement.objects.filter(type=A.BORDER_SUPPLY).count() == COUNT
    assert Lane.objects.filter(key__in=eics).count() == COUNT
