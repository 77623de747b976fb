"""Who may do what in the admin: every page of every model × everybody."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.urls import reverse

from datahub.parties.models import User
from datahub.staff import acts
from tests.admin_pages import ABOUT, ADD, CHANGE, DELETE, MODELS, SITE, USUAL, Rows, url_of, urls
from tests.admin_rows import one_of_each
from tests.staff import sign_in
from tests.tables import contents

pytestmark = pytest.mark.django_db
# Grows with whatever is shown, also in answer to what was sent.
SEEN = "access_log"


@pytest.fixture
def rows() -> Rows:
    return one_of_each(by=superuser())


def superuser() -> User:
    return User.objects.get_or_create(username="chief", defaults={"is_staff": True, "is_superuser": True})[0]


def member(name: str, *rights: str) -> Client:
    """Sign in a member of staff who has some rights."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(
        Permission.objects.get(content_type__app_label=right.partition(".")[0], codename=right.partition(".")[2])
        for right in rights
    )
    return sign_in(Client(), user)


def outsiders() -> Iterator[tuple[str, Client]]:
    """Give those whom the admin sends to its sign-in: nobody, a customer, staff without the second factor."""
    yield "nobody", Client()
    yield "a customer", sign_in(Client(), User.objects.create_user("customer"))
    halfway = Client()
    halfway.force_login(superuser())
    yield "staff without a second factor", halfway


def right_of(model: str, act: str) -> str:
    app, _, name = model.partition(".")
    return f"{app}.{act}_{name}"


def viewer() -> Client:
    return member("viewer", *(right_of(model, "view") for model in MODELS))


def wrong(client: Client, rows: Rows, expected: Callable[[str, str], int]) -> list[str]:
    """Open every page and tell where the answer is not what is expected."""
    return [
        f"{url}: {status}, not {expected(model, name)}"
        for model, name, url in urls(rows)
        if (status := client.get(url).status_code) != expected(model, name)
    ]


def send(client: Client, rows: Rows, name: str, url: str, model: str) -> None:
    """Send to a page what would change something if that were allowed."""
    if name == "changelist":
        for action in {"delete_selected", *MODELS[model].actions}:
            client.post(url, {"action": action, "_selected_action": [str(rows[model].pk)], "confirmed": "yes"})
        return
    client.post(url, {"post": "yes", "name": "x", "username": "x", "password1": "pass-word-12", "seen": "x"})


def test_every_page_of_the_admin_stands_in_the_table(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = superuser()
    assert {model._meta.label_lower for model in admin.site._registry} == MODELS.keys()
    for model, model_admin in admin.site._registry.items():
        shown, label = MODELS[model._meta.label_lower], model._meta.label_lower.replace(".", "_")
        names = [one.name for one in model_admin.get_urls()]
        # One has no name: it leads to the page of a row from where that stood before.
        assert sorted(names, key=str) == sorted([None, *(f"{label}_{name}" for name in USUAL), *shown.pages], key=str)
        assert model_admin.get_actions(request).keys() == shown.actions.keys(), label
    found = {one.name for one in admin.site.get_urls() if getattr(one, "name", None)}
    assert found == SITE.keys()


def test_who_is_no_staff_is_sent_to_the_sign_in_and_changes_nothing(rows: Rows) -> None:
    everyone = list(outsiders())
    every = [url for _model, _name, url in urls(rows)]
    every += [reverse(f"admin:{name}", args=ABOUT.get(name)) for name, answers in SITE.items() if answers]
    before = contents()
    for who, client in everyone:
        for url in every:
            answer = client.get(url)
            assert answer.status_code == 302, f"{who}: {url}"
            assert answer["Location"].startswith("/admin/login/"), f"{who}: {url}"
        for model, name, url in urls(rows):
            send(client, rows, name, url, model)
    assert contents() == before


def test_staff_without_a_right_open_nothing_and_change_nothing(rows: Rows) -> None:
    client = member("new")
    before = contents()
    assert not wrong(client, rows, lambda _model, _name: 403)
    for model, name, url in urls(rows):
        send(client, rows, name, url, model)
    assert contents() == before


def test_who_may_view_opens_what_is_shown_and_changes_nothing(rows: Rows) -> None:
    client = viewer()

    def expected(model: str, name: str) -> int:
        is_shown = name in ("changelist", "change", "history") or not MODELS[model].pages.get(name, "right")
        return 200 if is_shown else 403

    assert not wrong(client, rows, expected)
    looks = LogEntry.objects.filter(action_flag=acts.LOOKED, user__username="viewer")
    assert {look.content_type.model for look in looks} == {"message", "pointreadings"}
    before = contents(but=SEEN)
    for model, name, url in urls(rows):
        if name != "history":
            send(client, rows, name, url, model)
    assert contents(but=SEEN) == before


def test_a_superuser_opens_all_that_is_there_and_changes_nothing_that_is_not_hers(rows: Rows) -> None:
    client = sign_in(Client(), superuser())

    def expected(model: str, name: str) -> int:
        return 403 if name in (ADD, DELETE) and name not in MODELS[model].writes else 200

    assert not wrong(client, rows, expected)
    before = contents(but=SEEN)
    for model, name, url in urls(rows):
        if name in (ADD, CHANGE, DELETE) and name not in MODELS[model].writes:
            assert client.post(url, {"post": "yes"}).status_code == 403, url
        if name == "changelist" and not MODELS[model].actions:
            send(client, rows, name, url, model)
    assert contents(but=SEEN) == before


@pytest.mark.parametrize("model", MODELS)
def test_one_right_opens_what_it_is_for(rows: Rows, model: str) -> None:
    shown = MODELS[model]
    page = reverse(f"admin:{model.replace('.', '_')}_changelist")
    for number, act in enumerate(("view", ADD, CHANGE, DELETE)):
        client = member(f"one{number}", right_of(model, act))
        answer = client.get(page)
        offered = answer.content.decode() if answer.status_code == 200 else ""
        # Who may change, or would if the admin let anybody, may look.
        assert answer.status_code == (200 if act in ("view", CHANGE) else 403), act
        for action, right in shown.actions.items():
            assert (f'value="{action}"' in offered) == (bool(offered) and right == right_of(model, act))
    other = next(one for one in MODELS if one != model)
    stranger = member("stranger", *(right_of(other, act) for act in ("view", ADD, CHANGE, DELETE)))
    for name in USUAL:
        url = url_of(f"{model.replace('.', '_')}_{name}", rows[model])
        assert stranger.get(url).status_code == 403, url


@pytest.mark.parametrize("name", SITE)
def test_the_pages_of_no_model(name: str) -> None:
    answers = SITE[name]
    url = reverse(f"admin:{name}", args=ABOUT.get(name))
    if answers is None:
        assert Client().get(url).status_code in {200, 302, 405}
        return
    assert (member("new").get(url).status_code, sign_in(Client(), superuser()).get(url).status_code) == answers
