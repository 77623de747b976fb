"""Where staff see what was told to whom. Nothing is written here. Source: `5-web.md`, "Admin"."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from datahub.market import ResourceType
from datahub.staff import acts
from datahub.staff.lists import BoundedList, DaysFilter, ReadOnly, whole_number
from datahub.staff.looks import Look, ShowsCustomers
from distribution.looks import looks_at_content
from distribution.models import Address, Message
from distribution.selectors.browse import Told
from portal.words.contents import content_of
from portal.words.labels import label


@admin.register(Address)
class AddressAdmin(ReadOnly, BoundedList):
    list_display = ["participant_eic", "role", "commodity"]
    list_filter = ["role", "commodity"]
    search_fields = ["=participant_eic"]
    ordering = ["participant_eic", "role", "commodity"]


class MadeOnDays(DaysFilter):
    title = _("days of the messages")
    column = "created_at"
    is_partitioned = True


@admin.register(Message)
class MessageAdmin(ShowsCustomers, ReadOnly, BoundedList):
    list_filter = [MadeOnDays]
    list_display = ["id", "created_at", "address", "resource_type", "why", "unit_id"]
    search_fields = ["id"]
    search_help_text = _("The ID of a message, or the whole code of a participant")
    ordering = ["-id"]
    list_select_related = ["address"]
    readonly_fields = ["why"]
    fields = ["id", "created_at", "address", "resource_type", "why", "unit_id", "pack", "pack_offset", "pack_length"]
    notes_looks = True

    def looks_on_page(self, row: Message, shown: Mapping[str, Any]) -> Iterable[Look]:
        """Say of whom the content tells, where it can be had."""
        content = shown.get("content")
        if content is None or content.missing is not None:
            return ()
        return looks_at_content(ResourceType(row.resource_type), content.whole)

    @admin.display(description=_("reason"))
    def why(self, message: Message) -> str:
        """Say why it was told."""
        return label(message.reason)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what was told, and note who read it: it is about somebody."""
        one: Message = kwargs["obj"]
        told = Told(
            one.id,
            one.created_at,
            ResourceType(one.resource_type),
            one.reason,
            one.pack,
            one.pack_offset,
            one.pack_length,
        )
        content = content_of(told)
        if content.missing is None:
            acts.log(request, acts.LOOKED, [(one, acts.CONTENT_READ)])
        return super().render_change_form(request, {**context, "content": content}, *args, **kwargs)

    def find(self, request: HttpRequest, queryset: QuerySet[Message], term: str) -> QuerySet[Message]:
        """Search by the message's id or by the participant that it is addressed to."""
        if (number := whole_number(term)) is not None:
            return queryset.filter(pk=number)
        addresses = list(Address.objects.filter(participant_eic=term).values_list("pk", flat=True))
        return queryset.filter(address__in=addresses)
