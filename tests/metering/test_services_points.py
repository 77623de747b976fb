"""Registering and changing metering points: what is saved, recorded and refused; two at once."""

import threading
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from datahub.errors import DomainError, codes
from datahub.market import Commodity, Role
from datahub.metering import selectors
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.metering.point_form import saved_form
from datahub.metering.services import points
from datahub.outbox.models import Lane, Unit
from tests import cast
from tests.metering.points import AGGREGATION, ELECTRICITY, GAS, NOW, change, changed, register, registration

LATER = NOW + timedelta(hours=1)
EIC = "38ZGO-10000018-5"


def found(error: pytest.ExceptionInfo[DomainError]) -> list[object]:
    return [fault.code for fault in error.value.faults]


def put(form: dict[str, Any], *, owner: str = cast.GRID_OPERATOR, role: Role = Role.GRID_OPERATOR, **more: Any) -> Any:
    point = {"meteringPoint": {"meterEic": EIC, **form.pop("meteringPoint", {})}}
    return points.change_point(
        owner=cast.participant(owner),
        role=role,
        commodity=more.get("commodity", Commodity.ELECTRICITY),
        given=change({**point, **form}),
        now=LATER,
    )


@pytest.mark.django_db
class TestRegistration:
    def test_a_point_is_saved_with_its_version_and_its_change(self) -> None:
        point = register()
        saved = MeteringPoint.objects.select_related("parent").get()
        assert saved_form(selectors.point_fact(saved)) == ELECTRICITY
        assert (saved.owner.eic, saved.owner_role, saved.commodity) == (
            cast.GRID_OPERATOR,
            "GRID_OPERATOR",
            "ELECTRICITY",
        )
        assert (saved.version, saved.created_at, saved.changed_at) == (1, NOW, NOW)
        unit = Unit.objects.get()
        version = MeteringPointVersion.objects.get()
        assert (version.point_id, version.version, version.known_from, version.data) == (
            point.pk,
            1,
            unit.id,
            ELECTRICITY,
        )
        assert (unit.lanes, unit.sender_eic, unit.saved_at) == ([EIC], cast.GRID_OPERATOR, NOW)
        assert unit.changes == [
            {
                "resource_type": "METERING_POINT",
                "reason": "CREATE",
                "object_key": EIC,
                "before": None,
                "after": {"point": ELECTRICITY},
            }
        ]

    def test_a_gas_point_has_unset_what_only_electricity_has(self) -> None:
        point = register(GAS, commodity=Commodity.NATURAL_GAS)
        assert (point.charging_point, point.storage_capacity, point.production_source) == (None, None, "")
        assert saved_form(selectors.point_fact(MeteringPoint.objects.get(pk=point.pk))) == GAS

    def test_an_aggregation_point_stands_in_its_parents_lane_too(self) -> None:
        parent = register()
        point = register(AGGREGATION, owner=cast.AGGREGATOR, role=Role.AGGREGATOR)
        assert point.parent == parent
        assert Unit.objects.order_by("-id")[0].lanes == ["38ZAG-10000001-J", EIC]

    @pytest.mark.parametrize(
        "parent", ["38ZGO-10000001-U", "38ZGO-1G000001-Y", "38ZAG-10000001-J"], ids=["none", "gas", "itself"]
    )
    def test_a_wrong_parent_is_refused(self, parent: str) -> None:
        register(GAS, commodity=Commodity.NATURAL_GAS)
        with pytest.raises(DomainError) as error:
            register(
                changed(AGGREGATION, "aggregatorCharacteristics.parentMeterEic", parent),
                owner=cast.AGGREGATOR,
                role=Role.AGGREGATOR,
            )
        assert found(error) == [codes.INVALID_PARENT]

    def test_an_aggregation_point_is_no_parent(self) -> None:
        register()
        register(AGGREGATION, owner=cast.AGGREGATOR, role=Role.AGGREGATOR)
        form = changed(AGGREGATION, "aggregatorCharacteristics.parentMeterEic", "38ZAG-10000001-J")
        with pytest.raises(DomainError) as error:
            register(
                changed(form, "meteringPoint.meterEic", "38ZAG-10000002-G"), owner=cast.AGGREGATOR, role=Role.AGGREGATOR
            )
        assert found(error) == [codes.INVALID_PARENT]

    def test_a_code_that_is_taken_is_refused_and_nothing_is_saved(self) -> None:
        register()
        with pytest.raises(DomainError) as error:
            register(changed(ELECTRICITY, "meteringPoint.meteringType", "VIRTUAL"))
        assert found(error) == [codes.ALREADY_EXISTS]
        assert MeteringPoint.objects.get().metering_type == "NON_REMOTE_READING"
        assert Unit.objects.count() == MeteringPointVersion.objects.count() == 1

    def test_a_strangers_code_is_refused_alike_whether_it_is_taken_or_not(self) -> None:
        answers = []
        for _ in range(2):
            with pytest.raises(DomainError) as error:
                register(owner=cast.SOUTHERN_GRID_OPERATOR)
            answers.append([(fault.code, fault.args) for fault in error.value.faults])
            if not MeteringPoint.objects.exists():
                register()
        assert answers[0] == answers[1]
        assert [code for code, _ in answers[0]] == [codes.EIC_RANGE]

    def test_a_refused_point_leaves_no_trace(self) -> None:
        cast.participant(cast.GRID_OPERATOR)
        with pytest.raises(DomainError):
            register(changed(ELECTRICITY, "electricityCharacteristics.productionSource", None))
        assert not MeteringPoint.objects.exists()
        assert not Unit.objects.exists()
        assert not Lane.objects.exists()


@pytest.mark.django_db
class TestChange:
    def test_what_is_not_named_stays_and_the_change_tells_before_and_after(self) -> None:
        register()
        point = put({"electricityCharacteristics": {"connectionState": "CONNECTED"}})
        after = changed(ELECTRICITY, "electricityCharacteristics.connectionState", "CONNECTED")
        assert saved_form(selectors.point_fact(MeteringPoint.objects.get())) == after
        assert (point.version, point.created_at, point.changed_at) == (2, NOW, LATER)
        first, second = Unit.objects.order_by("id")
        assert second.depends_on == [first.id]
        assert second.changes == [
            {
                "resource_type": "METERING_POINT",
                "reason": "UPDATE",
                "object_key": EIC,
                "before": {"point": ELECTRICITY},
                "after": {"point": after},
            }
        ]
        versions = MeteringPointVersion.objects.order_by("version")
        assert [(v.version, v.known_from, v.data) for v in versions] == [
            (1, first.id, ELECTRICITY),
            (2, second.id, after),
        ]

    def test_production_turned_off_drops_its_source(self) -> None:
        register()
        point = put({"electricityCharacteristics": {"production": False}})
        assert (point.production, point.production_source) == (False, "")
        assert "productionSource" not in MeteringPointVersion.objects.get(version=2).data["electricityCharacteristics"]

    def test_null_takes_an_optional_value_away(self) -> None:
        register()
        location = {"comment": None, "coordinates": None, "postcode": ""}
        put({"meterLocation": location, "electricityCharacteristics": {"storageCapacity": None}})
        form = saved_form(selectors.point_fact(MeteringPoint.objects.get()))
        assert not {"comment", "coordinates", "postcode"} & form["meterLocation"].keys()
        assert "storageCapacity" not in form["electricityCharacteristics"]
        assert form["meterLocation"]["county"] == "Rapla maakond"

    def test_a_change_that_changes_nothing_is_refused(self) -> None:
        register()
        with pytest.raises(DomainError) as error:
            put({name: block for name, block in ELECTRICITY.items() if name != "meteringPoint"})
        assert found(error) == [codes.NO_CHANGE_RECEIVED]
        assert MeteringPoint.objects.get().version == Unit.objects.count() == 1

    def test_a_strangers_point_is_as_one_that_does_not_exist(self) -> None:
        cast.participant(cast.SOUTHERN_GRID_OPERATOR)
        answers = []
        for _ in range(2):
            with pytest.raises(DomainError) as error:
                put({"electricityCharacteristics": {"connectionState": "CONNECTED"}}, owner=cast.SOUTHERN_GRID_OPERATOR)
            answers.append([(fault.code, fault.args) for fault in error.value.faults])
            if not MeteringPoint.objects.exists():
                register()
        assert answers[0] == answers[1]
        assert [code for code, _ in answers[0]] == [codes.METERING_POINT_NOT_EXISTS]

    @pytest.mark.parametrize(
        ("role", "commodity"),
        [(Role.LINE_OPERATOR, Commodity.ELECTRICITY), (Role.GRID_OPERATOR, Commodity.NATURAL_GAS)],
    )
    def test_what_is_held_in_one_role_is_not_changed_in_another(self, role: Role, commodity: Commodity) -> None:
        register()
        with pytest.raises(DomainError) as error:
            put({"meterLocation": {"comment": "x"}}, role=role, commodity=commodity)
        assert found(error) == [codes.METERING_POINT_NOT_EXISTS]

    def test_a_supplier_changes_no_points(self) -> None:
        with pytest.raises(DomainError) as error:
            put({}, owner=cast.OPEN_SUPPLIER, role=Role.OPEN_SUPPLIER)
        assert found(error) == [codes.SENDER_TYPE]


def at_once(*acts: Any) -> list[object]:
    """Run acts at once, each over a connection of its own; give what each returned or the codes that refused it."""
    barrier = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(number: int) -> None:
        try:
            barrier.wait()
            results[number] = acts[number]()
        except DomainError as error:
            results[number] = [fault.code for fault in error.faults]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_eight_that_register_one_code_one_stands(self) -> None:
        owner = cast.participant(cast.GRID_OPERATOR)
        given = registration(ELECTRICITY)

        def act() -> object:
            return points.register_point(
                owner=owner, role=Role.GRID_OPERATOR, commodity=Commodity.ELECTRICITY, given=given, now=NOW
            )

        results = at_once(*[act] * 8)
        assert results.count([codes.ALREADY_EXISTS]) == 7
        assert MeteringPoint.objects.count() == Unit.objects.count() == 1

    def test_changes_of_one_point_at_once_all_stand_one_after_another(self) -> None:
        register()
        names = ["storageCapacity", "storageEnergy", "productionCapacity", "transmissionCapacity"]
        acts = [
            partial(put, {"electricityCharacteristics": {name: 1000 + number}}) for number, name in enumerate(names)
        ]
        at_once(*acts)
        point = MeteringPoint.objects.get()
        assert [point.storage_capacity, point.storage_energy] == [1000, 1001]
        assert [point.production_capacity, point.transmission_capacity] == [1002, 1003]
        assert point.version == 5
        versions = MeteringPointVersion.objects.order_by("known_from").values_list("version", flat=True)
        assert list(versions) == [1, 2, 3, 4, 5]
        # Each change was made on what the one before it had saved.
        units = Unit.objects.order_by("id")
        for before, after in pairwise(units):
            assert after.changes[0]["before"] == before.changes[0]["after"]
