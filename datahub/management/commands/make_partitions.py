"""`manage.py make_partitions`: what beat has done each hour, by hand."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from datahub import partitions


class Command(BaseCommand):
    """Make the partitions that will be needed, for every table that has some by time."""

    help = (
        "Make the partitions that today and the next days and months need. A worker does so each hour, when beat says "
        "so; run this where neither did for so long that nothing can be saved. It may run at any time, as often as you "
        "like."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and say for which day there is still none."""
        now = datetime.now(UTC)
        try:
            partitions.make_ahead(now=now)
        except OperationalError as error:
            raise CommandError(f"A table is in use for long; try again: {error}") from error
        self.stdout.write(f"Every table has partitions for {now.date()} and what comes next.")
