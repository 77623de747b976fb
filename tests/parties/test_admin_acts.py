"""The log of staff's acts says what stood before and after, in the reader's language, and no secret."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as StaffRight
from django.test import Client
from django.urls import reverse
from django.utils import translation

from datahub.market import PartyType, Permission
from datahub.parties.models import Identity, Party, Representation, User
from datahub.parties.services import technical_users
from datahub.staff import acts
from tests import cast
from tests.parties.admin_forms import add, change_form

pytestmark = pytest.mark.django_db

NO_METADATA = {"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0}


def said(language: str = "en") -> str:
    """Say the latest act."""
    with translation.override(language):
        return acts.in_words(LogEntry.objects.latest("pk"))


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def person_form(person: User, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"username": person.username, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    data |= {f"initial-{name}": value for name, value in data.items()}
    rows = list(person.grants.order_by("pk"))
    data |= {"is_active": "on", "initial-is_active": "True"}
    data |= {"grants-TOTAL_FORMS": len(rows), "grants-INITIAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        data |= {f"grants-{number}-id": row.pk, f"grants-{number}-user": person.pk}
    return data | more


def test_an_identity_that_is_changed_is_logged_with_what_stood_before(staff: Client) -> None:
    assert add(staff).status_code == 302
    party = Party.objects.get()
    sent = change_form(party, **NO_METADATA, **{"identities-0-value": "10421629"})
    sent |= {"roles-0-valid_to_0": "", "roles-0-valid_to_1": ""}
    assert staff.post(page_of(party), sent).status_code == 302
    assert Identity.objects.get().value == "10421629"
    assert said().endswith("Value: 14001374 → 10421629.")
    assert "Väärtus: 14001374 → 10421629." in said("et")


def test_the_end_of_a_market_role_is_logged_with_its_day(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    sent = change_form(party, **NO_METADATA, **{"roles-0-valid_to_0": "2199-01-01", "roles-0-valid_to_1": "00:00:00"})
    assert staff.post(page_of(party), sent).status_code == 302
    assert said().startswith("Changed Valid to for market role “")
    assert said().endswith("”. Valid to: – → 1 Jan 2199.")
    assert said("et").endswith("Kehtib kuni: – → 01.01.2199.")
    sent |= {"roles-0-valid_to_0": "2199-03-01", "roles-0-valid_to_1": "12:30:00"}
    assert staff.post(page_of(party), sent).status_code == 302
    assert said().endswith("Valid to: 1 Jan 2199 → 1 Mar 2199 12:30.")


def test_a_new_party_is_logged_with_all_that_it_holds(staff: Client) -> None:
    assert add(staff).status_code == 302
    english, estonian = said(), said("et")
    for told in (
        f"Added. EIC: {cast.GRID_OPERATOR}. Type: Market participant.",
        "Type: Registry code. Value: 14001374.",
        "Role: Grid operator. Commodity: Electricity. Valid from: 1 Jan 2026.",
        "Prefix: 38ZGO-1.",
    ):
        assert told in english
    assert "Roll: Võrguettevõtja." in estonian and "Kehtib alates: 01.01.2026." in estonian
    assert "GRID_OPERATOR" not in english + estonian


def test_a_permission_is_logged_with_the_participant_for_whom_it_is(staff: Client) -> None:
    supplier, person = cast.participant(cast.OPEN_SUPPLIER), User.objects.create_user("person")
    sent = person_form(person, **{"grants-TOTAL_FORMS": 1, "grants-0-user": person.pk})
    sent |= {"grants-0-participant": supplier.pk, "grants-0-role": "OPEN_SUPPLIER"}
    sent |= {"grants-0-commodity": "ELECTRICITY", "grants-0-permission": "VIEWER_AGREEMENT"}
    assert staff.post(page_of(person), sent).status_code == 302
    given = said()
    assert f"Participant: {supplier}." in given and "Permission: See agreements." in given
    assert f"Turuosaline: {supplier}." in said("et") and "Roll: Avatud tarnija." in said("et")
    assert staff.post(page_of(person), person_form(person, **{"grants-0-DELETE": "on"})).status_code == 302
    assert said().startswith("Deleted permission")
    assert f"Participant: {supplier}." in said() and "Permission: See agreements." in said()


def test_staff_rights_are_logged_by_name(staff: Client) -> None:
    group, other = Group.objects.create(name="Readers"), Group.objects.create(name="Writers")
    person = User.objects.create_user("person")
    person.groups.add(other)
    rights = StaffRight.objects.filter(codename__in=["view_party", "change_party"])
    sent = {"name": "Readers", "permissions": [right.pk for right in rights]}
    assert staff.post(page_of(group), sent).status_code == 302
    assert said() == ("Changed Permissions. Permissions, added: Party | may change, Party | may view.")
    assert "muuta" in said("et") and "may view" not in said("et")
    sent["permissions"] = [right.pk for right in rights if right.codename == "view_party"]
    assert staff.post(page_of(group), sent).status_code == 302
    assert "Permissions, removed: Party | may change." in said() and "added" not in said()
    sent = person_form(person, is_staff="on", groups=group.pk, **{"initial-groups": other.pk})
    assert staff.post(page_of(person), sent).status_code == 302
    assert "Staff status: No → Yes." in said()
    assert "Groups, added: Readers. Groups, removed: Writers." in said()
    assert ": Ei → Jah." in said("et") and "lisatud: Readers." in said("et")


def test_a_technical_user_is_logged_with_what_it_may_do(staff: Client) -> None:
    user, _ = technical_users.register_technical_user(
        participant=cast.participant(cast.OPEN_SUPPLIER),
        suffix="erp",
        permissions=[Permission.ADMIN],
        by=None,
        now=cast.BEGINNING,
    )
    sent = {"permissions": ["VIEWER_AGREEMENT"], "initial-permissions": "ADMIN", "is_active": "on"}
    sent |= {"initial-is_active": "True", "allowed_networks": "192.0.2.0/24", "initial-allowed_networks": ""}
    assert staff.post(page_of(user), sent).status_code == 302
    assert "Permissions, added: See agreements. Permissions, removed: Administrator." in said()
    assert "Allowed networks, added: 192.0.2.0/24." in said()


def test_a_representation_is_logged_with_its_period_and_whom_it_is_of(staff: Client) -> None:
    company, person = cast.participant(cast.OPEN_SUPPLIER), User.objects.create_user("person")
    Party.objects.filter(pk=company.pk).update(type=PartyType.LEGAL_PERSON)
    sent = {"person": person.pk, "customer": company.pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}
    assert staff.post(reverse("admin:parties_representation_add"), sent).status_code == 302
    assert said() == f"Added. Person: person. Customer: {company}. Valid from: 1 Jan 2026."
    row = Representation.objects.get()
    sent |= {"valid_to_0": "2199-01-01", "valid_to_1": "00:00:00"}
    assert staff.post(page_of(row), sent).status_code == 302
    assert said() == "Changed Valid to. Valid to: – → 1 Jan 2199."


def test_no_password_is_logged(staff: Client) -> None:
    secret = "another-passphrase"
    passwords = {"password1": secret, "password2": secret, "usable_password": "true"}
    new = {"username": "person", "grants-TOTAL_FORMS": 0, "grants-INITIAL_FORMS": 0}
    assert staff.post(reverse("admin:parties_user_add"), {**new, **passwords}).status_code == 302
    assert said() == "Added. Username: person."
    person = User.objects.get(username="person")
    assert staff.post(reverse("admin:auth_user_password_change", args=[person.pk]), passwords).status_code == 302
    assert staff.post(page_of(person), person_form(person, password="x", first_name="Anu")).status_code == 302
    assert said() == "Changed First name. First name: – → Anu."
    person.refresh_from_db()
    for kept in LogEntry.objects.values_list("change_message", flat=True):
        assert secret not in kept and person.password not in kept


def test_long_values_are_cut(staff: Client) -> None:
    group = Group.objects.create(name="x" * 150)
    assert staff.post(page_of(group), {"name": "y" * 150}).status_code == 302
    assert said() == f"Changed Name. Name: {'x' * 150} → {'y' * 150}."
    party = cast.participant(cast.OPEN_SUPPLIER)
    Party.objects.filter(pk=party.pk).update(type=PartyType.LEGAL_PERSON, name="x" * 500)
    sent = {"person": User.objects.get().pk, "customer": party.pk}
    sent |= {"valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}
    assert staff.post(reverse("admin:parties_representation_add"), sent).status_code == 302
    (part,) = json.loads(LogEntry.objects.latest("pk").change_message)
    assert max(len(str(one["value"])) for one in part["values"] if isinstance(one["value"], str)) == 501


def test_the_history_of_a_party_says_what_staff_did(staff: Client) -> None:
    assert add(staff).status_code == 302
    party = Party.objects.get()
    sent = change_form(party, **NO_METADATA, **{"identities-0-value": "10421629"})
    assert staff.post(page_of(party), sent).status_code == 302
    path = reverse("admin:parties_party_history", args=[party.pk])
    assert "Value: 14001374 → 10421629." in staff.get(path).content.decode()
    staff.cookies["django_language"] = "et"
    page = staff.get(path).content.decode()
    assert "Väärtus: 14001374 → 10421629." in page and "Andmelao töötajate toimingud" in page


def test_the_history_of_a_group_says_what_staff_did(staff: Client) -> None:
    group = Group.objects.create(name="Readers")
    assert staff.post(page_of(group), {"name": "Writers"}).status_code == 302
    page = staff.get(reverse("admin:auth_group_history", args=[group.pk])).content.decode()
    assert "Changed Name. Name: Readers → Writers." in page


def test_what_was_logged_without_values_is_said_as_before(staff: Client) -> None:
    earlier = {
        '[{"changed": {"fields": ["Valid to"]}}, {"deleted": {"name": "market role", "object": "x"}}]': (
            "Changed Valid to. Deleted market role “x”."
        ),
        '[{"added": {}}]': "Added.",
        "[]": "No fields changed.",
    }
    for kept, words in earlier.items():
        act: dict[str, Any] = {"user": User.objects.get(), "object_id": "1", "object_repr": "x", "action_flag": 2}
        LogEntry.objects.create(**act, change_message=kept)
        assert said() == words


def test_a_list_shows_the_beginning_of_what_was_done(staff: Client) -> None:
    assert add(staff).status_code == 302
    act = LogEntry.objects.get()
    listed = staff.get(reverse("admin:admin_logentry_changelist")).content.decode()
    whole = staff.get(page_of(act)).content.decode()
    assert "Prefix: 38ZGO-1." in whole and "Prefix: 38ZGO-1." not in listed
    assert "Type: Market participant." in listed
