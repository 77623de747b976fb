from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "datahub.metering"
    label = "metering"
    verbose_name = "Metering"
