from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "datahub.access"
    label = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        """Keep the log of what staff look at: their pages lie on floors below."""
        from datahub.access import staff_looks  # noqa: PLC0415 - knows models
        from datahub.staff import looks  # noqa: PLC0415 - knows the admin

        looks.keep_with(staff_looks.keep)
