"""The demo market as a command."""

import os
import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from datahub.demo.market import make_demo_market


class Command(BaseCommand):
    help = "Make the demo market of cast.json, with a year of readings, if the database has no party yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and say how much it is."""
        if not getattr(settings, "IS_DEMO", False) or os.environ.get("DATAHUB_ENV") == "production":
            raise CommandError("The demo market's secrets are public: it can only be created under the demo settings.")
        since = time.monotonic()
        made = make_demo_market(now=datetime.now(UTC))
        if made is None:
            self.stdout.write("The database already has parties; nothing was created.")
            return
        self.stdout.write(
            f"Created {made.parties} parties, {made.points} metering points, {made.agreements} agreements,"
            f" {made.authorizations} authorizations, {made.enquiries} enquiries, {made.connection_requests} connection"
            f" requests, {made.intervals} intervals of readings, {made.bills} network bills and {made.reads} reads"
            f" in {time.monotonic() - since:.1f} s."
        )
