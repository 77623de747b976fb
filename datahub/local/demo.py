"""`make demo`: the whole product with the demo market on one machine, from nothing, in the foreground."""

import argparse
import os
import sys
import time
from pathlib import Path

from datahub.local.processes import Child
from datahub.local.supervisor import CannotStart, Supervisor, check_port, product, say, supervising

_LINE_TO_COPY = """curl --silent http://127.0.0.1:{port}/realms/estfeed/protocol/openid-connect/token \\
    -d grant_type=client_credentials -d client_id=38X-EIN-GO-----0-demo -d client_secret=demo-01-not-a-secret"""


def start_services(supervisor: Supervisor, var: Path) -> dict[str, str]:
    """Start the services that the environment does not name, and give the variables that name them."""
    from datahub.local.services import Postgres, Redis  # noqa: PLC0415 - `make serve` is installed without them

    named: dict[str, str] = {}
    try:
        if "DATABASE_URL" not in os.environ:
            postgres = Postgres(var)
            supervisor.services.append(postgres)
            supervisor.start(postgres)
            named["DATABASE_URL"] = postgres.url
        if "REDIS_URL" not in os.environ:
            redis = Redis(var)
            supervisor.services.append(redis)
            supervisor.start(redis)
            named["REDIS_URL"] = redis.url
    except RuntimeError as error:
        raise CannotStart(str(error)) from error
    return named


def run(*, port: int, var: Path, under_make: bool) -> None:
    """Start everything, watch over it until we are asked to stop, stop everything."""
    check_port(port)
    since = time.monotonic()
    with supervising(var, under_make=under_make) as supervisor:
        say(f"Starting, with the data in {var} …")
        environment = {**os.environ, "DATAHUB_VAR": str(var), "DJANGO_SETTINGS_MODULE": "datahub.settings.demo"}
        # Tokens name the address that clients use.
        environment.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
        environment |= start_services(supervisor, var)
        if supervisor.is_to_stop:
            return
        logs = var / "logs"
        command = [sys.executable, "-m", "datahub.demo.prepare"]
        supervisor.run_to_end(Child("prepare", command, log=logs / "prepare.log", environment=environment))
        if supervisor.is_to_stop:
            return
        supervisor.programs = product(port=port, logs=logs, environment=environment)
        for child in supervisor.programs:
            supervisor.start(child)

        def when_ready() -> None:
            say(
                f"Ready after {time.monotonic() - since:.0f} s. Ctrl-C stops it; the logs are in {logs}.\n\n"
                f"  Pages  http://127.0.0.1:{port}/\n"
                f"  API    http://127.0.0.1:{port}/swagger-ui/index.html\n"
                f"  Staff  http://127.0.0.1:{port}/admin/   user staff, password demo-staff-not-a-secret\n\n"
                f"A token of the grid operator Põhjavõrk OÜ, for five minutes:\n\n  {_LINE_TO_COPY.format(port=port)}\n"
            )

        supervisor.watch(ready_url=f"http://127.0.0.1:{port}/health/ready", when_ready=when_ready)


def main() -> int:
    """Run the demo as the command line says."""
    parser = argparse.ArgumentParser(description="Run the product with the demo market on this machine.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--under-make", action="store_true", help="stop also when make is interrupted")
    arguments = parser.parse_args()
    if os.environ.get("DATAHUB_ENV") == "production":
        sys.stderr.write("The demo's secrets are public: it does not start with DATAHUB_ENV=production.\n")
        return 2
    var = Path(os.environ.get("DATAHUB_VAR") or "var").resolve()
    try:
        run(port=arguments.port, var=var, under_make=arguments.under_make)
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
