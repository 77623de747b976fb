"""Lists and histories of parties in the admin: nothing is counted whole, deleted or put back."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datahub.market import Permission
from datahub.parties.models import (
    Party,
    Representation,
    User,
)
from datahub.parties.services import technical_users
from portal.words.labels import label
from tests import cast
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["party", "user", "technicaluser", "representation"])
def test_nothing_is_deleted(staff: Client, model: str) -> None:
    party = cast.participant(cast.GRID_OPERATOR)
    rows = {"party": party.pk, "user": User.objects.get().pk}
    response = staff.post(reverse(f"admin:parties_{model}_delete", args=[rows.get(model, 1)]), {"post": "yes"})
    assert response.status_code in (403, 302)
    assert Party.objects.filter(pk=party.pk).exists()
    assert User.objects.exists()


@pytest.mark.parametrize("model", ["party", "user", "technicaluser", "representation"])
def test_lists_open_and_never_count_the_whole_table(staff: Client, model: str) -> None:
    cast.participant(cast.GRID_OPERATOR)
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(reverse(f"admin:parties_{model}_changelist")).status_code == 200
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert all("LIMIT" in sql for sql in counts)
    assert staff.get(reverse(f"admin:parties_{model}_add")).status_code == 200


def test_nothing_is_put_back_from_the_history(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    user, _ = technical_users.register_technical_user(
        participant=party, suffix="erp", permissions=[Permission.ADMIN], by=None, now=cast.BEGINNING
    )
    technical_users.set_active(technical_user=user, is_active=False, by=None, now=cast.BEGINNING)
    path = reverse("admin:parties_technicaluser_simple_history", args=[user.pk, user.history.first().history_id])
    page = staff.get(path)
    assert page.status_code == 200
    assert 'name="permissions"' not in page.content.decode()
    assert staff.post(path, {"permissions": ["ADMIN"], "is_active": "on"}).status_code == 405
    user.refresh_from_db()
    assert not user.is_active


def test_a_person_as_she_was_is_shown_with_when_and_without_what_no_history_keeps(staff: Client) -> None:
    person = User.objects.create_user("person", first_name="Anu", password="a-long-passphrase")
    first = person.history.first()
    person.groups.add(Group.objects.create(name="helpers"))
    person.first_name, person.last_login = "Ene", datetime(2026, 11, 20, 8, tzinfo=UTC)
    person.save()
    page = staff.get(reverse("admin:parties_user_simple_history", args=[person.pk, first.history_id]))
    fields = {name for _title, shown in page.context["adminform"].fieldsets for name in shown["fields"]}
    assert {"username", "first_name", "is_staff"} <= fields
    assert not fields & {"groups", "user_permissions", "last_login", "password"}
    shown = page.content.decode()
    assert "Anu" in shown
    assert "helpers" not in shown
    assert str(page.context["title"]).startswith("person, as of ")
    assert "Historical" not in shown


def test_the_history_of_a_technical_user_is_said_in_words(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    user, _ = technical_users.register_technical_user(
        participant=party, suffix="erp", permissions=[Permission.ADMIN], by=None, now=cast.BEGINNING
    )
    user.permissions = [Permission.ADMIN, Permission.VIEWER_AGREEMENT]
    user.allowed_networks, user.is_active = ["192.0.2.0/24"], False
    user.save()
    page = staff.get(reverse("admin:parties_technicaluser_history", args=[user.pk])).content.decode()
    for said in (
        f"{label(Permission.ADMIN)} → {label(Permission.ADMIN)}, {label(Permission.VIEWER_AGREEMENT)}",
        "– → 192.0.2.0/24",
        "Yes → No",
    ):
        assert said in page
    assert "VIEWER_AGREEMENT" not in page


def test_groups_have_a_title_of_their_own_and_staff_sign_out_as_all_do(staff: Client) -> None:
    page = staff.get(reverse("admin:auth_group_changelist")).content.decode()
    assert "<h1>Groups</h1>" in page
    assert "Sign out" in page and "Log out" not in page


def test_the_history_of_a_person_shows_no_password_and_leads_nowhere_else(staff: Client) -> None:
    person = User.objects.get()
    path = reverse("admin:parties_user_simple_history", args=[person.pk, person.history.first().history_id])
    page = staff.get(path).content.decode()
    assert person.username in page
    assert person.password not in page
    assert "password/" not in page.replace("/admin/password_change/", "")


@pytest.mark.parametrize("model", ["party", "user", "technicaluser", "representation"])
def test_those_who_may_only_look_see_the_history(model: str) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    looker = User.objects.create_user("looker", password="a-long-passphrase", is_staff=True)
    looker.user_permissions.add(DjangoPermission.objects.get(codename=f"view_{model}"))
    technical_user, _ = technical_users.register_technical_user(
        participant=party, suffix="erp", permissions=[Permission.ADMIN], by=None, now=cast.BEGINNING
    )
    representation = Representation.objects.create(person=looker, customer=party, valid_from=cast.BEGINNING)
    rows = {"party": party, "user": looker, "technicaluser": technical_user, "representation": representation}
    row = rows[model]
    client = Client()
    sign_in(client, looker)
    assert client.get(reverse(f"admin:parties_{model}_history", args=[row.pk])).status_code == 200
    path = reverse(f"admin:parties_{model}_simple_history", args=[row.pk, row.history.first().history_id])
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("odd", ["abc", "password", "9" * 5000, "_00"])
def test_a_history_of_nothing_is_not_found(staff: Client, odd: str) -> None:
    person = User.objects.get()
    for path in (f"/admin/parties/user/{odd}/history/", f"/admin/parties/user/{person.pk}/history/{odd}/"):
        assert staff.get(path).status_code == 404
