"""Make the demo's database and files ready: migrations, the demo market, static files. Run by `make demo`."""

import os
import sys

import django
from django.core.management import call_command

from datahub import static_files


def main() -> int:
    """Do what is still missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datahub.settings.demo")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    call_command("make_demo_market")
    static_files.collect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
