from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    name = "datahub.exchanges"
    verbose_name = "Exchanges between suppliers and operators"
