"""Settings: what production asks for, and that nothing that comes with time runs in a queue by chance."""

import os
import subprocess
import sys
from fnmatch import fnmatch

import pytest
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
