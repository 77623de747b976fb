"""Where staff see the documents of readings. Nothing is written here. Source: `5-web.md`, "Admin"."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from datahub.metering.models import MeterDataDocument
from datahub.parties.models import Party
from datahub.staff.lists import BoundedList, DaysFilter, ReadOnly
from datahub.staff.looks import Look, Of, ShowsCustomers
from portal.words.faults import kept_fault_text

_FAULTS_SHOWN = 500
_PARTY = re.compile(r"[0-9]{2}X[A-Z0-9-]{13}")


class ReceivedOnDays(DaysFilter):
    title = _("days of receipt")
    column = "received_at"


@admin.register(MeterDataDocument)
class MeterDataDocumentAdmin(ShowsCustomers, ReadOnly, BoundedList):
    list_display = ["identification", "received_at", "sender", "sender_role", "commodity", "status", "attempts"]
    list_filter = ["status", ReceivedOnDays]
    list_select_related = ["sender"]
    search_fields = ["identification"]
    search_help_text = _("The whole identification of a message, or the whole code of its sender")
    ordering = ["-id"]
    fields = [
        "identification",
        "received_at",
        "sender",
        "sender_role",
        "commodity",
        "status",
        "status_message",
        "finished_at",
        "attempts",
        "not_before",
        "body_bytes",
        "shown_faults",
    ]
    readonly_fields = ["shown_faults"]

    def looks_on_page(self, row: MeterDataDocument, shown: Mapping[str, Any]) -> Iterable[Look]:
        """Name the points whose faults are shown; what else a document says is not."""
        faults = row.faults[:_FAULTS_SHOWN] if shown else []
        return [Look(Of.DOCUMENTS, fault["meterEic"]) for fault in faults if fault["meterEic"]]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the faults unread until one document is looked at."""
        return super().get_queryset(request).select_related("sender").defer("faults")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by whole identification or sender: a part of either would read the whole table."""
        if _PARTY.fullmatch(term):
            return queryset.filter(sender__in=list(Party.objects.filter(eic=term).values_list("pk", flat=True)))
        try:
            return queryset.filter(identification=UUID(term))
        except ValueError:
            return queryset.none()

    @admin.display(description=_("faults"))
    def shown_faults(self, document: MeterDataDocument) -> SafeString:
        """Show the first faults, a line each."""
        lines = format_html_join(
            "",
            "<li>{} {} <code>{}</code> {}</li>",
            (
                (
                    fault["meterEic"] or "",
                    fault["pS"] or "",
                    fault["code"],
                    kept_fault_text(fault["code"], fault["message"], {}),
                )
                for fault in document.faults[:_FAULTS_SHOWN]
            ),
        )
        more = len(document.faults) - _FAULTS_SHOWN
        return format_html(
            "<ul>{}</ul>{}",
            lines,
            ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more} if more > 0 else "",
        )
