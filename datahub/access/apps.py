from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "datahub.access"
    label = "access"
    verbose_name = "Access"
