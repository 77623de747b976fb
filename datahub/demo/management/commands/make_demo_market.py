"""The demo market as a command."""

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Make the demo market if the database has none."

    def handle(self, *args: object, **options: object) -> None:
        pass
