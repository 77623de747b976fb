"""`make serve`: web, workers and beat against the services that the environment names, in the foreground."""

import argparse
import os
import sys
import time
from pathlib import Path

from datahub.local.processes import Child
from datahub.local.supervisor import CannotStart, check_port, product, say, supervising

NEEDED = ("DATABASE_URL", "REDIS_URL")


def run(*, port: int, var: Path, under_make: bool) -> None:
    """Start the product's processes and watch over them until we are asked to stop."""
    missing = [name for name in NEEDED if not (os.environ.get(name) or os.environ.get(f"{name}_FILE"))]
    if missing:
        raise CannotStart(
            f"The environment does not name {', '.join(missing)}; `make demo` brings services of its own."
        )
    check_port(port)
    since = time.monotonic()
    environment = {"DJANGO_SETTINGS_MODULE": "datahub.settings.production", **os.environ, "DATAHUB_VAR": str(var)}
    with supervising(var, under_make=under_make) as supervisor:
        logs = var / "logs"
        command = [sys.executable, "-m", "datahub.static_files"]
        supervisor.run_to_end(Child("static files", command, log=logs / "static_files.log", environment=environment))
        if supervisor.is_to_stop:
            return
        supervisor.programs = product(port=port, logs=logs, environment=environment)
        for child in supervisor.programs:
            supervisor.start(child)
        say(f"Started; http://127.0.0.1:{port}/health/ready says what is missing. The logs are in {logs}.")
        supervisor.watch(
            ready_url=f"http://127.0.0.1:{port}/health/ready",
            when_ready=lambda: say(f"Ready after {time.monotonic() - since:.0f} s. Ctrl-C stops it."),
        )


def main() -> int:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description="Run web, workers and beat against the environment's services.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--under-make", action="store_true", help="stop also when make is interrupted")
    arguments = parser.parse_args()
    var = Path(os.environ.get("DATAHUB_VAR") or "var").resolve()
    try:
        run(port=arguments.port, var=var, under_make=arguments.under_make)
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
