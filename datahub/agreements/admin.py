"""Where staff see agreements, and how far what they do at many points is worked out. Source: `5-web.md`, "Admin".

Agreements are the parties' own: nothing is written here, but that what failed at some points is worked out once more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from datahub.agreements.admin_parties import TellingPartyAdmin
from datahub.agreements.models import Agreement, AgreementVersion, FollowUp
from datahub.agreements.rules.consequences import Action
from datahub.agreements.services import follow_ups
from datahub.market import AgreementType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.staff import acts
from datahub.staff.cells import NOTHING, period
from datahub.staff.lists import BoundedList, ReadOnly, whole_number
from datahub.staff.looks import Look, Of, ShowsCustomers
from portal.words.labels import label

__all__ = ["AgreementAdmin", "FollowUpAdmin", "TellingPartyAdmin"]

_EIC = re.compile(r"[0-9]{2}([XZ])[A-Z0-9-]{13}")
# So many points that failed stand in the log, each with so much of its error.
_MOST_FAILED, _MOST_OF_ERROR = 20, 200


class VersionInline(ReadOnly, admin.TabularInline):
    model = AgreementVersion
    template = "admin/staff/rows.html"
    fields = ["version", "saved_at", "known_from", "known_to", "agreement_id", "valid_from", "valid_to"]
    readonly_fields = ["version", "saved_at", "known_from", "known_to", "agreement_id", "valid_from", "valid_to"]
    ordering = ["-version"]


_FOLLOW_UP: list[Any] = [
    "done_by",
    "saved_at",
    "points_total",
    "points_done",
    "points_changed",
    "failures",
    "finished_at",
]


class Caused:
    """Shows what an act does elsewhere by the words of the act."""

    @admin.display(description=_("cause"))
    def done_by(self, follow_up: FollowUp) -> str:
        """Say which act it follows from."""
        kind, _underscore, act = follow_up.cause.rpartition("_")
        return f"{label(kind, AgreementType)}: {label(act, Action)}"

    @admin.display(description=_("failed"))
    def failures(self, follow_up: FollowUp) -> SafeString | str:
        """Name the points that could not be worked, each with its error."""
        rows = sorted(follow_up.failed.items())
        return format_html_join("", '<div><span class="code">{}</span> {}</div>', rows) or NOTHING


class FollowUpInline(Caused, ReadOnly, admin.TabularInline):
    """How far what an act between two parties does at many points is worked out."""

    model = FollowUp
    template = "admin/staff/rows.html"
    fields = _FOLLOW_UP
    readonly_fields = _FOLLOW_UP
    ordering = ["-pk"]


class FollowUpState(admin.SimpleListFilter):
    """Those still worked out; those that failed at some points."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Give the states."""
        return [("waiting", _("still being calculated")), ("failed", _("failed at some points"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
        """Keep the follow-ups in the state chosen."""
        match self.value():
            case "waiting":
                return queryset.filter(finished_at=None)
            case "failed":
                return queryset.exclude(failed={})
        return queryset


def _failed(follow_up: FollowUp) -> str:
    """Name the first points that failed, each with the beginning of its error, and say how many more there were."""
    points = sorted(follow_up.failed.items())
    named = [f"{eic}: {error[:_MOST_OF_ERROR]}" for eic, error in points[:_MOST_FAILED]]
    return "; ".join([*named, f"+{len(points) - len(named)}"] if len(points) > len(named) else named)


def _looks_at_failed(follow_up: FollowUp) -> Iterator[Look]:
    return (Look(Of.POINTS, eic) for eic in follow_up.failed)


@admin.register(FollowUp)
class FollowUpAdmin(ShowsCustomers, Caused, ReadOnly, BoundedList):
    list_display = ["unit_id", "agreement", *_FOLLOW_UP[:-2], "points_failed", "finished_at"]
    list_filter = [FollowUpState]
    list_select_related = ["agreement"]
    search_fields = ["unit_id"]
    search_help_text = _("The unit number of the action")
    ordering = ["-pk"]
    readonly_fields = ["done_by", "failures"]
    actions = ["begin_anew"]

    def looks_on_page(self, row: FollowUp, shown: Mapping[str, Any]) -> Iterable[Look]:
        """Name the points that failed; the agreement is one between two participants."""
        return _looks_at_failed(row) if shown else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show everything, the cause and what failed in words."""
        own = {"cause": "done_by", "failed": "failures"}
        return [own.get(field.name, field.name) for field in self.opts.fields]

    def find(self, request: HttpRequest, queryset: QuerySet[FollowUp], term: str) -> QuerySet[FollowUp]:
        """Search by the number of the act's unit."""
        number = whole_number(term)
        return queryset.none() if number is None else queryset.filter(pk=number)

    @admin.display(description=_("points that failed"))
    def points_failed(self, follow_up: FollowUp) -> int:
        """Count the points that could not be worked."""
        return len(follow_up.failed)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Let those repair who may change follow-ups."""
        return request.user.has_perm("agreements.change_followup")

    @admin.action(description=_("Recalculate at every metering point"), permissions=["repair"])
    def begin_anew(self, request: HttpRequest, queryset: QuerySet[FollowUp]) -> None:
        """Have the chosen follow-ups worked out anew; a point that is as it is due stays as it is."""
        chosen = list(queryset)
        with transaction.atomic():
            acts.log(request, CHANGE, ((one, acts.BEGUN_ANEW.format(_failed(one))) for one in chosen))
            follow_ups.begin_anew([follow_up.pk for follow_up in chosen])
        done = ngettext("%(count)s follow-up is recalculated.", "%(count)s follow-ups are recalculated.", len(chosen))
        self.message_user(request, done % {"count": len(chosen)}, messages.SUCCESS)


@admin.register(Agreement)
class AgreementAdmin(ShowsCustomers, ReadOnly, BoundedList):
    list_display = [
        "type",
        "agreement_id",
        "point",
        "service_provider",
        "customer",
        "commodity",
        "validity",
        "deleted_at",
    ]
    list_filter = ["type", "commodity"]
    list_select_related = ["point", "service_provider", "customer"]
    search_fields = ["agreement_id"]
    search_help_text = _("The whole code of a metering point or a party, or the registrar’s agreement number")
    ordering = ["-pk"]
    inlines = [VersionInline, FollowUpInline]

    def looks_in_list(self, row: Agreement) -> Iterable[Look]:
        """Name the customer of what stands at a point; others are between participants."""
        return [] if row.point is None else [Look(Of.AGREEMENTS, row.point.eic, row.customer.eic)]

    def looks_on_page(self, row: Agreement, shown: Mapping[str, Any]) -> Iterable[Look]:
        """Name the points too at which failed what follows from an agreement."""
        yield from self.looks_in_list(row)
        if shown and row.point is None:
            for follow_up in row.follow_ups.all():
                yield from _looks_at_failed(follow_up)

    @admin.display(description=_("validity"))
    def validity(self, agreement: Agreement) -> SafeString | None:
        """Say from when until when it is valid."""
        return period(agreement.valid_from, agreement.valid_to)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the points and parties with the agreement."""
        related = "point", "parent_point", "service_provider", "customer"
        return super().get_queryset(request).select_related(*related)

    def find(self, request: HttpRequest, queryset: QuerySet[Agreement], term: str) -> QuerySet[Agreement]:
        """Search by the index that fits the kind of the code."""
        kind = _EIC.fullmatch(term)
        if kind is None:
            return queryset.filter(agreement_id=term).exclude(agreement_id="")
        if kind[1] == "Z":
            points = list(MeteringPoint.objects.filter(eic=term).values_list("pk", flat=True))
            return queryset.filter(Q(point__in=points) | Q(parent_point__in=points))
        parties = list(Party.objects.filter(eic=term).values_list("pk", flat=True))
        return queryset.filter(Q(service_provider__in=parties) | Q(customer__in=parties))
