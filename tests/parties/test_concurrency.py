"""Two who save at the same instant: one stands, the other is told what stands then, at the form or as a DomainError.

The first holds its transaction open until the second waits for it, so that both have asked before either has saved.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from datahub.errors import DomainError, codes
from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Permission, Role
from datahub.parties.models import EicRange, Identity, MarketRole, Party, Representation, TechnicalUser, User
from datahub.parties.rules import IdentityFact
from datahub.parties.services import parties, representations, roles, technical_users
from tests import cast
from tests.parties.admin_forms import add, change_form, errors_at

pytestmark = pytest.mark.django_db(transaction=True)

STORAGE = {"role": Role.STORAGE_OPERATOR, "commodity": Commodity.ELECTRICITY}
START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def beside(first: Callable[[], object], second: Callable[[], Any]) -> Any:
    """Do the second while the first, which has saved, waits for it to be held up before it commits."""
    done, failed = threading.Event(), []

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                done.set()
                deadline = time.monotonic() + 10
                with connection.cursor() as cursor:
                    while time.monotonic() < deadline:
                        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                        if cursor.fetchone()[0]:
                            return
                        time.sleep(0.01)
                failed.append("nobody waited for the first")
        except BaseException as error:
            failed.append(repr(error))
            raise
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert done.wait(timeout=20)
    try:
        return second()
    finally:
        thread.join(timeout=20)
        assert failed == []


def save(staff: Client, party: Party, **more: Any) -> Any:
    data = change_form(party, **{"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0})
    return staff.post(reverse("admin:parties_party_change", args=[party.pk]), data | more)


def new_role(number: int) -> dict[str, Any]:
    fields = {"role": "STORAGE_OPERATOR", "commodity": "ELECTRICITY", "valid_from_0": "2026-06-01"}
    fields["valid_from_1"] = "00:00:00"
    return {"roles-TOTAL_FORMS": number + 1} | {f"roles-{number}-{name}": value for name, value in fields.items()}


def test_the_same_role_given_twice(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    response = beside(
        lambda: roles.give_role(participant=party, **STORAGE, valid_from=START),
        lambda: save(staff, party, **new_role(1)),
    )
    assert response.status_code == 200
    assert "in that time already exists" in str(response.context["errors"])
    assert MarketRole.objects.filter(**STORAGE).count() == 1


def test_a_role_whose_end_moves_over_one_that_is_given(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    roles.give_role(participant=party, **STORAGE, valid_from=cast.BEGINNING, valid_to=START)

    def move() -> None:
        # Past the service and its lock: the database's constraint alone stands between the two.
        MarketRole.objects.filter(**STORAGE).update(valid_to=LATER)

    with pytest.raises(DomainError) as error:
        beside(move, lambda: roles.give_role(participant=party, **STORAGE, valid_from=START))
    assert [fault.code for fault in error.value.faults] == [codes.ALREADY_EXISTS]
    MarketRole.objects.filter(**STORAGE).update(valid_to=START)
    response = beside(move, lambda: save(staff, party, **new_role(2)))
    assert "in that time already exists" in str(response.context["errors"])
    assert MarketRole.objects.filter(**STORAGE).count() == 1


@pytest.mark.parametrize("prefix", ["38ZGO-5", "38ZGO-51", "38ZGO-"])
def test_ranges_that_meet_given_to_two(staff: Client, prefix: str) -> None:
    ours, theirs = cast.participant(cast.OPEN_SUPPLIER), cast.participant(cast.SECOND_SUPPLIER)
    response = beside(
        lambda: roles.give_code_range(participant=theirs, prefix="38ZGO-5"),
        lambda: save(staff, ours, **{"eic_ranges-TOTAL_FORMS": 1, "eic_ranges-0-prefix": prefix}),
    )
    assert response.status_code == 200
    assert "outside the ranges of other participants: 38ZGO-5" in errors_at(response, "eic_ranges", "prefix")
    assert list(EicRange.objects.values_list("participant", "prefix")) == [(theirs.pk, "38ZGO-5")]


@pytest.mark.parametrize(("prefix", "meets"), [("38ZGO-51", True), ("38ZGO-", True), ("38ZGO-6", False)])
def test_the_database_itself_refuses_ranges_that_meet(prefix: str, meets: bool) -> None:
    ours, theirs = cast.participant(cast.OPEN_SUPPLIER), cast.participant(cast.SECOND_SUPPLIER)
    EicRange.objects.create(participant=theirs, prefix="38ZGO-5")
    EicRange.objects.create(participant=theirs, prefix="38ZGO-52")  # within its own
    if not meets:
        EicRange.objects.create(participant=ours, prefix=prefix)
        return
    with pytest.raises(IntegrityError):
        EicRange.objects.create(participant=ours, prefix=prefix)


def test_the_same_party_registered_twice(staff: Client) -> None:
    response = beside(lambda: cast.participant(cast.GRID_OPERATOR), lambda: add(staff))
    assert response.status_code == 200
    assert "“EIC”: 38X-EIN-GO-----0 already exists" in str(response.context["errors"])
    assert Party.objects.count() == 1


def test_the_same_party_registered_twice_by_the_service() -> None:
    def again() -> None:
        with pytest.raises(DomainError) as error:
            parties.register_party(
                eic=cast.MARI,
                party_type=PartyType.PHYSICAL_PERSON,
                identities=[IdentityFact(IdentityType.PERSONAL_ID, "47101010033", "EE")],
                metadata={MetadataType.FIRST_NAME: "Mari", MetadataType.LAST_NAME: "Maasikas"},
                now=START,
            )
        assert [(fault.code, fault.args[0]) for fault in error.value.faults] == [
            (codes.ALREADY_EXISTS, "identities[0]"),
            (codes.ALREADY_EXISTS, "eic"),
        ]

    beside(cast.mari, again)
    assert Party.objects.count() == Identity.objects.count() == 1


def test_the_same_identity_given_to_two(staff: Client) -> None:
    other = cast.participant(cast.SOUTHERN_GRID_OPERATOR)
    known = {"type": "COMPANY_ID", "value": "14001374", "country": "EE"}
    response = beside(lambda: Identity.objects.create(party=other, **known), lambda: add(staff))
    assert response.status_code == 200
    assert "COMPANY_ID 14001374 EE already exists" in errors_at(response, "identities", "value")
    assert not Party.objects.filter(eic=cast.GRID_OPERATOR).exists()


def test_the_same_person_represents_a_customer_twice(staff: Client) -> None:
    company = cast.participant(cast.OPEN_SUPPLIER)
    Party.objects.filter(pk=company.pk).update(type="LEGAL_PERSON")
    person = User.objects.get()
    data = {"person": person.pk, "customer": company.pk, "valid_from_0": "2026-06-01", "valid_from_1": "00:00:00"}
    response = beside(
        lambda: representations.give_representation(person=person, customer=company, valid_from=START),
        lambda: staff.post(reverse("admin:parties_representation_add"), data),
    )
    assert response.status_code == 200
    assert "in some of that time already exists" in str(response.context["errors"])
    assert Representation.objects.count() == 1


def test_the_same_technical_user_twice(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    user = {"participant": party, "suffix": "erp", "permissions": [Permission.ADMIN], "by": None, "now": START}
    data = {"participant": party.pk, "suffix": "erp", "permissions": ["ADMIN"], "allowed_networks": ""}
    response = beside(
        lambda: technical_users.register_technical_user(**user),
        lambda: staff.post(reverse("admin:parties_technicaluser_add"), data),
    )
    assert response.status_code == 200
    assert "already exists" in str(response.context["adminform"].form.errors["suffix"])
    assert TechnicalUser.objects.count() == 1


def test_what_both_gave_to_the_same_user(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    person = User.objects.create_user("supplier", password="a-long-passphrase")
    grant = {"role": "OPEN_SUPPLIER", "commodity": "ELECTRICITY", "permission": "VIEWER_AGREEMENT"}
    data = {"username": "supplier", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}
    data |= {"grants-TOTAL_FORMS": "1", "grants-INITIAL_FORMS": "0", "grants-0-user": str(person.pk)}
    data |= {"grants-0-participant": str(party.pk)} | {f"grants-0-{name}": value for name, value in grant.items()}
    response = beside(
        lambda: person.grants.create(participant=party, **grant),
        lambda: staff.post(reverse("admin:parties_user_change", args=[person.pk]), data),
    )
    assert response.status_code == 200
    assert "see agreements of supplier already exists" in str(response.context["errors"])
    assert person.grants.count() == 1
