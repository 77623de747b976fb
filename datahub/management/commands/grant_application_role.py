"""`manage.py grant_application_role <role>`: what the application may do in the database, and nothing more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from datahub.database import roles


class Command(BaseCommand):
    """Give a role the rights of the application."""

    help = (
        "Give a role of PostgreSQL what the application needs in this database and take from it what goes beyond that: "
        "it owns nothing, can empty or change no table, and can only add to the logs. Run it as the role that owns the "
        "tables (DATABASE_URL). migrate does so by itself where DATABASE_APPLICATION_ROLE names the role."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the role's name."""
        parser.add_argument("role", help="the role that web, workers and beat connect as")

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        """Grant, or say what is wrong with the role."""
        try:
            roles.grant(role)
        except roles.UnfitRole as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{role} has the rights of the application.")
