"""`manage.py catalogues`: write the catalogues of what pages say, or add translations to the Estonian one."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Write and compile the catalogues."""

    help = "Take every message of the code into locale/, and compile it; --add puts Estonian from files of JSON in."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the files to add."""
        parser.add_argument("--add", nargs="+", type=Path, default=[], help='files of {"message": "tõlge"}')
        parser.add_argument("--locale", default="et", choices=["et", "en"], help="the catalogue to add to")

    def handle(self, *args: Any, add: list[Path], locale: str, **options: Any) -> None:
        """Write them and say what is left to do."""
        # Babel is a tool of development: the product runs without it.
        from portal.words import catalogues  # noqa: PLC0415

        catalogues.update()
        for path in add:
            for name in catalogues.add(json.loads(path.read_text()), locale):
                self.stdout.write(f"{path.name}: the code does not say {name!r}")
        for fault in catalogues.wrong():
            self.stdout.write(fault)
