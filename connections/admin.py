"""Where staff see connection requests, and change none: they are their parties'. Source: `5-web.md`, "Admin"."""

from django.contrib import admin

from connections.models import ConnectionRequest, ConnectionStep
from datahub.exchanges.admin import ExchangeAdmin, HistoryInline


class StepInline(HistoryInline):
    model = ConnectionStep


@admin.register(ConnectionRequest)
class ConnectionRequestAdmin(ExchangeAdmin):
    list_display = [
        "changed_at",
        "sender",
        "receiver",
        "about",
        "requested_state",
        "reason",
        "response_state",
        "ended_at",
    ]
    inlines = [StepInline]
