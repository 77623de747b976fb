from django.apps import AppConfig


class WireConfig(AppConfig):
    name = "datahub.wire"
    label = "wire"
    verbose_name = "The wire"

    def ready(self) -> None:
        """Have the settings of tokens checked with all others."""
        from datahub.wire import checks  # noqa: F401, PLC0415
