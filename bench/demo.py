"""A second hub beside the measured one, with the demo market in it, to compare with."""

import os
import sys
from pathlib import Path
from subprocess import run

from bench.client import wait_for_port
from bench.hub import POSTGRES_SETTINGS, ROOT, Hub
from datahub.local.processes import Child
from datahub.local.services import Postgres, Redis, free_port
from datahub.local.supervisor import product

_MEMORY = {**POSTGRES_SETTINGS, "shared_buffers": "128MB", "max_wal_size": "1GB"}

_started: dict[Hub, "Demo"] = {}


def beside(hub: Hub) -> "Demo":
    """Give the demo beside a hub, which is started when it is first asked for and ends with the hub."""
    if hub not in _started:
        _started[hub] = hub.beside.enter_context(Demo(hub.var / "demo"))
    return _started[hub]


class Demo:
    """The demo's own services and web server; it has no workers, since only its pages are looked at."""

    def __init__(self, var: Path) -> None:
        var.mkdir()
        self.port = free_port()
        self.postgres = Postgres(var, free_port(), settings=_MEMORY)
        self.redis = Redis(var, free_port())
        self.var = var
        self.web: Child | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What its processes get to know."""
        return {
            **os.environ,
            "DATAHUB_VAR": str(self.var),
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
        }

    def __enter__(self) -> "Demo":
        """Start it, and make the demo market."""
        self.postgres.start()
        self.redis.start()
        run(
            [sys.executable, "-m", "datahub.demo.prepare"],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
        )
        children = product(port=self.port, logs=self.var / "logs", environment=self.environment)
        self.web = next(child for child in children if child.name == "web")
        self.web.start()
        wait_for_port(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        if self.web is not None:
            self.web.stop(seconds=5)
        for service in (self.redis, self.postgres):
            service.stop()

    def run(self, code: str) -> str:
        """Run some Python on it, with Django set up; give what it prints."""
        done = run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}"],
            cwd=ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"the demo refused: {done.stderr[-2000:]}")
        return done.stdout
