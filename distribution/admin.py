"""Where staff see what was told to whom. Nothing is written here. Source: `5-web.md`, "Admin"."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from datahub.staff_lists import BoundedList, ReadOnly, whole_number
from distribution.models import Address, Message


@admin.register(Address)
class AddressAdmin(ReadOnly, BoundedList):
    list_display = ["participant_eic", "role", "commodity"]
    list_filter = ["role", "commodity"]
    search_fields = ["=participant_eic"]
    ordering = ["participant_eic", "role", "commodity"]


@admin.register(Message)
class MessageAdmin(ReadOnly, BoundedList):
    list_display = ["id", "created_at", "address", "resource_type", "reason", "unit_id"]
    search_fields = ["id"]
    search_help_text = _("The id of a message, or the whole code of a participant")
    ordering = ["-id"]
    list_select_related = ["address"]
    fields = ["id", "created_at", "address", "resource_type", "reason", "unit_id", "pack", "pack_offset", "pack_length"]

    def find(self, request: HttpRequest, queryset: QuerySet[Message], term: str) -> QuerySet[Message]:
        """Search by the message's id or by the participant that it is addressed to."""
        if (number := whole_number(term)) is not None:
            return queryset.filter(pk=number)
        addresses = list(Address.objects.filter(participant_eic=term).values_list("pk", flat=True))
        return queryset.filter(address__in=addresses)
