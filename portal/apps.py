"""The web pages."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The web pages."""

    name = "portal"
