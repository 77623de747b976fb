from django.apps import AppConfig


class WireConfig(AppConfig):
    name = "datahub.wire"
    label = "wire"
    verbose_name = "The wire"
