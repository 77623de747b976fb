"""The project's own app: what belongs to no part of the market (partitions, local services)."""

from datetime import UTC, datetime

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from datahub import partitions


def _make_partitions(**_: object) -> None:
    partitions.make_ahead(now=datetime.now(UTC))


class DatahubConfig(AppConfig):
    name = "datahub"
    label = "datahub"
    verbose_name = "Datahub"

    def ready(self) -> None:
        """Make the partitions that the migrations' new tables need, as soon as they stand; let workers beat."""
        from datahub.database import checks  # noqa: F401, PLC0415 - registers itself
        from datahub.health import heartbeat  # noqa: F401, PLC0415 - connects itself to Celery's signal
        from datahub.metrics import workers  # noqa: F401, PLC0415 - connects itself to Celery's signals

        post_migrate.connect(_make_partitions, sender=self)
