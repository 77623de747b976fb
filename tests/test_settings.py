"""Settings: what production asks for, and that nothing that comes with time runs in a queue by chance."""

import ast
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from datahub.celery import app
from datahub.local.supervisor import ROOT

PRODUCTION = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "hub.example", "PUBLIC_URL": "https://hub.example"}


def import_production(**variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "import datahub.settings.production"],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", PRODUCTION)
def test_production_needs_what_has_no_harmless_default(name: str) -> None:
    done = import_production(**{given: value for given, value in PRODUCTION.items() if given != name})
    assert done.returncode != 0 and name in done.stderr


@pytest.mark.parametrize("address", ["", "hub.example", "//hub.example"])
def test_production_needs_the_whole_address_of_the_hub(address: str) -> None:
    done = import_production(**PRODUCTION | {"PUBLIC_URL": address})
    assert done.returncode != 0 and "PUBLIC_URL needs the whole address" in done.stderr


@pytest.mark.parametrize(("issuer", "starts"), [("https://id.example", True), ("", True), ("http://id.example", False)])
def test_production_believes_a_provider_over_tls_alone(issuer: str, starts: bool) -> None:
    done = import_production(**PRODUCTION, SIGN_IN_OPENID_ISSUER=issuer)
    assert (done.returncode == 0) is starts, done.stderr
    assert starts or "needs https" in done.stderr


def test_every_task_has_a_queue_of_its_kind() -> None:
    """None but the distribution's own runs in the queue of what was saved and is to be told."""
    app.loader.import_default_modules()
    named = {name for name in app.tasks if not name.startswith("celery.")}
    assert named >= {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    routed = {name for name in named if any(fnmatch(name, pattern) for pattern in settings.CELERY_TASK_ROUTES)}
    assert {name for name in named - routed if not name.startswith("distribution.tasks.")} == set()


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    file = tmp_path_factory.mktemp("secrets") / "token_key"
    file.write_text(pem + "\n")
    return str(file)


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL", "DATAHUB_VAR") if name in os.environ
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, **PRODUCTION, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_has_nothing_to_be_warned_of(key_file: str) -> None:
    secret = "".join(chr(33 + number % 60) for number in range(60))
    done = manage("check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=secret, DATAHUB_TOKEN_KEY_FILE=key_file)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_what_is_secret_may_stand_in_a_file(key_file: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from-a-file-" + "x1" * 30 + "\n")
    shown = "from django.conf import settings as s; print([s.SECRET_KEY, s.DATAHUB_TOKEN_KEY[-30:]])"
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {shown}"],
        cwd=ROOT,
        env={
            **{name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"},
            "DJANGO_SETTINGS_MODULE": "datahub.settings.production",
            "SECRET_KEY_FILE": str(secret),
            "DATAHUB_TOKEN_KEY_FILE": key_file,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    key, end = ast.literal_eval(done.stdout)
    assert key == secret.read_text().removesuffix("\n")
    assert end.endswith("-----END PRIVATE KEY-----")


def test_a_short_token_for_metrics_does_not_start() -> None:
    done = import_production(**PRODUCTION, METRICS_TOKEN="short")
    assert done.returncode != 0 and "METRICS_TOKEN needs 16 characters" in done.stderr


@pytest.mark.parametrize(
    ("broker", "is_redis"), [("rediss://cache:6379/1", True), ("amqp://user:password@queue//", False)]
)
def test_what_is_said_to_redis_alone_is_not_said_to_another_broker(broker: str, is_redis: bool) -> None:
    shown = "from django.conf import settings as s; print(hasattr(s, 'CELERY_BROKER_TRANSPORT_OPTIONS'))"
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {shown}"],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "datahub.settings.demo", "CELERY_BROKER_URL": broker},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(is_redis), done.stderr
