"""Where staff see who read what, and on which authorizations; they write neither.

Rows of the log are added by the reads themselves, authorizations by customers. Source: `1-market.md`, "Who may see
what"; `5-web.md`, "Admin".
"""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from datahub.access.models import AccessLog, CustomerAuthorization
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.staff.cells import NOTHING, code_with_name, codes_below, period
from datahub.staff.lists import BoundedList, DaysFilter, ReadOnly, uuid_of
from datahub.staff.looks import Look, Of, ShowsCustomers

_METERING_POINT = re.compile(r"[0-9]{2}Z")


class ReadOnDays(DaysFilter):
    title = _("days of the look-ups")
    column = "read_at"
    is_partitioned = True


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnly, BoundedList):
    list_filter = [ReadOnDays]
    list_display = [
        "read_at",
        "participant",
        "role",
        "on_ground",
        "service",
        "about",
        "period",
        "who",
    ]
    list_select_related = ["participant", "user"]
    search_fields = ["meter_eic"]
    search_help_text = _(
        "The whole code of a metering point, of a customer, or of the participant that read, or an authorization ID"
    )
    ordering = ["-id"]
    readonly_fields = ["authorization"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show everything, the authorization as the way to it."""
        names = [field.name for field in self.opts.fields]
        return ["authorization" if name == "authorization_id" else name for name in names]

    @admin.display(description=_("period"))
    def period(self, row: AccessLog) -> SafeString | None:
        """Say of what time something was read, in one narrow column."""
        return period(row.period_from, row.period_to)

    @admin.display(description=_("who read"))
    def who(self, row: AccessLog) -> SafeString | str:
        """Name the person who read on a page, or the technical user; no index finds either, so no search does."""
        return row.user.username if row.user else code_with_name(row.technical_user) or NOTHING

    @admin.display(description=_("ground"))
    def on_ground(self, row: AccessLog) -> SafeString:
        """Say on what ground something was read, with the authorization below."""
        lines = [row.get_ground_display(), self.authorization(row) if row.authorization_id else ""]
        return format_html_join("", "<div>{}</div>", ([line] for line in lines if line))

    @admin.display(description=_("metering point, customer"))
    def about(self, row: AccessLog) -> SafeString:
        """Name the metering point and the customer, one below the other."""
        return codes_below(row.meter_eic, row.customer_eic)

    @admin.display(description=_("authorization"))
    def authorization(self, row: AccessLog) -> str:
        """Lead to the authorization on which something was read; its id stands there, and is long."""
        if row.authorization_id is None:
            return NOTHING
        page = reverse("admin:access_customerauthorization_change", args=[row.authorization_id])
        number = str(row.authorization_id)
        return format_html('<a href="{}" title="{}">{}…</a>', page, number, number[:8])

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessLog]:
        """Read the participant and the person with the row."""
        return super().get_queryset(request).select_related("participant", "user")

    def find(self, request: HttpRequest, queryset: QuerySet[AccessLog], term: str) -> QuerySet[AccessLog]:
        """Search by the index that fits the kind of the code."""
        if (key := uuid_of(term)) is not None:
            return queryset.filter(authorization_id=key)
        if _METERING_POINT.match(term):
            return queryset.filter(meter_eic=term)
        if readers := list(Party.objects.filter(eic=term, type="MARKET_PARTICIPANT").values_list("pk", flat=True)):
            return queryset.filter(participant__in=readers)
        return queryset.filter(customer_eic=term)


@admin.register(CustomerAuthorization)
class CustomerAuthorizationAdmin(ShowsCustomers, ReadOnly, BoundedList):
    list_display = [
        "given_at",
        "about",
        "participant",
        "role",
        "purpose",
        "validity",
        "revoked_at",
        "reads",
    ]
    list_select_related = ["customer", "point", "participant"]
    search_fields = ["point__eic"]
    search_help_text = _(
        "The whole code of a metering point, of the customer, or of the participant that was given it, or an ID"
    )
    ordering = ["-given_at", "-id"]
    readonly_fields = ["reads"]

    def looks_in_list(self, row: CustomerAuthorization) -> Iterable[Look]:
        """Name the customer who gave it."""
        return [Look(Of.AUTHORIZATIONS, row.point.eic, row.customer.eic)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerAuthorization]:
        """Read the customer, the point and the participant with the row."""
        return super().get_queryset(request).select_related("customer", "point", "participant")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show everything, the id first, and the way to what was read on it."""
        return [*(field.name for field in self.opts.fields), "reads"]

    @admin.display(description=_("metering point, customer"))
    def about(self, given: CustomerAuthorization) -> SafeString:
        """Name the metering point and the customer, one below the other."""
        return format_html("{}{}", codes_below(given.point.eic), code_with_name(str(given.customer)))

    @admin.display(description=_("validity"))
    def validity(self, given: CustomerAuthorization) -> SafeString | None:
        """Say from when until when it is valid."""
        return period(given.valid_from, given.valid_to)

    @admin.display(description=_("look-ups"))
    def reads(self, given: CustomerAuthorization) -> str:
        """Lead to the rows of the access log that name it."""
        log = reverse("admin:access_accesslog_changelist", query={SEARCH_VAR: str(given.pk)})
        return format_html('<a href="{}">{}</a>', log, _("Access log"))

    def find(
        self, request: HttpRequest, queryset: QuerySet[CustomerAuthorization], term: str
    ) -> QuerySet[CustomerAuthorization]:
        """Search by the index that fits the kind of the code, looked up first."""
        if (key := uuid_of(term)) is not None:
            return queryset.filter(pk=key)
        if _METERING_POINT.match(term):
            return queryset.filter(point__in=list(MeteringPoint.objects.filter(eic=term)))
        party = Party.objects.filter(eic=term).first()
        if party is None:
            return queryset.none()
        # A participant is a customer too, at its own offices: seen where it was given nothing.
        held = queryset.filter(participant=party)
        return held if held.exists() else queryset.filter(customer=party)
