"""Takes each app of the hub back by its last migration and on again; run against the database of the contract tests.

Prints, as JSON, what became of each: "ok", or how the step back was refused.
"""

import json
import sys
from pathlib import Path

import django


def main() -> None:
    """Do it for the apps that are named, or for all that have a step to go back."""
    django.setup()
    from django.apps import apps
    from django.core.management import call_command
    from django.db import Error, connection
    from django.db.migrations.loader import MigrationLoader

    house = Path(__file__).resolve().parents[2]
    ours = {one.label for one in apps.get_app_configs() if Path(one.path).parent in (house, house / "datahub")}
    steps = sorted(key for key in MigrationLoader(connection).graph.nodes if key[0] in ours | {"datahub"})
    found: dict[str, str] = {}
    for app in sys.argv[1:] or sorted(ours):
        names = [name for label, name in steps if label == app]
        if len(names) < 2:
            continue
        try:
            call_command("migrate", app, names[-2], verbosity=0)
        except Error as error:
            found[app] = f"{type(error).__name__}: {error}"
            continue
        call_command("migrate", verbosity=0)
        found[app] = "ok"
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
