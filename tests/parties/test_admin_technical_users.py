"""Technical users in the admin: a secret is shown once, and rotated with an overlap."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission as DjangoPermission
from django.test import Client
from django.urls import reverse

from datahub.market import Permission
from datahub.parties.models import (
    TechnicalUser,
    TechnicalUserSecret,
    User,
)
from datahub.parties.services import technical_users
from datahub.staff import acts
from tests import cast
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


def shown_secret(response: Any) -> str:
    match = re.search(r'id="client-secret">([^<]+)<', response.content.decode())
    assert match is not None, response.content.decode()
    assert "no-store" in response["Cache-Control"]
    return match[1]


def test_a_technical_users_secret_is_shown_once_and_rotated_with_an_overlap(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    data = {"participant": party.pk, "suffix": "erp", "permissions": ["ADMIN"], "allowed_networks": "192.0.2.0/24"}
    secret = shown_secret(staff.post(reverse("admin:parties_technicaluser_add"), data))
    user = TechnicalUser.objects.get()
    assert (user.client_id, user.allowed_networks) == (f"{cast.OPEN_SUPPLIER}-erp", ["192.0.2.0/24"])
    now = datetime.now(UTC)
    assert technical_users.verify_secret(client_id=user.client_id, secret=secret, now=now) == user
    page = staff.get(reverse("admin:parties_technicaluser_change", args=[user.pk])).content.decode()
    assert secret not in page
    rotate = reverse("admin:parties_technicaluser_rotate_secret", args=[user.pk])
    assert rotate in page
    assert staff.get(rotate).status_code == 200
    assert TechnicalUserSecret.objects.count() == 1
    sent = {"overlap_hours": 2, "seen": staff.get(rotate).context["form"]["seen"].value()}
    new = shown_secret(staff.post(rotate, sent))
    assert new != secret
    for valid in (secret, new):
        assert technical_users.verify_secret(client_id=user.client_id, secret=valid, now=datetime.now(UTC)) == user
    assert staff.post(rotate, sent | {"overlap_hours": -1}).status_code == 200
    # The same page sent again ends no secret that is in use; neither does one that says not what it has seen.
    for again in (sent, {"overlap_hours": 2}, sent | {"seen": "x"}):
        assert staff.post(rotate, again).context["form"].errors
    assert TechnicalUserSecret.objects.count() == 2
    for valid in (secret, new):
        assert technical_users.verify_secret(client_id=user.client_id, secret=valid, now=datetime.now(UTC)) == user


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"suffix": "a b"}, "letters, digits"),
        ({"suffix": "taken"}, "already"),
        ({"allowed_networks": "192.0.2.1/24"}, "IP network"),
        ({"permissions": []}, "required"),
    ],
)
def test_a_wrong_technical_user_is_refused(staff: Client, fields: dict[str, Any], said: str) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    technical_users.register_technical_user(
        participant=party, suffix="taken", permissions=[Permission.ADMIN], by=None, now=cast.BEGINNING
    )
    data = {"participant": party.pk, "suffix": "erp", "permissions": ["ADMIN"], "allowed_networks": "", **fields}
    response = staff.post(reverse("admin:parties_technicaluser_add"), data)
    assert response.status_code == 200
    assert said in str(response.context["errors"])
    assert TechnicalUser.objects.count() == 1


def test_staff_who_may_only_look_rotate_no_secret() -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    user, _ = technical_users.register_technical_user(
        participant=party, suffix="erp", permissions=[Permission.ADMIN], by=None, now=cast.BEGINNING
    )
    looker = User.objects.create_user("looker", password="a-long-passphrase", is_staff=True)
    looker.user_permissions.add(DjangoPermission.objects.get(codename="view_technicaluser"))
    client = Client()
    sign_in(client, looker)
    assert client.get(reverse("admin:parties_technicaluser_change", args=[user.pk])).status_code == 200
    rotate = reverse("admin:parties_technicaluser_rotate_secret", args=[user.pk])
    assert client.post(rotate, {"overlap_hours": 2}).status_code == 403
    assert TechnicalUserSecret.objects.count() == 1


@pytest.fixture
def erp() -> TechnicalUser:
    made, _ = technical_users.register_technical_user(
        participant=cast.participant(cast.OPEN_SUPPLIER),
        suffix="erp",
        permissions=[Permission.VIEWER_AGREEMENT],
        by=None,
        now=cast.BEGINNING,
    )
    return made


def opened(staff: Client, user: TechnicalUser) -> dict[str, Any]:
    """Give what a browser would send of the form of a technical user in which nothing was changed."""
    page = staff.get(reverse("admin:parties_technicaluser_change", args=[user.pk])).content.decode()
    form = page.partition('id="technicaluser_form"')[2].partition("</form>")[0]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        read = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if read["type"] == "submit" or (read["type"] == "checkbox" and "checked" not in tag):
            continue
        sent.setdefault(read["name"], []).append(read.get("value", "on"))
    return sent


def change(staff: Client, user: TechnicalUser, sent: dict[str, Any]) -> Any:
    return staff.post(reverse("admin:parties_technicaluser_change", args=[user.pk]), sent)


def test_an_old_form_brings_nothing_back_that_was_changed_meanwhile(staff: Client, erp: TechnicalUser) -> None:
    sent = opened(staff, erp)
    # Its secret has leaked: it is switched off, and may do something else from now on.
    technical_users.set_active(technical_user=erp, is_active=False, by=None, now=cast.BEGINNING)
    technical_users.change_technical_user(
        technical_user=erp, permissions=[Permission.VIEWER_CUSTOMER], by=None, now=cast.BEGINNING
    )
    assert change(staff, erp, sent | {"allowed_networks": "192.0.2.0/24, 198.51.100.7"}).status_code == 302
    erp.refresh_from_db()
    assert not erp.is_active and erp.permissions == [Permission.VIEWER_CUSTOMER]
    assert erp.allowed_networks == ["192.0.2.0/24", "198.51.100.7"]
    assert erp.history.latest().history_user == User.objects.get(username="staff")
    # Nothing changed, nothing saved.
    count = erp.history.count()
    assert change(staff, erp, opened(staff, erp)).status_code == 302
    assert erp.history.count() == count


def test_all_of_a_technical_user_is_changed_by_the_services(staff: Client, erp: TechnicalUser) -> None:
    sent = opened(staff, erp)
    assert sent.pop("is_active") == ["on"]
    assert change(staff, erp, sent | {"permissions": ["ADMIN", "VIEWER_AGREEMENT"]}).status_code == 302
    erp.refresh_from_db()
    assert not erp.is_active and erp.permissions == [Permission.ADMIN, Permission.VIEWER_AGREEMENT]
    wrong = change(staff, erp, opened(staff, erp) | {"is_active": "on", "allowed_networks": "192.0.2.1/24"})
    assert "IP network" in str(wrong.context["adminform"].form.errors["allowed_networks"])
    erp.refresh_from_db()
    assert not erp.is_active


def test_a_secret_that_stands_in_no_log_is_not_made(
    staff: Client, erp: TechnicalUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate = reverse("admin:parties_technicaluser_rotate_secret", args=[erp.pk])
    sent = {"overlap_hours": 2, "seen": staff.get(rotate).context["form"]["seen"].value()}

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the log cannot be written")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(LogEntry.objects.__class__, "log_actions", fail)
        staff.post(rotate, sent)
    assert TechnicalUserSecret.objects.get().expires_at is None
    shown_secret(staff.post(rotate, sent))
    assert LogEntry.objects.get().change_message == acts.SECRET_CHANGED


@pytest.mark.parametrize(("hours", "taken"), [(168, True), (169, False)])
def test_how_long_staff_let_a_former_secret_go_on(staff: Client, erp: TechnicalUser, hours: int, taken: bool) -> None:
    rotate = reverse("admin:parties_technicaluser_rotate_secret", args=[erp.pk])
    form = staff.get(rotate).context["form"]
    assert form["overlap_hours"].value() == technical_users.OVERLAP / timedelta(hours=1)
    staff.post(rotate, {"overlap_hours": hours, "seen": form["seen"].value()})
    assert TechnicalUserSecret.objects.count() == (2 if taken else 1)


def test_staff_remove_a_technical_user_and_go_on_seeing_it(staff: Client, erp: TechnicalUser) -> None:
    remove, page = (reverse(f"admin:parties_technicaluser_{name}", args=[erp.pk]) for name in ("remove", "change"))
    assert remove in staff.get(page).content.decode()
    assert "its tokens stop working at once" in staff.get(remove).content.decode()
    erp.refresh_from_db()
    assert erp.removed_at is None
    answer = staff.post(remove, follow=True)
    assert f"{erp.client_id} was removed." in answer.content.decode()
    erp.refresh_from_db()
    assert erp.removed_at is not None and not erp.is_active and not erp.secrets.exists()
    assert LogEntry.objects.get().change_message == acts.TECHNICAL_USER_REMOVED
    shown = staff.get(page)
    assert shown.status_code == 200
    for gone in (remove, "rotate-secret", 'name="_save"'):
        assert gone not in shown.content.decode()
    assert list(staff.get(reverse("admin:parties_technicaluser_changelist")).context["cl"].result_list) == [erp]
    assert staff.get(reverse("admin:parties_technicaluser_history", args=[erp.pk])).status_code == 200
    for path in (page, remove, reverse("admin:parties_technicaluser_rotate_secret", args=[erp.pk])):
        assert staff.post(path, {"permissions": ["ADMIN"], "is_active": "on"}).status_code == 403
    assert staff.post(reverse("admin:parties_technicaluser_remove", args=[10**9])).status_code == 404


def test_staff_who_may_only_look_remove_nothing(erp: TechnicalUser) -> None:
    looker = User.objects.create_user("looker", password="a-long-passphrase", is_staff=True)
    looker.user_permissions.add(DjangoPermission.objects.get(codename="view_technicaluser"))
    client = sign_in(Client(), looker)
    remove = reverse("admin:parties_technicaluser_remove", args=[erp.pk])
    page = client.get(reverse("admin:parties_technicaluser_change", args=[erp.pk])).content.decode()
    assert remove not in page and "rotate-secret" not in page
    assert client.get(remove).status_code == client.post(remove).status_code == 403
    assert TechnicalUser.objects.get().removed_at is None


def test_the_form_of_a_technical_user_says_how_its_id_is_made(staff: Client) -> None:
    page = staff.get(reverse("admin:parties_technicaluser_add")).content.decode()
    assert "The client ID will be the participant's EIC code, a dash and this." in page
