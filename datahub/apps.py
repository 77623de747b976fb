"""The project's own app: what belongs to no part of the market (partitions, local services)."""

from datetime import UTC, datetime

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

from datahub import partitions


def _after_migrations(**_: object) -> None:
    from datahub.database import migrated, roles  # noqa: PLC0415 - they look at models, which are there only now

    if migrated.count_missing():
        return  # after a step back, or before the last one: not every table stands
    partitions.write_rules()
    partitions.make_ahead(now=datetime.now(UTC))
    if settings.DATABASE_APPLICATION_ROLE:
        roles.grant(settings.DATABASE_APPLICATION_ROLE)


class DatahubConfig(AppConfig):
    name = "datahub"
    label = "datahub"
    verbose_name = "Datahub"

    def ready(self) -> None:
        """Give the migrations' new tables partitions and the application its rights, as soon as they stand."""
        from datahub.database import checks  # noqa: F401, PLC0415 - registers itself
        from datahub.health import heartbeat  # noqa: F401, PLC0415 - connects itself to Celery's signal
        from datahub.metrics import workers  # noqa: F401, PLC0415 - connects itself to Celery's signals

        post_migrate.connect(_after_migrations, sender=self)
