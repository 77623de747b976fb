"""`manage.py lift_message_ids`: for a database whose files were put back, or whose content store was lost with it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from distribution.services import sequencer
from distribution.store import StoreUnavailable


class Command(BaseCommand):
    """Lift message ids past any that were ever issued."""

    help = (
        "Lift the next message id past any that was ever issued, as the content store knows it. The hub does so by "
        "itself when it sees that its database was restored from a dump or to a point in time. Run this before the "
        "workers start if the database's files were copied back, or, with --past, if the content store was lost too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the highest id that anyone has seen."""
        parser.add_argument("--past", type=int, help="an id that is surely not below the last one that was issued")

    def handle(self, *args: Any, past: int | None, **options: Any) -> None:
        """Lift the ids and say where they go on."""
        try:
            lifted = sequencer.lift_ids(past=past)
        except StoreUnavailable as error:
            raise CommandError(f"The content store does not answer, so nothing was changed: {error}") from error
        self.stdout.write(f"The next message gets the id {lifted + 1}.")
