"""People in the admin: what they are granted, and whom they represent."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import (
    Party,
    Representation,
    User,
)
from datahub.parties.services import users
from datahub.staff import acts
from tests import cast
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


def test_a_company_is_represented_and_a_person_is_not(staff: Client) -> None:
    data = {"person": User.objects.get().pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}
    data["customer"] = cast.mari().pk
    response = staff.post(reverse("admin:parties_representation_add"), data)
    assert "company or organisation" in str(response.context["errors"])


@pytest.mark.parametrize(
    ("customer", "role", "commodity", "granted"),
    [
        (False, "OPEN_SUPPLIER", "ELECTRICITY", True),
        (False, "AGGREGATOR", "NATURAL_GAS", False),
        (True, "OPEN_SUPPLIER", "ELECTRICITY", False),
    ],
)
def test_people_are_granted_what_a_participant_can_hold(
    staff: Client, customer: bool, role: str, commodity: str, granted: bool
) -> None:
    participant = cast.mari() if customer else cast.participant(cast.OPEN_SUPPLIER)
    person = User.objects.create_user("supplier", password="a-long-passphrase")
    data = {"username": "supplier", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}
    data |= {"grants-TOTAL_FORMS": "1", "grants-INITIAL_FORMS": "0", "grants-0-user": str(person.pk)}
    data |= {"grants-0-participant": str(participant.pk), "grants-0-role": role, "grants-0-commodity": commodity}
    data |= {"grants-0-permission": "VIEWER_AGREEMENT"}
    response = staff.post(reverse("admin:parties_user_change", args=[person.pk]), data)
    assert (response.status_code == 302) == granted
    assert person.grants.count() == int(granted)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "does not hold the role grid operator for electricity."),
        ("et", "võrguettevõtja (elekter)"),
    ],
)
def test_a_role_that_is_not_held_is_refused_in_words(staff: Client, language: str, said: str) -> None:
    supplier, person = cast.participant(cast.OPEN_SUPPLIER), User.objects.create_user("person")
    sent = user_form(person, **{"grants-TOTAL_FORMS": 1, "grants-0-user": person.pk, "grants-0-role": "GRID_OPERATOR"})
    sent |= {"grants-0-participant": supplier.pk, "grants-0-commodity": "ELECTRICITY", "grants-0-permission": "ADMIN"}
    staff.cookies["django_language"] = language
    errors = str(staff.post(reverse("admin:parties_user_change", args=[person.pk]), sent).context["errors"])
    assert said in errors and supplier.eic in errors
    assert "GRID_OPERATOR" not in errors and "ELECTRICITY" not in errors


def test_a_representation_begins_and_ends_within_the_calendar(staff: Client) -> None:
    company, person = cast.participant(cast.GRID_OPERATOR), User.objects.create_user("person")
    Party.objects.filter(pk=company.pk).update(type="LEGAL_PERSON")
    sent = {"person": person.pk, "customer": company.pk, "valid_from_0": "0001-01-01", "valid_from_1": "00:00:00"}
    sent |= {"valid_to_0": "9999-12-31", "valid_to_1": "23:59:59"}
    response = staff.post(reverse("admin:parties_representation_add"), sent)
    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {"valid_from", "valid_to"}
    assert not Representation.objects.exists()
    response = staff.post(
        reverse("admin:parties_representation_add"), sent | {"valid_from_0": "1970-01-02", "valid_to_0": "2199-12-31"}
    )
    assert response.status_code == 302


def test_a_person_represents_a_customer_once_at_a_time(staff: Client) -> None:
    person = User.objects.get()
    company = cast.participant(cast.OPEN_SUPPLIER)
    Party.objects.filter(pk=company.pk).update(type="LEGAL_PERSON")
    data = {"person": person.pk, "customer": company.pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}
    assert staff.post(reverse("admin:parties_representation_add"), data).status_code == 302
    response = staff.post(reverse("admin:parties_representation_add"), data)
    assert "in some of that time already exists" in str(response.context["errors"])
    assert Representation.objects.count() == 1
    for term, found in ((company.eic, 1), (person.username, 1), ("nobody", 0)):
        page = staff.get(reverse("admin:parties_representation_changelist"), {"q": term})
        assert len(page.context["cl"].result_list) == found


def test_who_registers_users_makes_nobody_staff_and_touches_no_staff() -> None:
    registrar = User.objects.create_user("registrar", password="a-long-passphrase", is_staff=True)
    codenames = ["view_user", "change_user", "add_user"]
    registrar.user_permissions.set(DjangoPermission.objects.filter(codename__in=codenames))
    person = User.objects.create_user("person", password="a-long-passphrase")
    superuser = User.objects.create_superuser("superuser", password="a-long-passphrase")
    client = Client()
    sign_in(client, registrar)
    data = {"username": "person", "first_name": "Anu", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    data |= {"is_active": "on", "is_staff": "on", "is_superuser": "on", "grants-TOTAL_FORMS": "0"}
    data |= {"grants-INITIAL_FORMS": "0"}
    path = reverse("admin:parties_user_change", args=[person.pk])
    assert client.post(path, data).status_code == 302
    person.refresh_from_db()
    assert (person.first_name, person.is_staff, person.is_superuser) == ("Anu", False, False)
    passwords = {"password1": "another-passphrase", "password2": "another-passphrase", "usable_password": "true"}
    for member in (superuser, registrar):
        path = reverse("admin:parties_user_change", args=[member.pk])
        assert client.get(path).status_code == 200
        assert client.post(path, {**data, "username": member.username}).status_code == 403
        path = reverse("admin:auth_user_password_change", args=[member.pk])
        assert client.post(path, passwords).status_code == 403
    superuser.refresh_from_db()
    assert superuser.check_password("a-long-passphrase")


def user_form(person: User, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"username": person.username, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    rows = list(person.grants.order_by("pk"))
    data |= {"is_active": "on", "grants-TOTAL_FORMS": len(rows), "grants-INITIAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        data |= {f"grants-{number}-id": row.pk, f"grants-{number}-user": person.pk}
    return data | more


def test_staff_take_a_permission_back_but_not_the_last_administration(staff: Client) -> None:
    supplier, person = cast.participant(cast.OPEN_SUPPLIER), User.objects.create_user("person")
    held = {"role": Role.OPEN_SUPPLIER, "commodity": Commodity.ELECTRICITY, "by": None, "now": datetime.now(UTC)}
    for permission in (Permission.ADMIN, Permission.VIEWER_AGREEMENT):
        users.grant(user=person, participant=supplier, permission=permission, **held)
    path = reverse("admin:parties_user_change", args=[person.pk])
    response = staff.post(path, user_form(person, **{"grants-0-DELETE": "on", "grants-1-DELETE": "on"}))
    assert "nobody else has it for this role" in str(response.context["errors"])
    assert person.grants.count() == 2
    assert staff.post(path, user_form(person, **{"grants-1-DELETE": "on"})).status_code == 302
    assert person.grants.get().permission == "ADMIN"
    gone = person.grants.model.history.filter(history_type="-").get()
    assert gone.history_user.username == "staff"
    # A row that stands is not changed, whatever is sent.
    staff.post(path, user_form(person, **{"grants-0-permission": "VIEWER_CUSTOMER"}))
    assert person.grants.get().permission == "ADMIN"


def test_a_permission_is_taken_back_that_stands_in_the_row_whatever_is_sent_of_it(staff: Client) -> None:
    supplier, person = cast.participant(cast.OPEN_SUPPLIER), User.objects.create_user("person")
    held = {"role": Role.OPEN_SUPPLIER, "commodity": Commodity.ELECTRICITY, "by": None, "now": datetime.now(UTC)}
    for permission in (Permission.ADMIN, Permission.VIEWER_AGREEMENT, Permission.VIEWER_CUSTOMER):
        users.grant(user=person, participant=supplier, permission=permission, **held)
    sent = {"grants-1-DELETE": "on", "grants-1-participant": supplier.pk, "grants-1-role": "OPEN_SUPPLIER"}
    sent |= {"grants-1-commodity": "ELECTRICITY", "grants-1-permission": "VIEWER_CUSTOMER"}
    path = reverse("admin:parties_user_change", args=[person.pk])
    assert staff.post(path, user_form(person, **sent)).status_code == 302
    assert set(person.grants.values_list("permission", flat=True)) == {"ADMIN", "VIEWER_CUSTOMER"}


def test_the_page_of_a_person_asks_as_often_for_many_permissions_as_for_few(staff: Client) -> None:
    supplier, person = cast.participant(cast.OPEN_SUPPLIER), User.objects.create_user("person")
    path = reverse("admin:parties_user_change", args=[person.pk])
    asked = []
    for permissions in ([Permission.ADMIN, Permission.VIEWER_AGREEMENT], [*Permission][:12]):
        person.grants.all().delete()
        for permission in permissions:
            person.grants.create(
                participant=supplier, role=Role.OPEN_SUPPLIER, commodity=Commodity.ELECTRICITY, permission=permission
            )
        person.grants.create(
            participant=cast.participant(cast.GRID_OPERATOR) if len(permissions) > 2 else supplier,
            role=Role.GRID_OPERATOR,
            commodity=Commodity.ELECTRICITY,
            permission=Permission.ADMIN,
        )
        for send in (lambda: staff.get(path), lambda: staff.post(path, user_form(person))):
            with CaptureQueriesContext(connection) as queries:
                answer = send()
            asked.append(len(queries))
            assert answer.status_code in (200, 302)
    assert asked[:2] == asked[2:]
    page = staff.get(path).content.decode()
    # Those that were given stand as text; to a new one a participant is looked for.
    assert 'name="grants-__prefix__-participant"' in page and 'name="grants-0-participant"' not in page
    assert 'name="grants-0-DELETE"' in page and supplier.name in page


def test_the_name_by_which_the_provider_knows_a_person_is_unique_and_may_be_none(staff: Client) -> None:
    first, second = User.objects.create_user("first"), User.objects.create_user("second")
    for person in (first, second):
        path = reverse("admin:parties_user_change", args=[person.pk])
        assert staff.post(path, user_form(person, subject="")).status_code == 302
    path = reverse("admin:parties_user_change", args=[first.pk])
    assert staff.post(path, user_form(first, subject="EE47101010033")).status_code == 302
    first.refresh_from_db()
    assert first.subject == "EE47101010033"
    path = reverse("admin:parties_user_change", args=[second.pk])
    for subject, said in (("EE47101010033", "already exists"), ("EE47101010034", "correct check digit")):
        response = staff.post(path, user_form(second, subject=subject))
        assert said in str(response.context["errors"])
    page = staff.get(reverse("admin:parties_user_changelist"), {"q": "EE47101010033"})
    assert [user.username for user in page.context["cl"].result_list] == ["first"]


NEW = "quite-another-passphrase"
OWN_PASSWORD = {"old_password": "a-long-passphrase", "new_password1": NEW, "new_password2": NEW}
COLLEAGUES_PASSWORD = {"password1": NEW, "password2": NEW, "usable_password": "true"}


def test_who_changes_her_own_password_stands_in_the_log_and_stays_signed_in(staff: Client) -> None:
    path, me = reverse("admin:password_change"), User.objects.get()
    wrong = staff.post(path, OWN_PASSWORD | {"old_password": "guessed"})
    assert "old_password" in wrong.context["form"].errors and not LogEntry.objects.exists()
    done = staff.post(path, OWN_PASSWORD)
    assert (done.status_code, done["Location"]) == (302, reverse("admin:password_change_done"))
    (act,) = LogEntry.objects.all()
    assert (act.user, act.object_id, acts.in_words(act)) == (me, str(me.pk), "Changed their own password.")
    assert staff.get(reverse("admin:index")).status_code == 200
    me.refresh_from_db()
    assert me.check_password(NEW)


@pytest.mark.parametrize("own", [True, False])
def test_a_password_whose_change_stands_in_no_log_is_not_changed(
    staff: Client, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    colleague = User.objects.create_user("colleague", password="a-long-passphrase", is_staff=True)
    person = User.objects.get(username="staff") if own else colleague
    path = reverse("admin:password_change") if own else reverse("admin:auth_user_password_change", args=[person.pk])
    sent = OWN_PASSWORD if own else COLLEAGUES_PASSWORD

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the log cannot be written")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(LogEntry.objects.__class__, "log_actions", fail)
        staff.post(path, sent)
    person.refresh_from_db()
    assert person.check_password("a-long-passphrase")
    assert staff.post(path, sent).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW) and LogEntry.objects.count() == 1


def test_what_was_changed_elsewhere_since_the_page_was_opened_stays(staff: Client) -> None:
    person, group = User.objects.create_user("person"), Group.objects.create(name="group")
    page = reverse("admin:parties_user_change", args=[person.pk])
    names = r'name="(initial-[^"]+)"(?: value="([^"]*)")?'
    opened = dict(re.findall(names, staff.get(page).content.decode()))
    assert opened["initial-is_active"] == "True"
    User.objects.filter(pk=person.pk).update(is_active=False, subject="EE47101010033", last_login=datetime.now(UTC))
    person.groups.add(group)
    sent = user_form(person, **opened, first_name="Anu")
    assert staff.post(page, sent).status_code == 302
    person.refresh_from_db()
    assert (person.first_name, person.is_active, person.subject) == ("Anu", False, "EE47101010033")
    assert person.last_login is not None
    assert list(person.groups.all()) == [group]
    values = [{"field": "First name", "old": None, "new": "Anu"}]
    noted = {"changed": {"fields": ["First name"]}, "values": values}
    assert json.loads(LogEntry.objects.latest("pk").change_message) == [noted]
    assert staff.post(page, user_form(person, **opened, groups=group.pk, is_staff="on")).status_code == 302
    person.refresh_from_db()
    assert person.is_staff
