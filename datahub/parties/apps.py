from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "datahub.parties"
    label = "parties"
    verbose_name = "Parties"
