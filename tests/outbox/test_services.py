"""Units are recorded in the save's transaction, and know what was saved before them at the same lanes."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from datahub.market import ResourceType
from datahub.outbox import services
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
POINT_CREATED = Change(
    ResourceType.METERING_POINT, "CREATE", "38ZGO-10000001-U", after={"meterEic": "38ZGO-10000001-U"}
)


def record(*lanes: str, change: Change = POINT_CREATED) -> int:
    with transaction.atomic(), services.open_unit(lanes=lanes, sender_eic="38X-EIN-GO-----0", saved_at=NOW) as unit:
        unit.record(change)
    return unit.id


def test_a_unit_is_kept_with_its_changes_and_lanes() -> None:
    unit = Unit.objects.get(pk=record("b", "a"))
    assert unit.lanes == ["a", "b"]
    assert unit.known_at == unit.id
    assert Change.from_json(unit.changes[0]) == POINT_CREATED


def test_a_unit_depends_on_the_last_units_of_its_lanes_and_no_others() -> None:
    first, second, elsewhere = record("a"), record("b"), record("c")
    third = Unit.objects.get(pk=record("a", "b"))
    assert third.depends_on == [first, second]
    assert Unit.objects.get(pk=record("a")).depends_on == [third.id]
    assert Unit.objects.get(pk=elsewhere).depends_on == []


def test_a_save_that_fails_leaves_no_unit() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with services.open_unit(lanes=["a"], sender_eic="", saved_at=NOW) as unit:
            unit.record(POINT_CREATED)
        raise ZeroDivisionError
    assert not Unit.objects.exists()
    assert Unit.objects.get(pk=record("a")).depends_on == []


def test_a_unit_without_changes_leaves_no_trace() -> None:
    with transaction.atomic(), services.open_unit(lanes=["a"], sender_eic="", saved_at=NOW):
        pass
    assert not Unit.objects.exists()


def test_a_save_at_many_points_is_one_unit_a_point_each_after_the_last_at_its_own() -> None:
    first = record("b")
    with transaction.atomic(), services.open_units(lanes=["c", "a", "b"], sender_eic="x", saved_at=NOW) as units:
        for lane in ("a", "b"):
            units[lane].record(POINT_CREATED)
    kept = {unit.lanes[0]: unit for unit in Unit.objects.exclude(pk=first)}
    assert {lane: (unit.id, unit.depends_on) for lane, unit in kept.items()} == {
        "a": (units["a"].id, []),
        "b": (units["b"].id, [first]),
    }
    assert Unit.objects.get(pk=record("a", "c")).depends_on == [units["a"].id]
