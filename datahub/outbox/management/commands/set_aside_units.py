"""`manage.py set_aside_units`: what failed too often to be told, by its error; and trying all of it again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Min

from datahub.logs.masking import masked
from datahub.outbox import finished
from datahub.outbox.models import Unit

# So many are tried again in one transaction.
_AT_ONCE = 500
_SHOWN = 160


class Command(BaseCommand):
    """Show the units that are set aside, or try them again."""

    help = (
        "Show the saves that failed too often to be told and were set aside, counted by their errors. With --retry "
        "they are tried again, all attempts anew, once what made them fail is mended; for single ones, and to give any "
        "up, use the admin (Units, state: set aside), which keeps who did it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to try again, and which."""
        parser.add_argument("--retry", action="store_true", help="have them worked again at once")
        parser.add_argument("--error", default="", help="only those whose error begins so, such as KeyError")

    def handle(self, *args: Any, retry: bool, error: str, **options: Any) -> None:
        """Show them by error, the most frequent first; try them again if that is asked."""
        units = Unit.objects.filter(set_aside_at__isnull=False, last_error__startswith=error)
        by_error = units.values("last_error").annotate(count=Count("pk"), first=Min("pk"), since=Min("set_aside_at"))
        found = list(by_error.order_by("-count", "first"))
        if not found:
            self.stdout.write("No unit is set aside.")
            return
        for row in found:
            said = masked(row["last_error"].partition("\n")[0])[:_SHOWN]
            self.stdout.write(f"{row['count']:>8}  since {row['since']:%Y-%m-%d %H:%M}Z, first {row['first']}  {said}")
        if not retry:
            return
        # Those of now: one that fails again at once is not taken a second time.
        ids = list(units.order_by("pk").values_list("pk", flat=True))
        tried = sum(len(finished.retry(ids[at : at + _AT_ONCE])) for at in range(0, len(ids), _AT_ONCE))
        self.stdout.write(f"{tried} units will be tried again.")
