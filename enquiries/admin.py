"""Where staff see enquiries. Nothing is written here: they are their parties'. Source: `5-web.md`, "Admin"."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from datahub.exchanges.admin import ExchangeAdmin, HistoryInline, RowsInline
from enquiries.models import Enquiry, EnquiryOpening, EnquiryStep


class StepInline(HistoryInline):
    model = EnquiryStep


class OpeningInline(RowsInline):
    model = EnquiryOpening
    fields = ["side", "opened_at"]
    verbose_name_plural = _("first opened")


@admin.register(Enquiry)
class EnquiryAdmin(ExchangeAdmin):
    list_display = ["changed_at", "sender", "receiver", "about", "topic", "request_status"]
    inlines = [StepInline, OpeningInline]
