"""The demo's sign-in page, and that nobody meets it elsewhere. Source: `5-web.md`, "Signing in"."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.test import Client, RequestFactory

from datahub.demo import sign_in as page
from datahub.local.supervisor import ROOT
from datahub.market import Commodity, Permission, Role
from datahub.parties.models import User
from datahub.parties.services import users
from datahub.parties.staff.sign_in import sign_in_verified
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, User]:
    """One of each kind: at work in two roles, a customer, staff."""
    grid, mari = User.objects.create(username="grid"), User.objects.create(username="mari", party=cast.mari())
    for commodity in Commodity:
        users.grant(
            user=grid,
            participant=cast.participant(cast.GRID_OPERATOR),
            role=Role.GRID_OPERATOR,
            commodity=commodity,
            permission=Permission.ADMIN,
            by=None,
            now=cast.BEGINNING,
        )
    return {"grid": grid, "mari": mari, "staff": User.objects.create_superuser("staff", password="x")}


def pick(client: Client, username: str, **sent: str) -> Any:
    return client.post("/sign-in", {"username": username, **sent})


def test_it_lists_the_people_of_the_cast(people, client):
    shown = client.get("/sign-in").content.decode()
    assert all(f'value="{username}"' in shown for username in people)


@pytest.mark.parametrize(("username", "first"), [("grid", "/role"), ("mari", "/portal/"), ("staff", "/admin/")])
def test_each_begins_where_her_work_is(people, client, username, first):
    answer = pick(client, username)
    assert (answer.status_code, answer["Location"]) == (302, first)
    assert client.get(first).status_code == 200
    cookie = client.cookies["session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("username", ["", "nobody", "Grid", "grid'--", "grid\x00"])
def test_nobody_else_signs_in(people, client, username):
    User.objects.create(username="nobody")
    assert pick(client, username).status_code == 200
    assert SESSION_KEY not in client.session


def test_whom_staff_have_shut_out_stays_outside(people, client):
    User.objects.update(is_active=False)
    pick(client, "grid")
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "http://testserver.evil.example/", "/%0d%0aX: y\r\n"],
)
@pytest.mark.parametrize("username", ["grid", "mari", "staff"])
def test_nobody_is_led_away(people, client, username, target):
    answer = pick(client, username, next=target)
    assert "evil" not in answer["Location"].lower().split("?")[0] and "\n" not in answer["Location"]
    assert "X" not in answer.headers


def test_it_refuses_to_answer_under_other_settings(people, rf: RequestFactory, settings: Any):
    settings.IS_DEMO = False
    for asked in (rf.get("/sign-in"), rf.post("/sign-in", {"username": "staff"})):
        with pytest.raises(ImproperlyConfigured):
            page.sign_in(asked)
    with pytest.raises(PermissionDenied):
        sign_in_verified(rf.post("/sign-in"), people["staff"])


@pytest.mark.parametrize("variables", [{"IS_DEMO": "1"}, {"ROOT_URLCONF": "datahub.demo.urls", "DEBUG": "1"}])
def test_nothing_in_the_environment_brings_it_into_production(variables):
    says = (
        "import django; django.setup(); from django.conf import settings; from django.urls import resolve;"
        "print(resolve('/sign-in').func.__module__, getattr(settings, 'IS_DEMO', False),"
        " 'datahub.demo' in settings.INSTALLED_APPS)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", says],
        cwd=ROOT,
        env={
            **{name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "datahub.settings.production",
            "SECRET_KEY": "x" * 50,
            "ALLOWED_HOSTS": "hub.example",
            "PUBLIC_URL": "https://hub.example",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["portal.signing_in.views", "False", "False"], done.stderr


def test_the_demo_does_not_start_as_production():
    done = subprocess.run(
        [sys.executable, "-c", "import datahub.settings.demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATAHUB_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 and "DATAHUB_ENV=production" in done.stderr
