"""A participant's own systems: made, changed, renewed, switched; their secrets."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import MarketRole, Party, TechnicalUser, UserGrant
from datahub.parties.services import technical_users
from tests import cast
from tests.portal.people import Browser, acting_for, grant, person
from tests.portal.users.people import NEW, USERS, colleague, text

pytestmark = pytest.mark.django_db


TECHNICAL = f"{USERS}technical/"
SYSTEM = {
    "suffix": "billing",
    "permissions": ["VIEWER_METERING_DATA"],
    "networks": "192.0.2.0/24\r\n\r\n 2001:db8::/32 ",
}


@pytest.fixture
def system(company: Party) -> TechnicalUser:
    from django.utils import timezone

    made, _ = technical_users.register_technical_user(
        participant=company,
        suffix="scanning",
        permissions=[Permission.VIEWER_DATA_DISTRIBUTION],
        by=None,
        now=timezone.now(),
    )
    return made


def secret_in(answer: Any) -> str:
    found = re.search(r'id="secret">([^<]+)<', answer.content.decode())
    assert found is not None
    return found[1]


def token_of(browser: Browser, client_id: str, secret: str) -> Any:
    fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return Browser().post("/realms/estfeed/protocol/openid-connect/token", fields)


def test_a_technical_user_is_made_and_its_secret_shown_once(boss: Browser) -> None:
    sent = boss.send(f"{TECHNICAL}add", SYSTEM)
    session, cookies = str(dict(boss.session)), str(boss.cookies)
    assert boss.cookies["shown_once"]["httponly"]
    answer = boss.get(sent["Location"])
    made = TechnicalUser.objects.get()
    assert (made.client_id, made.permissions) == (f"{cast.GRID_OPERATOR}-billing", ["VIEWER_METERING_DATA"])
    assert made.allowed_networks == ["192.0.2.0/24", "2001:db8::/32"]
    assert "no-store" in answer["Cache-Control"]
    secret = secret_in(answer)
    line = html.unescape(re.search(r'id="token-line"[^>]*>([^<]+)<', answer.content.decode())[1])  # type: ignore[index]
    assert f"'client_id={made.client_id}'" in line and f"'client_secret={secret}'" in line
    assert line.startswith("curl 'http") and "/realms/estfeed/protocol/openid-connect/token'" in line
    # Neither the session nor the browser has it whole.
    assert secret not in session and secret.encode().hex() not in session and secret not in cookies
    # The page that is loaded again, or gone back to, does not have it any more.
    for path in (USERS, f"{TECHNICAL}{made.pk}"):
        assert secret not in boss.get(path).content.decode()
    gone = boss.get(f"{TECHNICAL}{made.pk}/secret", follow=True)
    assert "The secret can no longer be shown." in text(gone) and secret not in gone.content.decode()
    # Sent again it makes no second one.
    again = boss.send(f"{TECHNICAL}add", SYSTEM)
    assert "already exists" in str(again.context["form"].errors["suffix"])
    TechnicalUser.objects.update(allowed_networks=[])
    assert token_of(boss, made.client_id, secret).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"suffix": "a b"}, "suffix", "letters, digits, dots, dashes"),
        ({"suffix": "x" * 41}, "suffix", "at most 40"),
        ({"permissions": []}, "permissions", "Choose at least one."),
        ({"networks": "192.0.2.0/24\nhere"}, "networks", "“Allowed networks” is here, but must be an IP network"),
        ({"networks": "\n".join(f"10.0.{number}.0/24" for number in range(51))}, "networks", "at most 50"),
        ({"networks": "1" * 5000}, "networks", f"is {'1' * 50}, but must be an IP network"),
    ],
)
def test_what_is_wrong_with_a_technical_user(boss: Browser, changed: dict[str, Any], field: str, said: str) -> None:
    answer = boss.send(f"{TECHNICAL}add", SYSTEM | changed)
    assert said in " ".join(answer.context["form"].errors[field])
    assert not TechnicalUser.objects.exists()


def test_at_most_twenty(boss: Browser, company: Party) -> None:
    TechnicalUser.objects.bulk_create(
        TechnicalUser(participant=company, client_id=f"{company.eic}-{number}", permissions=["ADMIN"])
        for number in range(20)
    )
    assert "You have 20 of at most 20." in text(boss.get(f"{TECHNICAL}add"))
    answer = boss.send(f"{TECHNICAL}add", SYSTEM)
    assert "may have at most 20" in str(answer.context["form"].non_field_errors())
    assert TechnicalUser.objects.count() == 20


def test_a_technical_user_is_changed(boss: Browser, system: TechnicalUser) -> None:
    page = boss.get(f"{TECHNICAL}{system.pk}")
    assert "Distribution: sees" in text(page) and "From anywhere" in text(page)
    changed = {"permissions": ["EDITOR_METERING_DATA"], "networks": "192.0.2.0/24"}
    assert boss.send(f"{TECHNICAL}{system.pk}/change", changed).status_code == 302
    system.refresh_from_db()
    assert (system.permissions, system.allowed_networks) == (["EDITOR_METERING_DATA"], ["192.0.2.0/24"])
    again = boss.send(f"{TECHNICAL}{system.pk}/change", changed)
    assert "Nothing was changed" in str(again.context["form"].errors)
    wrong = boss.send(f"{TECHNICAL}{system.pk}/change", changed | {"networks": "nowhere"})
    assert "must be an IP network" in str(wrong.context["form"].errors["networks"])


def test_a_secret_is_shown_to_nobody_else(boss: Browser, system: TechnicalUser) -> None:
    page = boss.get(f"{TECHNICAL}{system.pk}/new-secret")
    assert boss.send(f"{TECHNICAL}{system.pk}/new-secret", {"hours": "2", "seen": seen_on(page)}).status_code == 302
    part = boss.cookies["shown_once"].value
    for hostile in ("", "x", part[4:], part[:-4] + "AAA="):
        boss.cookies["shown_once"] = hostile
        assert 'id="secret"' not in boss.get(f"{TECHNICAL}{system.pk}/secret").content.decode()
    boss.cookies["shown_once"] = part
    other = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, name="other boss")
    other.cookies["shown_once"] = part
    assert other.get(f"{TECHNICAL}{system.pk}/secret").status_code == 302
    kept = boss.session["shown_once"]
    session = boss.session
    session["shown_once"] = kept | {"until": "2026-01-01T00:00:00+00:00"}
    session.save()
    assert boss.get(f"{TECHNICAL}{system.pk}/secret").status_code == 302
    session = boss.session
    session["shown_once"] = kept
    session.save()
    assert 'id="secret"' in boss.get(f"{TECHNICAL}{system.pk}/secret").content.decode()
    # Neither part is left, so the browser's alone brings it back for nobody.
    assert "shown_once" not in boss.session and not boss.cookies["shown_once"].value
    boss.cookies["shown_once"] = part
    again = boss.get(f"{TECHNICAL}{system.pk}/secret", follow=True)
    assert "The secret can no longer be shown." in text(again) and 'id="secret"' not in again.content.decode()


def test_what_a_technical_administrator_may_do_is_said_as_it_is(boss: Browser) -> None:
    shown = text(boss.get(f"{TECHNICAL}add"))
    assert "everything, in every role of the company" in shown and "in this role, including" not in shown
    assert "everything in this role" in text(boss.get(f"{USERS}add"))


def test_without_a_permission_the_way_out_is_said(boss: Browser) -> None:
    user = colleague(Permission.VIEWER_AGREEMENT)
    answer = boss.send(f"{USERS}{user.pk}", {"permissions": []})
    assert answer.context["form"].errors["permissions"] == ["Choose at least one, or remove the user."]


def test_a_wrong_personal_code_is_given_back_as_it_was_typed(boss: Browser) -> None:
    answer = boss.send(f"{USERS}add", NEW | {"code": "49005052719", "permissions": ["VIEWER_AGREEMENT"]})
    said = " ".join(answer.context["form"].errors["code"])
    assert "49005052719" in said and "EE" not in said


def seen_on(page: Any) -> str:
    return html.unescape(re.search(r'name="seen" value="([^"]*)"', page.content.decode())[1])  # type: ignore[index]


def test_a_new_secret_leaves_the_former_some_hours(boss: Browser, system: TechnicalUser) -> None:
    page = boss.get(f"{TECHNICAL}{system.pk}/new-secret")
    fields = {"hours": "2", "seen": seen_on(page)}
    answer = boss.send(f"{TECHNICAL}{system.pk}/new-secret", fields, follow=True)
    secret = secret_in(answer)
    assert token_of(boss, system.client_id, secret).status_code == 200
    former, latest = system.secrets.order_by("id")
    assert latest.expires_at is None and former.expires_at is not None
    hours = (former.expires_at - latest.created_at).total_seconds() / 3600
    assert hours == 2
    # Sent again, by a reload or by another administrator, it does not end what is in use.
    again = boss.send(f"{TECHNICAL}{system.pk}/new-secret", fields)
    assert "after you had opened it" in text(again)
    assert system.secrets.count() == 2
    for hostile in ("", "yesterday", "2026-99-99T00:00:00Z"):
        again = boss.send(f"{TECHNICAL}{system.pk}/new-secret", fields | {"seen": hostile})
        assert system.secrets.count() == 2


@pytest.mark.parametrize("hours", ["-1", "169", "soon", ""])
def test_how_long_a_former_secret_may_not_go_on(boss: Browser, system: TechnicalUser, hours: str) -> None:
    page = boss.get(f"{TECHNICAL}{system.pk}/new-secret")
    answer = boss.send(f"{TECHNICAL}{system.pk}/new-secret", {"hours": hours, "seen": seen_on(page)})
    assert "hours" in answer.context["form"].errors and system.secrets.count() == 1


def test_a_technical_user_is_switched_off_and_on(boss: Browser, system: TechnicalUser) -> None:
    off, on = (f"{TECHNICAL}{system.pk}/switch-{way}" for way in ("off", "on"))
    assert "will be switched off" in text(boss.get(off))
    assert TechnicalUser.objects.get().is_active
    assert boss.send(off, {}).status_code == 302
    assert not TechnicalUser.objects.get().is_active
    assert "Nothing was changed" in text(boss.send(off, {}))
    assert boss.send(on, {}).status_code == 302
    assert TechnicalUser.objects.get().is_active


def test_what_was_not_changed_in_a_form_stays_as_somebody_else_saved_it(boss: Browser, system: TechnicalUser) -> None:
    path = f"{TECHNICAL}{system.pk}/change"
    page = boss.get(path).content.decode()
    opened = {"initial-permissions": re.findall(r'name="initial-permissions" value="(\w+)"', page)}
    opened |= {"initial-networks": re.findall(r'name="initial-networks"', page) and ""}
    assert opened == {"initial-permissions": ["VIEWER_DATA_DISTRIBUTION"], "initial-networks": ""}
    TechnicalUser.objects.update(permissions=["VIEWER_AGREEMENT"])
    sent = opened | {"permissions": ["VIEWER_DATA_DISTRIBUTION"], "networks": "192.0.2.0/24"}
    assert boss.send(path, sent).status_code == 302
    system.refresh_from_db()
    assert (system.permissions, system.allowed_networks) == (["VIEWER_AGREEMENT"], ["192.0.2.0/24"])


def test_a_technical_user_is_removed_after_being_asked_once(boss: Browser, system: TechnicalUser) -> None:
    secret = technical_users.rotate_secret(technical_user=system, by=None, now=system.created_at)
    token = token_of(boss, system.client_id, secret).json()["access_token"]
    asked = {"HTTP_AUTHORIZATION": f"Bearer {token}", "content_type": "application/json"}
    assert Browser().post("/api/v1/meter-data/search", "{}", **asked).status_code != 401
    path = f"{TECHNICAL}{system.pk}"
    assert f"{path}/remove" in boss.get(path).content.decode()
    shown = text(boss.get(f"{path}/remove"))
    assert "its tokens stop working at once and its secrets are destroyed" in shown and "cannot be given again" in shown
    assert TechnicalUser.objects.get().removed_at is None
    answer = boss.send(f"{path}/remove", {}, follow=True)
    assert f"{system.client_id} was removed." in text(answer) and "No technical users yet" in text(answer)
    # The token that it has is refused by the next request, and it gets no other.
    assert Browser().post("/api/v1/meter-data/search", "{}", **asked).status_code == 401
    assert token_of(boss, system.client_id, secret).status_code == 401
    assert system.history.latest().history_user == boss.user
    for gone in ("", "/change", "/new-secret", "/switch-on", "/remove", "/secret"):
        assert boss.get(f"{path}{gone}").status_code == 404
    assert boss.send(f"{path}/remove", {}).status_code == 404
    assert "You have 0 of at most 20." in text(boss.get(f"{TECHNICAL}add"))
    again = boss.send(f"{TECHNICAL}add", SYSTEM | {"suffix": "scanning"})
    assert "one that no removed technical user had" in " ".join(again.context["form"].errors["suffix"])
    assert TechnicalUser.objects.count() == 1


def test_a_strangers_technical_user_is_as_none(boss: Browser) -> None:
    other = cast.participant(cast.OPEN_SUPPLIER)
    theirs = TechnicalUser.objects.create(participant=other, client_id=f"{other.eic}-x", permissions=["ADMIN"])
    for path in ("", "/change", "/new-secret", "/switch-off", "/switch-on", "/remove"):
        assert boss.get(f"{TECHNICAL}{theirs.pk}{path}").status_code == 404
        if path:
            assert boss.send(f"{TECHNICAL}{theirs.pk}{path}", SYSTEM | {"hours": 0}).status_code == 404
    assert theirs.client_id not in boss.get(USERS).content.decode()
    theirs.refresh_from_db()
    assert theirs.is_active and not theirs.secrets.exists()


ACTS = ("add", "{}/change", "{}/new-secret", "{}/switch-off", "{}/switch-on", "{}/remove")


def test_an_administrator_of_one_role_sees_them_and_is_told_why_no_more(system: TechnicalUser) -> None:
    one = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, name="electricity boss")
    gas = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS, name="gas boss")
    why = "only a person who is an administrator in all of these roles"
    for browser in (one, gas):
        for page in (browser.get(USERS), browser.get(f"{TECHNICAL}{system.pk}")):
            assert system.client_id in text(page) and why in text(page)
            assert "New secret" not in text(page) and "Add a technical user" not in text(page)
        for path in ACTS:
            for answer in (
                browser.get(TECHNICAL + path.format(system.pk)),
                browser.send(TECHNICAL + path.format(system.pk), {}),
            ):
                assert answer.status_code == 403
    for role, commodity in system.participant.roles.values_list("role", "commodity"):
        key = grant(person("gas boss"), cast.GRID_OPERATOR, Role(role), commodity=Commodity(commodity))
    both = Browser(person("gas boss")).act_as(key)
    assert why not in text(both.get(USERS)) and "Add a technical user" in text(both.get(USERS))
    assert both.get(f"{TECHNICAL}{system.pk}/change").status_code == 200


def test_a_role_that_ended_asks_for_no_administrator(system: TechnicalUser) -> None:
    others = MarketRole.objects.filter(participant=system.participant).exclude(
        role=Role.GRID_OPERATOR, commodity=Commodity.ELECTRICITY
    )
    assert others.update(valid_to=cast.BEGINNING + timedelta(days=1))
    one = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, name="electricity boss")
    assert one.get(f"{TECHNICAL}{system.pk}/change").status_code == 200


def test_who_renewed_and_switched_stands_in_the_history(boss: Browser, system: TechnicalUser) -> None:
    boss.send(f"{TECHNICAL}{system.pk}/switch-off", {})
    assert system.history.latest().history_user == person("boss") and not system.history.latest().is_active
    before = system.history.count()
    boss.send(f"{TECHNICAL}{system.pk}/new-secret", {"hours": 24})
    assert system.history.count() == before + 1
    renewed = system.history.latest()
    assert (renewed.history_user, renewed.history_change_reason) == (person("boss"), "a new secret")


def test_a_manager_of_users_does_not(manager: Browser, system: TechnicalUser) -> None:
    shown = text(manager.get(USERS))
    assert system.client_id not in shown and "You are not an administrator of this role." in shown
    for path in ("add", f"{system.pk}", f"{system.pk}/change", f"{system.pk}/new-secret", f"{system.pk}/switch-off"):
        assert manager.get(TECHNICAL + path).status_code == 403


def test_grants_without_a_role_do_not_open_the_pages(company: Party) -> None:
    UserGrant.objects.all().delete()
    browser = Browser(person("nobody"))
    assert browser.get(USERS).status_code == 302
