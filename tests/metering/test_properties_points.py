"""Whatever is sent: what is right comes back exactly, what is wrong is refused and never breaks anything."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datahub import market
from datahub.market import Commodity, Role
from datahub.metering.api.meter_serializers import MeterRegistration
from datahub.metering.point_form import given_point, saved_form
from datahub.metering.rules import points as rules
from datahub.wire import json_body, reading
from tests import cast
from tests.api import Api, api
from tests.metering.points import ELECTRICITY, change, changed, registration

# What a text on one line may have: no sign that nobody sees but those that belong to writing, and no end of a line.
SIGNS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], include_characters="\t\u00ad\u200c\u200d")
TEXT = st.text(SIGNS, min_size=1, max_size=50).map(str.strip).filter(bool)
POWER = st.decimals(0, 10**11, places=2).map(float)
COORDINATES = st.one_of(
    st.fixed_dictionaries(
        {"coordinateSystem": st.just("WGS84"), "latitude": st.floats(57.5, 59.9), "longitude": st.floats(21.7, 28.25)}
    ),
    st.fixed_dictionaries(
        {
            "coordinateSystem": st.just("LEST97"),
            "latitude": st.floats(6_377_000, 6_642_000),
            "longitude": st.floats(365_000, 740_000),
        }
    ),
)
LOCATION = st.fixed_dictionaries(
    {"county": TEXT, "municipality": TEXT},
    optional={
        "adrId": st.integers(1, 2**53 - 1),
        "comment": TEXT,
        "locality": TEXT,
        "streetAddress": TEXT,
        "postcode": TEXT,
        "coordinates": COORDINATES,
    },
)
CAPACITIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(["storageCapacity", "storageEnergy", "productionCapacity", "transmissionCapacity"], POWER),
)
PRODUCTION = st.one_of(
    st.just({"production": False}),
    st.sampled_from(list(market.ElectricityProductionSource)).map(
        lambda source: {"production": True, "productionSource": str(source)}
    ),
)


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """Make forms of `POST /meter` that are right."""
    codes = {
        "consumptionScale": str(draw(st.sampled_from(list(market.ConsumptionScale)))),
        "connectionState": str(draw(st.sampled_from(list(market.ConnectionState)))),
        "resolution": str(draw(st.sampled_from(list(market.ElectricityResolution)))),
        "customerType": str(draw(st.sampled_from(list(market.ElectricityCustomerType)))),
        "transmissionNetworkEic": "38A-EE-98-4634-U",
    }
    names = ("apartmentAssociation", "isolatedMeteringPoint", "electricalHeating", "chargingPoint")
    flags = {name: draw(st.booleans()) for name in names}
    block = {**codes, **flags, **draw(PRODUCTION), **draw(CAPACITIES)}
    return {**ELECTRICITY, "meterLocation": draw(LOCATION), "electricityCharacteristics": block}


@given(forms())
@settings(max_examples=300, deadline=None)
def test_a_right_point_comes_back_exactly_as_it_was_sent(form: dict[str, Any]) -> None:
    body = json_body.decode(json.dumps({"meterMetadata": form}).encode())
    read = given_point(reading.read(MeterRegistration, body)["meterMetadata"])
    faults = rules.registration_faults(
        read, commodity=Commodity.ELECTRICITY, role=Role.GRID_OPERATOR, owner_eic="", ranges=["38ZGO-1"], parent=None
    )
    assert faults == []
    kept = json.dumps(saved_form(read.as_point(commodity=Commodity.ELECTRICITY, owner_role=Role.GRID_OPERATOR)))
    # Compared as numbers of unbounded exactness, so that no rounding on either side hides one on the way.
    assert json.loads(kept, parse_float=Decimal, parse_int=Decimal) == json.loads(
        json.dumps(form), parse_float=Decimal, parse_int=Decimal
    )


@given(before=forms(), after=forms())
@settings(max_examples=150, deadline=None)
def test_a_change_to_all_of_another_form_gives_that_form_and_what_it_left_out_stays(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    point = registration(before).as_point(commodity=Commodity.ELECTRICITY, owner_role=Role.GRID_OPERATOR)
    told = saved_form(change(after).merged_into(point))
    for block in ("meterLocation", "electricityCharacteristics"):
        left_out = {name: value for name, value in before[block].items() if name not in after[block]}
        if not after["electricityCharacteristics"]["production"]:
            left_out.pop("productionSource", None)
        assert told[block] == {**left_out, **after[block]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
PATHS = [
    "meteringPoint",
    "meteringPoint.meterEic",
    "meteringPoint.meteringType",
    "meterLocation",
    "meterLocation.adrId",
    "meterLocation.county",
    "meterLocation.coordinates",
    "meterLocation.coordinates.latitude",
    "electricityCharacteristics",
    "electricityCharacteristics.production",
    "electricityCharacteristics.productionSource",
    "electricityCharacteristics.storageCapacity",
    "electricityCharacteristics.transmissionNetworkEic",
    "aggregatorCharacteristics",
    "naturalGasCharacteristics",
]
ATTRIBUTES: dict[str, Any] = {
    "meterCommon": {"meteringPointType": "REGULAR", "sourceType": ["OWNERSHIP"]},
    "meterLocation": {"adrId": 3182855, "county": "Rapla maakond"},
    "electricityCharacteristics": {"storageCapacity": {"filterValue": 603.4, "filterType": "EQUALS"}},
}
SEARCH_PATHS = [
    "customerEic",
    "meterCommon",
    "meterCommon.meterEic",
    "meterCommon.meteringType",
    "meterCommon.sourceType",
    "meterLocation.adrId",
    "meterLocation.county",
    "meterLocation.municipality",
    "electricityCharacteristics.production",
    "electricityCharacteristics.transmissionNetworkEic",
    "electricityCharacteristics.storageCapacity",
    "electricityCharacteristics.storageCapacity.filterValue",
    "electricityCharacteristics.storageCapacity.filterType",
    "aggregatorCharacteristics.parentMeterEic",
]
SERVICES = {
    "POST /api/v1/meter": ("meterMetadata", ELECTRICITY, PATHS),
    "PUT /api/v1/meter": ("meterMetadata", ELECTRICITY, PATHS),
    "POST /api/v1/meter/search": ("meterAttributes", ATTRIBUTES, SEARCH_PATHS),
}


@pytest.fixture
def operator(db: None) -> Api:
    cast.participant(cast.GRID_OPERATOR)
    return api(cast.GRID_OPERATOR)


@pytest.mark.parametrize("service", list(SERVICES))
@given(data=st.data(), value=JSON)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_sent_breaks_a_service(operator: Api, service: str, data: st.DataObject, value: Any) -> None:
    (method, address), (root, form, paths) = service.split(), SERVICES[service]
    path = data.draw(st.sampled_from(paths))
    response = operator.send(method, address, {root: changed(form, path, value)})
    assert response.status_code < 500, response.content
    if response.status_code >= 400:
        assert response.json()["cause"]["code"].startswith("opp.error.")
