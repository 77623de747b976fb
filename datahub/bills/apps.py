from django.apps import AppConfig


class BillsConfig(AppConfig):
    name = "datahub.bills"
    label = "bills"
    verbose_name = "Network bills"
