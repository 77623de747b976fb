"""Who may do what: every path of the published API against every permission, every role against every save."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from stdnum.eu import eic

from datahub.market import Permission
from tests.contracts import connections, enquiries, forms, readings
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.everyone import SECRET, suffix
from tests.contracts.product import Product

VIEWERS = (
    *("METERING_POINT", "METERING_DATA", "AGREEMENT", "CUSTOMER", "CONNECTION_STATE", "DIRECT_MESSAGE"),
    *("PERMISSION", "DATA_DISTRIBUTION"),
)
EDITORS = (
    *("METERING_POINT", "METERING_DATA", "AGREEMENT", "CUSTOMER", "NETWORK_BILL", "CONNECTION_STATE"),
    *("DIRECT_MESSAGE", "AUTHORIZATION"),
)
PERMISSIONS = ["ADMIN", *(f"VIEWER_{name}" for name in VIEWERS), *(f"EDITOR_{name}" for name in EDITORS)]
# `2-wire.md`, the table of permissions: what a service needs. Every path of /openapi.json must stand here.
MATRIX = {
    ("post", "/meter"): "EDITOR_METERING_POINT",
    ("put", "/meter"): "EDITOR_METERING_POINT",
    ("post", "/meter/search"): "VIEWER_METERING_POINT",
    ("post", "/customer"): "EDITOR_CUSTOMER",
    ("put", "/customer"): "EDITOR_CUSTOMER",
    ("post", "/customer/search"): "VIEWER_CUSTOMER",
    ("post", "/agreement"): "EDITOR_AGREEMENT",
    ("put", "/agreement"): "EDITOR_AGREEMENT",
    ("post", "/agreement/delete"): "EDITOR_AGREEMENT",
    ("post", "/agreement/search"): "VIEWER_AGREEMENT",
    ("post", "/agreement/search/meter"): "VIEWER_AGREEMENT",
    ("post", "/meter-data"): "EDITOR_METERING_DATA",
    ("post", "/meter-data/search"): "VIEWER_METERING_DATA",
    ("post", "/meter-data/status"): "VIEWER_METERING_DATA",
    ("post", "/network-bill"): "EDITOR_NETWORK_BILL",
    ("post", "/network-bill/search"): "VIEWER_METERING_DATA",
    ("post", "/data-distribution/search"): "VIEWER_DATA_DISTRIBUTION",
    ("post", "/direct-messages"): "EDITOR_DIRECT_MESSAGE",
    ("put", "/direct-messages"): "EDITOR_DIRECT_MESSAGE",
    ("put", "/direct-messages/{messageRequestId}"): "EDITOR_DIRECT_MESSAGE",
    ("post", "/direct-messages/response"): "EDITOR_DIRECT_MESSAGE",
    ("put", "/direct-messages/response"): "EDITOR_DIRECT_MESSAGE",
    ("post", "/direct-messages/{messageRequestId}/response"): "EDITOR_DIRECT_MESSAGE",
    ("put", "/direct-messages/{messageRequestId}/response/{messageResponseId}"): "EDITOR_DIRECT_MESSAGE",
    ("post", "/direct-messages/search"): "VIEWER_DIRECT_MESSAGE",
    ("post", "/direct-messages/change"): "VIEWER_DIRECT_MESSAGE",
    ("post", "/connection-state"): "EDITOR_CONNECTION_STATE",
    ("put", "/connection-state"): "EDITOR_CONNECTION_STATE",
    ("put", "/connection-state/{connectionStateRequestId}"): "EDITOR_CONNECTION_STATE",
    ("post", "/connection-state/response"): "EDITOR_CONNECTION_STATE",
    ("put", "/connection-state/response"): "EDITOR_CONNECTION_STATE",
    ("post", "/connection-state/{connectionStateRequestId}/response"): "EDITOR_CONNECTION_STATE",
    (
        "put",
        "/connection-state/{connectionStateRequestId}/response/{connectionStateResponseId}",
    ): "EDITOR_CONNECTION_STATE",
    ("post", "/connection-state/search"): "VIEWER_CONNECTION_STATE",
    ("post", "/connection-state/change"): "VIEWER_CONNECTION_STATE",
    ("post", "/customer-authorization"): "VIEWER_PERMISSION",
    ("post", "/customer-authorization/search"): "VIEWER_PERMISSION",
}
# Paths that are open to everyone, or guard themselves as OAuth says.
OPEN_PREFIXES = ("/realms/", "/health/", "/openapi.json", "/metrics")
MISSING = "opp.error.technical.permission-missing"
WRONG_ROLE = "opp.error.business.sender-type-error"

ROLES = [
    *("GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK", "LINE_OPERATOR", "PRODUCER_OPERATOR", "CHARGING_POINT_OPERATOR"),
    *("STORAGE_OPERATOR", "GAS_STATION_OPERATOR", "OPEN_SUPPLIER", "AGGREGATOR", "ENERGY_SERVICE_PROVIDER"),
]
OPERATORS = {*ROLES[:5], "AGGREGATOR"}
# Who may do a save at all; in all other roles it is refused as a sender-type-error. `1-market.md`.
SENDERS: dict[str, set[str]] = {
    "POST /meter": OPERATORS,
    "PUT /meter": OPERATORS,
    "POST /meter-data": OPERATORS,
    "POST /network-bill": {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"},
    "POST /customer": set(ROLES[:5]),
    "PUT /customer": {*ROLES[:5], "OPEN_SUPPLIER"},
    "POST /agreement GRID": set(ROLES[:5]),
    "POST /agreement BORDER_GRID": {"GRID_OPERATOR"},
    "POST /agreement SUPPLY": {"OPEN_SUPPLIER"},
    "POST /agreement AGGREGATION": {"AGGREGATOR"},
    "POST /agreement PORTFOLIO_SUPPLIER": {"OPEN_SUPPLIER"},
    "POST /agreement NAMED_SUPPLIER": {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"},
    "POST /agreement JOINT_INVOICE": {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"},
    "POST /direct-messages": {"OPEN_SUPPLIER"},
    "PUT /direct-messages": {"OPEN_SUPPLIER"},
    "POST /direct-messages/response": {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"},
    "PUT /direct-messages/response": {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"},
    "POST /connection-state": {"OPEN_SUPPLIER"},
    "PUT /connection-state": {"OPEN_SUPPLIER"},
    "POST /connection-state/response": {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"},
    "PUT /connection-state/response": {"GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"},
}

_SOME = readings.made(cast.EMBASSY, [cast.local_midnight(date(2026, 1, 1))])
EVERYONE = "38X-TEST-ALL---" + eic.calc_check_digit("38X-TEST-ALL---")


@pytest.fixture(scope="module")
def everyone(running_product: Product) -> Iterator[Callable[[str, str], Client]]:
    """Register a participant with every role; give a maker of its clients: one permission, one role."""
    running_product.run("-m", "tests.contracts.everyone", EVERYONE)
    made: dict[str, Client] = {}

    def make(permission: str, role: str) -> Client:
        if permission not in made:
            name = f"{EVERYONE}-{suffix(permission)}"
            made[permission] = Client(running_product.url, name, SECRET, EVERYONE, role)
        made[permission].role = role
        return made[permission]

    yield make
    for one in made.values():
        one.http.close()


def test_every_published_path_stands_in_the_matrix(product: Product) -> None:
    description = product.description()
    published = {
        (method, path.removeprefix("/api/v1"))
        for path, methods in description["paths"].items()
        if not path.startswith(OPEN_PREFIXES)
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert published == set(MATRIX)


def test_the_list_of_permissions_is_whole() -> None:
    assert set(PERMISSIONS) == set(Permission)


@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_a_service_asks_for_its_permission_and_for_no_other(
    everyone: Callable[[str, str], Client], method: str, path: str
) -> None:
    """The permission itself, for a VIEWER also its EDITOR, and ADMIN; with any other the answer is 403."""
    needed = MATRIX[method, path]
    allowed = {needed, needed.replace("VIEWER_", "EDITOR_"), "ADMIN"}
    for permission in PERMISSIONS:
        # An open supplier sends no readings: the one body that must be right in its shape goes no further either.
        one = everyone(permission, "OPEN_SUPPLIER")
        fields = {"meterData": readings.message(_SOME)} if path == "/meter-data" else {"unknown": 1}
        answer = one.send(method.upper(), path, one.body(fields))
        code = answer.json()["cause"]["code"]
        if permission in allowed:
            assert code == WRONG_ROLE or code.startswith("opp.error.validation."), permission
        else:
            assert (answer.status_code, code) == (403, MISSING), permission


def _save(name: str, product: Product) -> tuple[str, str, dict[str, Any]]:
    """Give a save that is right in its shape."""
    method, path, *kind = name.split()
    tomorrow = cast.local_midnight(product.made_on + timedelta(days=1))
    day = product.made_on - timedelta(days=50)
    if path == "/meter":
        code = forms.point_code(9_000)
        change = forms.point(code, "x") if method == "POST" else forms.comment_change(code, "x")
        return method, path, {"meterMetadata": change}
    if path == "/customer":
        return (
            method,
            path,
            {"customer": forms.customer() if method == "POST" else forms.customer_change("38X-AVP-ZW6700C6")},
        )
    if path == "/meter-data":
        sent = readings.made(cast.EMBASSY, readings.intervals(day, day)[:4])
        return method, path, {"meterData": readings.message(sent)}
    if path == "/network-bill":
        return method, path, {"networkBillTimeSeries": forms.network_bill(cast.EMBASSY, cast.local_midnight(day))}
    if path.startswith(("/direct-messages", "/connection-state")):
        is_enquiry = path.startswith("/direct-messages")
        sent = enquiries.some_save(method, path) if is_enquiry else connections.save(method, path, product.made_on)
        return method, path, sent
    code = {"GRID": cast.EMBASSY, "SUPPLY": cast.EMBASSY, "BORDER_GRID": "38ZGO-1B000001-5"}.get(kind[0])
    code = cast.BAKERY_FLEXIBLE if kind[0] == "AGGREGATION" else code
    # Two types are registered by their customer.
    sent_by_customer = kind[0] in {"NAMED_SUPPLIER", "JOINT_INVOICE"}
    provider, customer = (cast.WIND, EVERYONE) if sent_by_customer else (EVERYONE, cast.SOUTH_GRID)
    agreement = forms.agreement(kind[0], provider, customer, tomorrow, code=code)
    return method, path, {"agreement": agreement}


@pytest.mark.parametrize("name", SENDERS)
def test_a_save_is_made_in_its_roles_and_in_no_other(
    product: Product, everyone: Callable[[str, str], Client], name: str
) -> None:
    """In its own roles it goes on to other rules (the point is a stranger's); in others the role is what is wrong."""
    method, path, fields = _save(name, product)
    for role in ROLES:
        one = everyone("ADMIN", role)
        answer = one.send(method, path, one.body(fields))
        code = answer.json().get("cause", {}).get("code")
        if role in SENDERS[name]:
            assert code != WRONG_ROLE, role
        else:
            assert (answer.status_code, code) == (403, WRONG_ROLE), role


@pytest.mark.parametrize(
    ("resource_type"), ["METERING_POINT", "METERING_DATA", "NETWORK_BILL", "CUSTOMER_DATA", "AGREEMENT", "PERMISSION"]
)
def test_a_role_that_gets_nothing_of_a_type_scans_an_empty_list(
    product: Product, everyone: Callable[[str, str], Client], resource_type: str
) -> None:
    for role in ROLES:
        assert everyone("VIEWER_DATA_DISTRIBUTION", role).scan(resource_type, after=0) == []
