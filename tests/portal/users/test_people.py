"""Who may do what for a participant in a role: seen, added, changed, removed."""

import html
import re
from typing import Any

import pytest

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import Party, User
from tests import cast
from tests.portal.people import Browser, acting_for, grant, person
from tests.portal.users.people import HOSTILE, MARI, NEW, USERS, colleague, known_to_the_hub, may, names, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("active", [True, False])
def test_nobody_learns_a_name_by_a_code(boss: Browser, active: bool) -> None:
    mari = known_to_the_hub(is_active=active)
    added = boss.send(f"{USERS}add", MARI | {"permissions": ["VIEWER_AGREEMENT"]})
    assert added.status_code == 302
    again = boss.send(f"{USERS}add", MARI | {"permissions": ["VIEWER_AGREEMENT"]})
    pages = [boss.get(USERS), again]
    pages += [boss.get(f"{USERS}{mari.pk}{path}") for path in ("", "/remove")]
    pages += [boss.get(USERS, {"name": "q q"}), boss.send(f"{USERS}{mari.pk}", {"permissions": ["VIEWER_CUSTOMER"]})]
    pages += [boss.get(USERS)]
    for page in pages:
        assert "maasikas" not in page.content.decode().lower() and "blocked" not in text(page)
    assert names(boss.get(USERS, {"name": "q"})) == ["Q Q"]
    for word in ("maasikas", "mari"):
        assert names(boss.get(USERS, {"name": word})) == []


def test_a_name_that_one_typed_is_not_shown_to_another(boss: Browser) -> None:
    boss.send(f"{USERS}add", NEW | {"permissions": ["VIEWER_AGREEMENT"]})
    cast.participant(cast.OPEN_SUPPLIER)
    other = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER, name="other boss")
    other.send(f"{USERS}add", NEW | {"first_name": "J", "last_name": "T", "permissions": ["VIEWER_AGREEMENT"]})
    assert "J T" in names(other.get(USERS)) and "Jüri Tamm" in names(boss.get(USERS))


def test_her_own_name_is_known_once_she_has_acted(boss: Browser, company: Party) -> None:
    mari = known_to_the_hub()
    boss.send(f"{USERS}add", MARI | {"permissions": ["VIEWER_AGREEMENT"]})
    Browser(mari).act_as(f"operator:{company.eic}:{Role.GRID_OPERATOR}:{Commodity.ELECTRICITY}")
    assert "Mari Maasikas" in names(boss.get(USERS))
    assert names(boss.get(USERS, {"name": "maasi"})) == ["Mari Maasikas"]


def test_removing_is_offered_to_nobody_who_may_not(boss: Browser, manager: Browser) -> None:
    assert manager.get(f"{USERS}{person('boss').pk}/remove").status_code == 403
    assert manager.send(f"{USERS}{person('boss').pk}/remove", {}).status_code == 403
    user = colleague(Permission.VIEWER_AGREEMENT)
    assert manager.get(f"{USERS}{user.pk}/remove").status_code == 200


# --- people ---------------------------------------------------------------------------------------------------------


def test_the_list_says_who_may_do_what(boss: Browser) -> None:
    colleague(Permission.VIEWER_METERING_POINT, Permission.EDITOR_METERING_DATA)
    shown = text(boss.get(USERS))
    assert "Mall Mets sees changes – nothing" in shown
    assert re.search(r"boss \(you\) Administrator: may do everything in this role", shown)
    assert "No technical users yet" in shown


def test_people_of_other_roles_commodities_and_companies_are_not_shown(boss: Browser) -> None:
    cast.participant(cast.OPEN_SUPPLIER)
    gas = person("gas")
    grant(gas, cast.GRID_OPERATOR, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS)
    stranger = person("stranger")
    grant(stranger, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    assert names(boss.get(USERS)) == ["boss"]
    for user in (gas, stranger):
        assert boss.get(f"{USERS}{user.pk}").status_code == 404
        assert boss.send(f"{USERS}{user.pk}", {"permissions": ["ADMIN"]}).status_code == 404
        assert boss.send(f"{USERS}{user.pk}/remove", {}).status_code == 404
        assert may(user) == {"ADMIN"}


def test_the_list_is_filtered_by_names_and_turned(boss: Browser) -> None:
    colleague(Permission.VIEWER_AGREEMENT)
    assert "Mall Mets" in text(boss.get(USERS, {"name": "mets MALL"}))
    none = text(boss.get(USERS, {"name": "nobody"}))
    assert "No users match the filter" in none and "Mall Mets" not in none
    assert names(boss.get(USERS)) == ["boss", "Mall Mets"]
    assert names(boss.get(USERS, {"sort": "-name"})) == ["Mall Mets", "boss"]
    assert names(boss.get(USERS, {"name": "x" * 101})) == []


def test_somebody_is_added(boss: Browser) -> None:
    answer = boss.send(f"{USERS}add", NEW | {"permissions": ["VIEWER_AGREEMENT", "ADMIN"]})
    assert (answer.status_code, answer["Location"]) == (302, USERS)
    added = User.objects.get(subject="EE37605030299")
    assert may(added) == {"VIEWER_AGREEMENT", "ADMIN"} and added.get_full_name() == "Jüri Tamm"
    assert not added.has_usable_password() and not added.is_staff
    assert "Jüri Tamm was added." in text(boss.get(USERS))


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"code": "37605030298"}, "code", "11 digits with a correct check digit"),
        ({"code": ""}, "code", "This field is required."),
        ({"country": "ZZ"}, "country", "There is no country with this code."),
        ({"country": "EST"}, "country", "at most 2 characters"),
        ({"first_name": ""}, "first_name", "This field is required."),
        ({"permissions": []}, "permissions", "Choose at least one."),
        ({"permissions": ["EVERYTHING"]}, "permissions", "EVERYTHING is not one of the available choices"),
        ({"code": "with space"}, "code", "no spaces"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(
    boss: Browser, changed: dict[str, Any], field: str, said: str
) -> None:
    answer = boss.send(f"{USERS}add", NEW | {"permissions": ["VIEWER_AGREEMENT"]} | changed)
    assert answer.status_code == 200
    assert said in " ".join(answer.context["form"].errors[field])
    assert User.objects.filter(subject__startswith="EE").count() == 0


def test_nobody_is_added_twice(boss: Browser) -> None:
    boss.send(f"{USERS}add", NEW | {"permissions": ["VIEWER_AGREEMENT"]})
    answer = boss.send(f"{USERS}add", NEW | {"permissions": ["ADMIN"]})
    assert answer.context["form"].errors["code"] == ["“Personal code”: Jüri Tamm already exists."]
    assert may(User.objects.get(subject="EE37605030299")) == {"VIEWER_AGREEMENT"}


def test_what_somebody_may_do_is_changed(boss: Browser) -> None:
    user = colleague(Permission.VIEWER_AGREEMENT, Permission.EDITOR_CUSTOMER)
    page = boss.get(f"{USERS}{user.pk}")
    assert set(re.findall(r'value="(\w+)"[^>]*checked', page.content.decode())) == may(user)
    answer = boss.send(f"{USERS}{user.pk}", {"permissions": ["EDITOR_CUSTOMER", "ADMIN"]})
    assert answer.status_code == 302 and may(user) == {"EDITOR_CUSTOMER", "ADMIN"}
    again = boss.send(f"{USERS}{user.pk}", {"permissions": ["EDITOR_CUSTOMER", "ADMIN"]})
    assert again.context["form"].non_field_errors() == [] and "Nothing was changed" in str(again.context["form"].errors)


def test_somebody_is_removed_after_being_asked_once(boss: Browser) -> None:
    user = colleague(Permission.VIEWER_AGREEMENT)
    grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS)
    assert "Mall Mets can no longer act for Põhjavõrk OÜ" in text(boss.get(f"{USERS}{user.pk}/remove"))
    assert len(may(user)) == 2
    assert boss.send(f"{USERS}{user.pk}/remove", {}).status_code == 302
    assert [one.commodity for one in user.grants.all()] == ["NATURAL_GAS"]


def test_nobody_takes_her_own_administration(boss: Browser) -> None:
    assert boss.user is not None
    answer = boss.send(f"{USERS}{boss.user.pk}", {"permissions": ["VIEWER_AGREEMENT"]})
    assert answer.status_code == 200
    assert "you cannot take administrator from yourself" in text(answer)
    assert boss.get(f"{USERS}{boss.user.pk}/remove").status_code == 404
    assert boss.send(f"{USERS}{boss.user.pk}/remove", {}).status_code == 404
    assert may(boss.user) == {"ADMIN"}


def test_a_manager_of_users_gives_no_administration(manager: Browser) -> None:
    boss_user = colleague(Permission.ADMIN, name="other boss")
    offered = manager.get(f"{USERS}add").content.decode()
    assert 'value="VIEWER_AGREEMENT"' in offered and 'value="ADMIN"' not in offered
    answer = manager.send(f"{USERS}add", NEW | {"permissions": ["ADMIN"]})
    assert "not one of the available choices" in str(answer.context["form"].errors)
    page = manager.get(f"{USERS}{boss_user.pk}")
    assert "Only an administrator of this role can change this user." in text(page)
    answer = manager.send(f"{USERS}{boss_user.pk}", {"permissions": ["VIEWER_AGREEMENT"]})
    assert "only administrators of the role can give or remove" in text(answer)
    assert may(boss_user) == {"ADMIN"}
    assert manager.user is not None
    own = manager.send(f"{USERS}{manager.user.pk}", {"permissions": ["EDITOR_AUTHORIZATION", "EDITOR_CUSTOMER"]})
    assert "only administrators can change their own" in text(own)
    worker = colleague(Permission.VIEWER_AGREEMENT, name="worker 2")
    assert manager.send(f"{USERS}{worker.pk}", {"permissions": ["EDITOR_CUSTOMER"]}).status_code == 302
    assert may(worker) == {"EDITOR_CUSTOMER"}


def test_without_the_permission_nothing_is_open(company: Party) -> None:
    others = [one for one in Permission if one not in (Permission.ADMIN, Permission.EDITOR_AUTHORIZATION)]
    browser = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, *others)
    user = colleague(Permission.VIEWER_AGREEMENT)
    assert "/operator/users/" not in browser.get("/operator/").content.decode()
    for path in ("", "add", f"{user.pk}", f"{user.pk}/remove", "technical/add"):
        assert browser.get(f"{USERS}{path}").status_code == 403
        answer = browser.send(f"{USERS}{path}", NEW | {"permissions": ["ADMIN"]})
        assert answer.status_code in (403, 405)
    assert may(user) == {"VIEWER_AGREEMENT"} and not User.objects.filter(subject="EE37605030299").exists()


def test_names_are_escaped_everywhere(boss: Browser) -> None:
    user = colleague(Permission.VIEWER_AGREEMENT, first_name=HOSTILE)
    for path in ("", f"{user.pk}", f"{user.pk}/remove"):
        page = boss.get(f"{USERS}{path}").content.decode()
        assert HOSTILE not in page and html.escape(HOSTILE) in page
    answer = boss.send(f"{USERS}add", NEW | {"code": HOSTILE, "first_name": HOSTILE, "permissions": ["ADMIN"]})
    assert HOSTILE not in answer.content.decode()


def test_ids_beyond_all_bounds_are_nobodys(boss: Browser) -> None:
    assert boss.get(f"{USERS}{10**30}").status_code == 404
    assert boss.get(f"{USERS}technical/{10**30}").status_code == 404


def test_the_list_asks_as_often_for_many_as_for_few(boss: Browser, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        colleague(Permission.VIEWER_AGREEMENT, Permission.EDITOR_CUSTOMER, name=f"colleague {number}")
    boss.get(USERS)
    with django_assert_max_num_queries(12):
        boss.get(USERS)


@pytest.mark.parametrize("name", ["Tamm\u202e", "Ta\u200bmm", "Tamm\r\nBcc: x", "Ta\x07mm"])
def test_a_name_hides_nothing_and_is_on_one_line(boss: Browser, name: str) -> None:
    answer = boss.send(f"{USERS}add", NEW | {"last_name": name, "permissions": ["VIEWER_AGREEMENT"]})
    assert answer.status_code == 200 and "last_name" in answer.context["form"].errors
