from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "datahub.agreements"
    label = "agreements"
    verbose_name = "Agreements"
