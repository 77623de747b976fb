"""What a metering point must be: table by table, without a database."""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from datahub.errors import Code, DomainError, codes
from datahub.market import METERING_POINT_OPERATOR_ROLES, Commodity, MeteringPointType, Role
from datahub.metering.point_form import BLOCKS, GivenPoint, fitting_block, saved_form, told_form
from datahub.metering.rules import points as rules
from tests.metering.points import AGGREGATION, ELECTRICITY, GAS, change, changed, registration

EL, GAS_ = Commodity.ELECTRICITY, Commodity.NATURAL_GAS
T = MeteringPointType
PARENT = rules.Parent(EL, T.REGULAR)


def faults(given: GivenPoint, role: Role = Role.GRID_OPERATOR, commodity: Commodity = EL, **more: Any) -> list[Any]:
    known = {"ranges": ["38ZGO-1", "38ZAG-1"], "owner_eic": "38X-EIN-GO-----0", "parent": PARENT, **more}
    return rules.registration_faults(given, commodity=commodity, role=role, **known)


def found(form: dict[str, Any], *args: Any, **more: Any) -> list[Code]:
    return [fault.code for fault in faults(registration(form), *args, **more)]


def test_the_examples_are_right() -> None:
    assert found(ELECTRICITY) == []
    assert found(GAS, Role.GRID_OPERATOR, GAS_) == []
    assert found(AGGREGATION, Role.AGGREGATOR) == []


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("commodity", list(Commodity))
@pytest.mark.parametrize("kind", list(MeteringPointType))
def test_which_role_may_own_which_type(role: Role, commodity: Commodity, kind: MeteringPointType) -> None:
    grid = {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK", "LINE_OPERATOR", "PRODUCER_OPERATOR"}
    grid |= {"CHARGING_POINT_OPERATOR"}
    table = {
        (T.REGULAR, EL): grid,
        (T.INTERNAL, EL): grid,
        (T.BORDER, EL): {"GRID_OPERATOR"},
        (T.AGGREGATION, EL): {"AGGREGATOR"},
        (T.REGULAR, GAS_): {"GRID_OPERATOR", "PRODUCER_OPERATOR"},
        (T.INTERNAL, GAS_): set(),
        (T.BORDER, GAS_): {"GRID_OPERATOR"},
        (T.AGGREGATION, GAS_): set(),
    }
    form = {EL: ELECTRICITY, GAS_: GAS}[commodity] if kind != T.AGGREGATION else AGGREGATION
    got = found(changed(form, "meteringPoint.meteringPointType", kind), role, commodity)
    if role not in METERING_POINT_OPERATOR_ROLES:
        assert got == [codes.SENDER_TYPE]
    elif not table[kind, commodity]:
        assert got == [codes.INVALID_ENUM]
    else:
        assert got == ([] if role in table[kind, commodity] else [codes.INCORRECT_MARKET_PARTICIPANT_ROLE])


@pytest.mark.parametrize("commodity", list(Commodity))
@pytest.mark.parametrize("kind", list(MeteringPointType))
@pytest.mark.parametrize("sent", BLOCKS)
def test_exactly_the_block_that_fits(commodity: Commodity, kind: MeteringPointType, sent: str) -> None:
    forms = {"electricityCharacteristics": ELECTRICITY, "naturalGasCharacteristics": GAS}
    form = changed(forms.get(sent, AGGREGATION), "meteringPoint.meteringPointType", kind)
    fits = sent == fitting_block(commodity, kind)
    wrong = codes.INCORRECT_CHARACTERISTICS_TYPE in found(form, Role.GRID_OPERATOR, commodity)
    assert wrong != fits


def test_a_block_too_many_and_a_block_missing() -> None:
    two = {**ELECTRICITY, "naturalGasCharacteristics": GAS["naturalGasCharacteristics"]}
    assert found(two) == [codes.INCORRECT_CHARACTERISTICS_TYPE]
    assert found(changed(ELECTRICITY, "electricityCharacteristics", ...)) == [codes.MISSING]


@pytest.mark.parametrize(
    ("ranges", "inside"),
    [(["38ZGO-1"], True), (["38ZGO-2", "38ZGO-1000001"], True), (["38ZGO-2"], False), ([], False)],
)
def test_the_code_lies_in_a_range_of_the_owner(ranges: list[str], inside: bool) -> None:
    assert found(ELECTRICITY, ranges=ranges) == ([] if inside else [codes.EIC_RANGE])


@pytest.mark.parametrize(
    ("location", "wanted"),
    [
        ({"adrId": 3182855}, []),
        ({"county": "Harju maakond", "municipality": "Tallinn"}, []),
        ({}, [codes.MISSING]),
        ({"comment": "by the river"}, [codes.MISSING]),
        ({"county": "Harju maakond"}, [codes.MISSING]),
        ({"municipality": "Tallinn"}, [codes.MISSING]),
        ({"county": "", "municipality": "Tallinn"}, [codes.MISSING]),
        ({"county": "  ", "municipality": "Tallinn"}, [codes.MISSING]),
        ({"adrId": None, "county": None, "municipality": None}, [codes.MISSING]),
    ],
)
def test_an_address_id_or_county_and_municipality(location: dict[str, Any], wanted: list[Code]) -> None:
    assert found({**ELECTRICITY, "meterLocation": location}) == wanted


@pytest.mark.parametrize(
    ("system", "latitude", "longitude", "wanted"),
    [
        ("WGS84", 59.437, 24.7536, []),
        ("WGS84", 57.509, 27.35, []),  # Naha, the southernmost village
        ("WGS84", 59.82, 26.36, []),  # Vaindloo
        ("WGS84", 59.377, 28.19, []),  # Narva
        ("WGS84", 58.3, 21.8, []),  # Vilsandi
        ("WGS84", 60.17, 24.94, [codes.TOO_BIG]),  # Helsinki
        ("WGS84", 56.95, 24.1, [codes.TOO_SMALL]),  # Riga
        ("WGS84", 59.33, 18.07, [codes.TOO_SMALL]),  # Stockholm
        ("WGS84", 59.93, 30.31, [codes.TOO_BIG, codes.TOO_BIG]),  # St Petersburg
        ("WGS84", 24.7536, 59.437, [codes.TOO_SMALL, codes.TOO_BIG]),  # turned round
        ("WGS84", 6515113.24, 546858.53, [codes.TOO_BIG, codes.TOO_BIG]),  # of the other system
        ("LEST97", 6515113.24, 546858.53, []),
        ("LEST97", 546858.53, 6515113.24, [codes.TOO_SMALL, codes.TOO_BIG]),
        ("LEST97", 59.437, 24.7536, [codes.TOO_SMALL, codes.TOO_SMALL]),
        ("LEST97", 6700000, 546858.53, [codes.TOO_BIG]),
    ],
)
def test_coordinates_lie_in_estonia(system: str, latitude: float, longitude: float, wanted: list[Code]) -> None:
    coordinates = {"coordinateSystem": system, "latitude": latitude, "longitude": longitude}
    form = changed(ELECTRICITY, "meterLocation.coordinates", coordinates)
    assert found(form) == wanted


@pytest.mark.parametrize(
    ("production", "source", "wanted"),
    [
        (True, "WIND", []),
        (True, None, [codes.MISSING_WHERE]),
        (False, None, []),
        (False, "WIND", [codes.INVALID_PATTERN]),
    ],
)
def test_a_source_only_and_always_with_production(production: bool, source: str | None, wanted: list[Code]) -> None:
    form = changed(ELECTRICITY, "electricityCharacteristics.production", production)
    assert found(changed(form, "electricityCharacteristics.productionSource", source)) == wanted


@pytest.mark.parametrize(
    "parent",
    [None, rules.Parent(GAS_, T.REGULAR), *(rules.Parent(EL, kind) for kind in T if kind != T.REGULAR)],
)
def test_only_a_regular_point_of_electricity_is_a_parent(parent: rules.Parent | None) -> None:
    (fault,) = faults(registration(AGGREGATION), Role.AGGREGATOR, parent=parent)
    assert fault.code == codes.INVALID_PARENT
    # What stands there is not told: the same message for a point that does not exist.
    assert fault.args == faults(registration(AGGREGATION), Role.AGGREGATOR, parent=None)[0].args


def test_all_faults_are_found_in_one_pass() -> None:
    form = changed(ELECTRICITY, "meterLocation", {"county": "Harju maakond"})
    form = changed(form, "electricityCharacteristics.productionSource", None)
    form = changed(form, "meteringPoint.meteringPointType", "BORDER")
    assert found(form, Role.LINE_OPERATOR, ranges=["38ZGO-2"]) == [
        codes.INCORRECT_MARKET_PARTICIPANT_ROLE,
        codes.EIC_RANGE,
        codes.MISSING,
        codes.MISSING_WHERE,
    ]


# --- shapes ---------------------------------------------------------------------------------------------------------
E_ = "electricityCharacteristics"


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("meteringPoint.meterEic", "38ZGO-10000018-6", codes.EIC_SYNTAX),
        ("meteringPoint.meterEic", "38X-EIN-GO-----0", codes.EIC_SYNTAX),
        ("meteringPoint.meteringType", "SMOKE", codes.INVALID_ENUM),
        ("meteringPoint.meteringPointType", ..., codes.MISSING),
        ("meterLocation", ..., codes.MISSING),
        ("meterLocation.adrId", 1.5, codes.INVALID_PATTERN),
        ("meterLocation.adrId", "3182855", codes.INVALID_PATTERN),
        ("meterLocation.adrId", 0, codes.TOO_SMALL),
        ("meterLocation.adrId", True, codes.INVALID_PATTERN),
        ("meterLocation.comment", "x" * 256, codes.FIELD_CANNOT_BE_LONGER),
        ("meterLocation.postcode", "7" * 51, codes.FIELD_CANNOT_BE_LONGER),
        ("meterLocation.streetName", "Uus", codes.MISSING_FIELD),
        ("meterLocation.coordinates.longitude", ..., codes.MISSING),
        ("meterLocation.coordinates.coordinateSystem", "MARS", codes.INVALID_ENUM),
        ("meterLocation.coordinates.latitude", Decimal("6515113.2400000001"), codes.TOO_MANY_DECIMALS),
        (f"{E_}.resolution", "P1D", codes.INVALID_ENUM),
        (f"{E_}.customerType", "CONSUMER_2", codes.INVALID_ENUM),
        (f"{E_}.productionSource", "COAL", codes.INVALID_ENUM),
        (f"{E_}.transmissionNetworkEic", "38X-EIN-GO-----0", codes.EIC_SYNTAX),
        (f"{E_}.transmissionNetworkEic", ..., codes.MISSING),
        (f"{E_}.chargingPoint", "true", codes.INVALID_PATTERN),
        (f"{E_}.storageCapacity", Decimal("-0.01"), codes.FIELD_VALUE_CANNOT_BE_NEGATIVE),
        (f"{E_}.storageCapacity", Decimal("1.234"), codes.TOO_MANY_DECIMALS),
        (f"{E_}.storageCapacity", Decimal("1e30"), codes.TOO_BIG),
        (f"{E_}.parentMeterEic", "38ZGO-10000018-5", codes.MISSING_FIELD),
    ],
)
def test_a_wrong_shape_has_its_code_and_path(path: str, value: Any, wanted: Code) -> None:
    with pytest.raises(DomainError) as error:
        registration(changed(ELECTRICITY, path, value))
    assert [fault.code for fault in error.value.faults] == [wanted]
    assert error.value.cause.args[0] == f"meterMetadata.{path}"


# --- changes --------------------------------------------------------------------------------------------------------
POINT = registration(ELECTRICITY).as_point(commodity=EL, owner_role=Role.GRID_OPERATOR)
CHILD = registration(AGGREGATION).as_point(commodity=EL, owner_role=Role.AGGREGATOR)
EIC = {"meteringPoint": {"meterEic": POINT.eic}}


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({}, [codes.NO_CHANGE_RECEIVED]),
        ({E_: {"connectionState": "DISCONNECTED"}}, [codes.NO_CHANGE_RECEIVED]),
        ({E_: {"storageCapacity": Decimal("603.40")}}, [codes.NO_CHANGE_RECEIVED]),
        ({E_: {"connectionState": "CONNECTED"}}, []),
        ({E_: {"storageCapacity": None}}, []),
        ({E_: {"production": False}}, []),
        ({E_: {"production": False, "productionSource": "WIND"}}, [codes.INVALID_PATTERN]),
        ({E_: {"productionSource": None}}, [codes.MISSING_WHERE]),
        ({"naturalGasCharacteristics": {"production": True}}, [codes.INCORRECT_CHARACTERISTICS_TYPE]),
        ({"aggregatorCharacteristics": {"parentMeterEic": POINT.eic}}, [codes.INCORRECT_CHARACTERISTICS_TYPE]),
        ({"meterLocation": {"adrId": None}}, []),
        ({"meterLocation": {"adrId": None, "county": None}}, [codes.MISSING]),
        ({"meterLocation": {"coordinates": None}}, []),
        ({"meterLocation": {"coordinates": {"latitude": Decimal("6515000")}}}, []),
        ({"meterLocation": {"coordinates": {"coordinateSystem": "WGS84"}}}, [codes.TOO_BIG, codes.TOO_BIG]),
    ],
)
def test_what_a_change_may_do(form: dict[str, Any], wanted: list[Code]) -> None:
    assert [fault.code for fault in rules.change_faults(POINT, change({**EIC, **form}))] == wanted


def test_neither_type_nor_parent_ever_change() -> None:
    same = {"meteringPoint": {"meterEic": POINT.eic, "meteringPointType": "REGULAR", "meteringType": "VIRTUAL"}}
    assert rules.change_faults(POINT, change(same)) == []
    other = {"meteringPoint": {"meterEic": POINT.eic, "meteringPointType": "INTERNAL"}}
    assert [f.code for f in rules.change_faults(POINT, change(other))] == [codes.METERING_POINT_TYPE_CANNOT_BE_UPDATED]
    child = {"meteringPoint": {"meterEic": CHILD.eic, "meteringType": "REMOTE_READING"}}
    parent = {"aggregatorCharacteristics": {"parentMeterEic": "38ZGO-10000001-U"}}
    assert [f.code for f in rules.change_faults(CHILD, change({**child, **parent}))] == [codes.INVALID_PARENT]
    assert (
        rules.change_faults(CHILD, change({**child, "aggregatorCharacteristics": {"parentMeterEic": POINT.eic}})) == []
    )
    assert change({**child, **parent}).merged_into(CHILD).parent_eic == POINT.eic


def test_production_turned_off_drops_its_source_and_the_rest_stays() -> None:
    after = change({**EIC, E_: {"production": False}}).merged_into(POINT)
    assert after == replace(POINT, production=False, production_source=None)


# --- forms ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "commodity", "role"),
    [(ELECTRICITY, EL, Role.GRID_OPERATOR), (GAS, GAS_, Role.GRID_OPERATOR), (AGGREGATION, EL, Role.AGGREGATOR)],
)
def test_a_point_is_saved_as_it_was_sent(form: dict[str, Any], commodity: Commodity, role: Role) -> None:
    point = registration(form).as_point(commodity=commodity, owner_role=role)
    assert saved_form(point) == form


def test_a_point_is_told_in_the_seeds_form() -> None:
    told = told_form(saved_form(POINT))
    expected = deepcopy(ELECTRICITY)
    del expected["meteringPoint"]["meteringPointType"]
    assert told == expected
    assert str(told[E_]["storageCapacity"]) == "603.4"
    assert list(told) == ["meteringPoint", "meterLocation", E_]


def test_numbers_have_no_idle_zeros() -> None:
    point = replace(POINT, storage_capacity=Decimal("10.00"), storage_energy=Decimal("603.40"), latitude=6515113.0)
    form = saved_form(point)
    assert [repr(form[E_][name]) for name in ("storageCapacity", "storageEnergy")] == ["10", "603.4"]
    assert repr(form["meterLocation"]["coordinates"]["latitude"]) == "6515113"
