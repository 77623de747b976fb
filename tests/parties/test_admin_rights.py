"""What members of staff may do who are no superusers: all that was ticked for them, and not what would raise them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as StaffRight
from django.test import Client
from django.urls import reverse

from datahub.parties.models import EicRange, MarketRole, Party, User
from tests import cast
from tests.parties.admin_forms import add, change_form
from tests.parties.test_admin_people import user_form
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


def offered(staff: Client) -> Any:
    """Give the rights that the page of a group offers."""
    page = staff.get(reverse("admin:auth_group_add"))
    return page.context["adminform"].form.fields["permissions"].queryset


@pytest.fixture
def clerk(staff: Client) -> Iterator[Client]:
    """Give a member of staff who has each right that is offered, and is no superuser."""
    user = User.objects.create_user("clerk", password="a-long-passphrase", is_staff=True)
    user.user_permissions.set(offered(staff))
    yield sign_in(Client(), user)


def test_who_has_each_right_registers_participants_with_all_that_they_hold(clerk: Client) -> None:
    answer = add(clerk)
    assert answer.status_code == 302, answer.context["errors"]
    party = Party.objects.get()
    assert (MarketRole.objects.count(), EicRange.objects.count()) == (1, 1)
    path = reverse("admin:parties_party_change", args=[party.pk])
    sent = change_form(party, **{"redirect_hosts-TOTAL_FORMS": 1, "redirect_hosts-0-host": "pay.example.ee"})
    assert clerk.post(path, sent).status_code == 302
    assert party.redirect_hosts.get().host == "pay.example.ee"


def test_who_has_each_right_lets_people_act_for_participants(clerk: Client) -> None:
    supplier, person = cast.participant(cast.OPEN_SUPPLIER), User.objects.create_user("person")
    sent = user_form(person) | {"grants-TOTAL_FORMS": 1, "grants-0-user": person.pk}
    sent |= {"grants-0-participant": supplier.pk, "grants-0-role": "OPEN_SUPPLIER"}
    sent |= {"grants-0-commodity": "ELECTRICITY", "grants-0-permission": "ADMIN"}
    assert clerk.post(reverse("admin:parties_user_change", args=[person.pk]), sent).status_code == 302
    assert person.grants.get().permission == "ADMIN"


def test_who_has_each_right_opens_the_readings_and_every_list(clerk: Client) -> None:
    index = clerk.get(reverse("admin:index"))
    models = [model for app in index.context["app_list"] for model in app["models"]]
    assert "PointReadings" in {model["object_name"] for model in models}
    assert {clerk.get(model["admin_url"]).status_code for model in models} == {200}


def test_who_may_only_look_sees_what_a_participant_holds_and_changes_nothing(staff: Client) -> None:
    add(staff)
    party = Party.objects.get()
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(StaffRight.objects.filter(codename="view_party"))
    client, path = sign_in(Client(), looker), reverse("admin:parties_party_change", args=[party.pk])
    shown = client.get(path).content.decode()
    assert "38ZGO-1" in shown
    assert "roles-0-valid_to_0" not in shown
    sent = change_form(party, **{"eic_ranges-0-DELETE": "on"})
    assert client.post(path, sent).status_code == 403
    assert EicRange.objects.count() == 1


def test_no_right_is_offered_that_opens_nothing(staff: Client) -> None:
    names = {f"{right.content_type.app_label}.{right.codename}" for right in offered(staff)}
    assert {"access.view_accesslog", "outbox.change_unit", "parties.reset_second_factor"} <= names
    assert {"metering.view_pointreadings", "parties.add_party", "parties.change_user", "auth.view_group"} <= names
    nothing = {"access.change_accesslog", "access.delete_accesslog", "admin.delete_logentry", "parties.delete_party"}
    nothing |= {"distribution.add_message", "outbox.add_unit", "auth.add_group", "auth.change_group"}
    assert not nothing & names


def test_who_may_change_groups_gives_herself_no_rights() -> None:
    group = Group.objects.create(name="helpers")
    helper = User.objects.create_user("helper", is_staff=True)
    helper.groups.add(group)
    helper.user_permissions.set(StaffRight.objects.filter(content_type__app_label="auth", codename__contains="group"))
    client = sign_in(Client(), helper)
    every = [str(pk) for pk in StaffRight.objects.values_list("pk", flat=True)]
    path = reverse("admin:auth_group_change", args=[group.pk])
    assert client.get(path).status_code == 200
    assert client.post(path, {"name": "helpers", "permissions": every}).status_code == 403
    assert client.post(reverse("admin:auth_group_add"), {"name": "more", "permissions": every}).status_code == 403
    assert client.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"}).status_code == 403
    assert not group.permissions.exists()
    assert list(Group.objects.all()) == [group]


@pytest.mark.parametrize("name", ["is_active", "is_staff", "is_superuser"])
def test_nobody_shuts_herself_out(staff: Client, name: str) -> None:
    chief = User.objects.get(username="staff")
    sent = user_form(chief) | {"is_staff": "on", "is_superuser": "on"}
    sent |= {f"initial-{one}": "True" for one in ("is_active", "is_staff", "is_superuser")}
    del sent[name]
    answer = staff.post(reverse("admin:parties_user_change", args=[chief.pk]), sent)
    assert "Ask another superuser" in str(answer.context["adminform"].form.errors[name])
    chief.refresh_from_db()
    assert chief.is_active
    assert chief.is_staff
    assert chief.is_superuser


def test_a_session_stays_over_when_a_person_is_let_in_again(staff: Client) -> None:
    person = User.objects.create_user("person", password="a-long-passphrase")
    browser = Client()
    browser.force_login(person)
    assert browser.get("/role").status_code == 200
    path = reverse("admin:parties_user_change", args=[person.pk])
    sent = user_form(person) | {"initial-is_active": "True"}
    del sent["is_active"]
    assert staff.post(path, sent).status_code == 302
    again = user_form(person) | {"initial-is_active": ""}
    assert staff.post(path, again).status_code == 302
    person.refresh_from_db()
    assert person.is_active
    assert browser.get("/role").status_code == 302
    browser.force_login(person)
    assert browser.get("/role").status_code == 200


def test_signing_in_stands_in_the_history_as_no_change(staff: Client) -> None:
    person = User.objects.create_user("person", password="a-long-passphrase")
    kept = person.history.count()
    assert Client().login(username="person", password="a-long-passphrase")
    person.refresh_from_db()
    assert person.last_login is not None
    assert person.history.count() == kept
    person.first_name = "Anu"
    person.save()
    assert person.history.count() == kept + 1
    assert not LogEntry.objects.filter(object_id=str(person.pk)).exists()


def test_scripts_of_the_admin_speak_the_readers_language(staff: Client) -> None:
    texts = staff.get(reverse("admin:jsi18n"), headers={"accept-language": "et"}).content.decode()
    assert "vajutage noolenuppu" in texts
    assert "Eemalda valitud %s" in texts
    assert '"one letter Wednesday\\u0004W": "K"' in texts
