from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _begin_log(**_: object) -> None:
    from datahub.database import migrated  # noqa: PLC0415 - models are not ready any earlier
    from distribution.services import sequencer  # noqa: PLC0415 - the same

    if not migrated.count_missing():
        sequencer.begin_log()


class DistributionConfig(AppConfig):
    name = "distribution"
    verbose_name = "Distribution"

    def ready(self) -> None:
        """Begin the log as soon as its table stands, and again if a database was emptied."""
        post_migrate.connect(_begin_log, sender=self)
