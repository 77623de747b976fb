"""Who takes no part learns nothing: not by words, not by what is asked of the database."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.errors import DomainError
from datahub.market import Role
from datahub.parties.models import MarketRole
from tests.agreements import market
from tests.agreements.market import (
    BAKERY_GAS,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NAMED,
    NORTH,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    standing,
)
from tests.connections.acting import (
    NOW,
    UNKNOWN,
    answer,
    ask,
    cancel,
    change,
    grid,
    joint_invoice,
    reanswer,
    refusals,
    supply,
)
from tests.connections.refusing import GO_CUST, GO_OS, NOT_THERE, OS_CUST, OTHER_SIDE, refused


@pytest.mark.usefixtures("lawful")
def test_a_stranger_is_told_what_is_told_of_a_request_that_does_not_exist() -> None:
    request = answer(ask())
    acts: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (change, {"sender": NAMED, "comment": "x"}, {"request": request.pk}),
        (cancel, {"sender": WIND}, {"request": request.pk}),
        (answer, {"sender": SOUTH}, {"request": request.pk}),
        (reanswer, {"sender": SOUTH, "comment": "x"}, {"request": request.pk}),
        (reanswer, {"sender": SOUTH, "comment": "x"}, {"request": None, "response_id": request.response_id}),
    ]
    for act, options, named in acts:
        unknown = {name: UNKNOWN if value is not None else None for name, value in named.items()}
        told = []
        for meant in (named, unknown):
            with CaptureQueriesContext(connection) as queries, pytest.raises(DomainError) as error:
                act(**options, **meant)
            (found,) = error.value.faults
            assert (found.code.name.rpartition(".")[2], found.code.status) == (NOT_THERE, 404)
            meant_id = next(value for value in meant.values() if value is not None)
            asked = [one["sql"].replace(meant_id.hex, "…") for one in queries if "SAVEPOINT" not in one["sql"]]
            told.append((found.message.replace(str(meant_id), "…"), asked))
        assert told[0] == told[1]
        # Who the stranger is, and one look at the requests.
        assert len(told[0][1]) == 2


@pytest.mark.usefixtures("lawful")
def test_point_and_customer_are_looked_for_by_the_same_statements_whether_they_exist_or_not() -> None:
    asked = []
    for meter_eic, customer_eic in (
        (HOUSE, MARI),
        (FLAT, MARI),
        (HOUSE, JAAN),
        ("38ZGO-10000018-5", MARI),
        (HOUSE, "38X-AVP-NOBODY-X"),
        ("38ZGO-10000018-5", "38X-AVP-NOBODY-X"),
    ):
        with CaptureQueriesContext(connection) as queries, pytest.raises(DomainError) as error:
            ask(sender=STRANGER, meter_eic=meter_eic, customer_eic=customer_eic)
        words = " ".join(found.message for found in error.value.faults)
        statements = " ".join(one["sql"] for one in queries if "SAVEPOINT" not in one["sql"])
        for code in (meter_eic, customer_eic):
            words, statements = words.replace(code, "…"), statements.replace(code, "…")
        asked.append((words, len(queries), re.sub(r" = \d+\b", " = …", statements)))
    assert asked == [asked[0]] * 6


@pytest.mark.usefixtures("lawful")
def test_who_stands_on_the_other_side_is_told_so() -> None:
    """A participant may hold the roles of both sides: as what it takes part in this very request counts."""
    roles = {SUN: Role.GRID_OPERATOR, NORTH: Role.OPEN_SUPPLIER}
    for eic, role in roles.items():
        MarketRole.objects.create(participant=market.party(eic), role=role, commodity="ELECTRICITY", valid_from=NOW)
    request = answer(ask())
    for act, options in (
        (change, {"request": request, "sender": NORTH, "comment": "x"}),
        (cancel, {"request": request, "sender": NORTH}),
        (answer, {"request": request, "sender": SUN}),
        (reanswer, {"request": request, "sender": SUN, "comment": "x"}),
    ):
        with pytest.raises(DomainError) as error:
            act(**options)
        assert refusals(error.value) == [OTHER_SIDE]
        assert error.value.cause.code.status == 403
        assert error.value.cause.args[0] == "connectionStateRequestId"


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize("act", [change, answer, reanswer])
def test_one_s_own_request_for_the_other_commodity_is_as_one_that_does_not_exist(act: Any) -> None:
    request = ask() if act is answer else answer(ask())
    told = []
    for request_id in (request.pk, UNKNOWN):
        with pytest.raises(DomainError) as error:
            act(request_id, commodity=GAS, **({} if act is answer else {"comment": "x"}))
        assert (refusals(error.value), error.value.cause.code.status) == ([NOT_THERE], 404)
        told.append(error.value.cause.message.replace(str(request_id), "…"))
    assert told[0] == told[1]
    assert act(request.pk, **({} if act is answer else {"comment": "x"})).pk == request.pk


@pytest.mark.usefixtures("built")
def test_gas_has_requests_of_its_own() -> None:
    standing(
        joint_invoice(commodity=GAS),
        supply(point=BAKERY_GAS, commodity=GAS),
        grid(point=BAKERY_GAS, commodity=GAS),
    )
    request = ask(commodity=GAS, meter_eic=BAKERY_GAS)
    assert answer(request, commodity=GAS).stage == "PLANNED"
    assert refused(ask, meter_eic=BAKERY_GAS) == [GO_OS, OS_CUST, GO_CUST]
