"""Two who save a customer at the same instant: one after the other, and nothing is lost or stands twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from datahub.agreements.services import customers
from datahub.errors import DomainError, codes
from datahub.market import Commodity, CustomerIdentityType, CustomerType, IdentityType, MetadataType, Role
from datahub.outbox.models import Unit
from datahub.parties.eic import complete
from datahub.parties.models import Identity, Metadata, Party
from datahub.parties.rules import GivenValue, IdentityFact
from tests import cast
from tests.parties.customers import GO, MARI, NOW, SECOND, build, tie
from tests.parties.test_concurrency import beside

pytestmark = pytest.mark.django_db(transaction=True)
NAMED = customers.Named(CustomerIdentityType.EIC, MARI)


def register(number: str) -> Party:
    return customers.register_customer(
        role=Role.GRID_OPERATOR,
        commodity=Commodity.ELECTRICITY,
        customer_type=CustomerType.PHYSICAL_PERSON,
        identities=[IdentityFact(IdentityType.DOCUMENT_ID, number, "FI")],
        metadata=[GivenValue(MetadataType.FIRST_NAME, "Liisa"), GivenValue(MetadataType.LAST_NAME, "Lepp")],
        now=NOW,
    )


def change(kind: MetadataType, value: str, later: int = 0) -> None:
    customers.change_customer(
        participant=cast.participant(GO),
        role=Role.GRID_OPERATOR,
        commodity=Commodity.ELECTRICITY,
        named=NAMED,
        metadata=[GivenValue(kind, value)],
        now=NOW + later * SECOND,
    )


def refused(act: Callable[[], Any]) -> list[object]:
    with pytest.raises(DomainError) as error:
        act()
    return [fault.code for fault in error.value.faults]


def test_one_identity_registered_twice() -> None:
    found = beside(lambda: register("A1"), lambda: refused(lambda: register("A1")))
    assert found == [codes.ALREADY_EXISTS]
    assert Party.objects.count() == Identity.objects.count() == 1


def test_many_registered_at_once_have_each_a_code_of_its_own() -> None:
    def one(number: int) -> str:
        try:
            return register(f"A{number}").eic
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(one, range(40)))
    assert len(set(given)) == 40
    assert Party.objects.count() == 40


def test_one_code_drawn_for_two_at_once_is_given_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = "38X-AVP-0000001B", complete("38X-AVP-0000002")
    codes_drawn = iter([first, first, second])
    monkeypatch.setattr(customers.customer_codes, "draw_customer_eic", lambda: next(codes_drawn))
    # The second waits for the first to be saved, and only then learns that the code is taken.
    given = beside(lambda: register("A1"), lambda: register("A2").eic)
    assert given == second
    assert set(Party.objects.values_list("eic", flat=True)) == {first, second}


def test_two_changes_at_once_follow_each_other() -> None:
    build(tie("GRID", GO))
    beside(lambda: change(MetadataType.PHONE, "1"), lambda: change(MetadataType.PHONE, "2", later=1))
    rows = Metadata.objects.filter(type="PHONE").order_by("valid_from").values_list("value", "valid_from", "valid_to")
    assert list(rows) == [("1", NOW, NOW + SECOND), ("2", NOW + SECOND, None)]
    first, second = Unit.objects.order_by("id")
    assert second.depends_on == [first.id]
    assert [len(unit.changes[0]["after"]["metadata"]) for unit in (first, second)] == [3, 3]


def test_two_changes_of_the_same_value_at_once_are_one() -> None:
    build(tie("GRID", GO))
    found = beside(
        lambda: change(MetadataType.PHONE, "1"), lambda: refused(lambda: change(MetadataType.PHONE, "1", later=1))
    )
    assert found == [codes.NO_CHANGE_RECEIVED]
    assert Metadata.objects.filter(type="PHONE").count() == Unit.objects.count() == 1


def test_an_identity_given_to_two_at_once() -> None:
    build(tie("GRID", GO))
    identity = IdentityFact(IdentityType.DOCUMENT_ID, "A1", "FI")

    def add() -> None:
        customers.change_customer(
            participant=cast.participant(GO),
            role=Role.GRID_OPERATOR,
            commodity=Commodity.ELECTRICITY,
            named=NAMED,
            identities=[identity],
            now=NOW,
        )

    assert beside(lambda: register("A1"), lambda: refused(add)) == [codes.ALREADY_EXISTS]
    assert Identity.objects.filter(value="A1").count() == 1
