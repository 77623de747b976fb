from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "datahub.outbox"
    label = "outbox"
