#!/usr/bin/env python
"""Django's command line for the datahub."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datahub.settings.production")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - Django reads the settings on import

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
