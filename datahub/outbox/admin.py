"""Where staff see what waits to be told, try again what was set aside, or give it up. Source: `5-web.md`, "Admin"."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import chain
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from datahub.outbox import finished
from datahub.outbox.models import ProcessedUnit, Unit, UnitFields
from datahub.staff import acts
from datahub.staff.cells import changes_in_words
from datahub.staff.lists import BoundedList, DaysFilter, ReadOnly, whole_number
from datahub.staff.looks import Look, ShowsCustomers
from datahub.staff.saved import looks_at_changes, looks_at_lanes
from portal.words.saved import saved_changes


class SetAsideFilter(admin.SimpleListFilter):
    """Those that were set aside after too many failures; those that failed and will be tried again."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Give the states."""
        return [("aside", _("set aside")), ("failed", _("failed, will be tried again")), ("new", _("not tried yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Unit]) -> QuerySet[Unit]:
        """Keep the units in the state chosen."""
        match self.value():
            case "aside":
                return queryset.filter(set_aside_at__isnull=False)
            case "failed":
                return queryset.filter(set_aside_at__isnull=True, attempts__gt=0)
            case "new":
                return queryset.filter(attempts=0)
        return queryset


class Saved(ShowsCustomers):
    """Shows in words what a unit changed."""

    def looks_on_page(self, row: UnitFields, shown: Mapping[str, Any]) -> Iterable[Look]:
        """Say of whom the save told."""
        return chain(looks_at_lanes(row.lanes), looks_at_changes(row.changes)) if shown else ()

    @admin.display(description=_("changes"))
    def what_changed(self, unit: UnitFields) -> SafeString:
        """Say what the save changed, each change with its fields."""
        return format_html_join(
            "", "<p>{}</p>{}", ((one.title, changes_in_words(one.changes)) for one in saved_changes(unit.changes))
        )


# Of the points of a unit so many stand in the list.
_LANES_SHOWN = 3


@admin.register(Unit)
class UnitAdmin(Saved, ReadOnly, BoundedList):
    list_display = [
        "id",
        "saved_at",
        "sender_eic",
        "first_lanes",
        "attempts",
        "not_before",
        "set_aside_at",
        "last_error",
    ]
    list_filter = [SetAsideFilter]
    search_fields = ["id"]
    search_help_text = _("The number of a unit, or the whole code of a metering point")
    ordering = ["id"]
    actions = ["retry", "drop"]
    readonly_fields = ["what_changed"]

    def looks_in_list(self, row: Unit) -> Iterable[Look]:
        """Name the points that stand with a unit."""
        return looks_at_lanes(row.lanes[:_LANES_SHOWN])

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show everything, what was changed last."""
        return [*(field.name for field in self.opts.fields if field.name != "changes"), "what_changed"]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Follow a unit that waits no longer to where it is kept: the log of staff's acts leads here."""
        number = whole_number(object_id)
        told = number is not None and not Unit.objects.filter(pk=number).exists()
        if told and ProcessedUnit.objects.filter(pk=number).exists():
            return redirect("admin:outbox_processedunit_change", number)
        return super().change_view(request, object_id, *args, **kwargs)

    @admin.display(description=_("metering points"))
    def first_lanes(self, unit: Unit) -> SafeString:
        """Name the first of the points that the save was about."""
        first = format_html_join(", ", '<span class="code">{}</span>', ([lane] for lane in unit.lanes[:_LANES_SHOWN]))
        more = len(unit.lanes) - _LANES_SHOWN
        return format_html("{} + {}", first, more) if more > 0 else first

    def find(self, request: HttpRequest, queryset: QuerySet[Unit], term: str) -> QuerySet[Unit]:
        """Search by the unit's number or by a metering point. Few units wait, so that one look through all will do."""
        number = whole_number(term)
        return queryset.filter(lanes__contains=[term]) if number is None else queryset.filter(pk=number)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Let those repair who may change units."""
        return request.user.has_perm("outbox.change_unit")

    @admin.action(description=_("Try again now"), permissions=["repair"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Unit]) -> None:
        """Have the chosen units worked at once, all attempts anew; the first of many."""
        ids, is_cut = _first(queryset.filter(attempts__gt=0))
        with transaction.atomic():
            units = finished.retry(ids)
            acts.log(request, CHANGE, ((unit, acts.TRIED_AGAIN.format(unit.last_error)) for unit in units))
        done = ngettext("%(count)s unit will be tried again.", "%(count)s units will be tried again.", len(units))
        self._say(request, done % {"count": len(units)}, is_cut=is_cut)

    @admin.action(
        description=_("Discard: tell nobody, and let the units waiting behind it go on"), permissions=["repair"]
    )
    def drop(self, request: HttpRequest, queryset: QuerySet[Unit]) -> TemplateResponse | None:
        """Ask once, then give the chosen units up; only those that are set aside, the first of many."""
        aside = queryset.filter(set_aside_at__isnull=False)
        ids, is_cut = _first(aside)
        if not ids:
            self.message_user(request, _("Only units that were set aside can be discarded."), messages.WARNING)
            return None
        if "confirmed" not in request.POST:
            units = list(aside.filter(pk__in=ids).only("lanes", "last_error").order_by("pk"))
            self.note_rows(request, units)
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Discard these units?"),
                "units": units,
                "most": acts.MOST_AT_ONCE if is_cut else None,
            }
            return TemplateResponse(request, "admin/outbox/unit/drop.html", context)
        with transaction.atomic():
            units = finished.drop(ids, now=timezone.now())
            acts.log(request, DELETION, ((unit, acts.DROPPED.format(unit.last_error)) for unit in units))
        done = ngettext("%(count)s unit was discarded.", "%(count)s units were discarded.", len(units))
        self._say(request, done % {"count": len(units)}, is_cut=is_cut)
        return None

    def _say(self, request: HttpRequest, done: str, *, is_cut: bool) -> None:
        self.message_user(request, done, messages.SUCCESS)
        if is_cut:
            more = _("No more than %(most)s are taken at once: choose the others again.")
            self.message_user(request, more % {"most": acts.MOST_AT_ONCE}, messages.WARNING)


def _first(units: QuerySet[Unit]) -> tuple[list[int], bool]:
    """Give the numbers of the first units, as many as are taken at once, and whether there are more."""
    ids = list(units.order_by("pk").values_list("pk", flat=True)[: acts.MOST_AT_ONCE + 1])
    return ids[: acts.MOST_AT_ONCE], len(ids) > acts.MOST_AT_ONCE


# The units of so long are looked through for a metering point, where staff name no days: two of the table's partitions.
_LOOKED_THROUGH = timedelta(days=1)


_OUTCOMES = {
    finished.TOLD: _("sent"),
    finished.DROPPED: _("discarded by staff"),
    finished.SPLIT: _("split into smaller units"),
}


class ProcessedOnDays(DaysFilter):
    title = _("days")
    column = "processed_at"
    is_partitioned = True
    ids_follow = False


@admin.register(ProcessedUnit)
class ProcessedUnitAdmin(Saved, ReadOnly, BoundedList):
    list_display = ["id", "what_became", "saved_at", "processed_at", "sender_eic"]
    fields = ["id", "what_became", "saved_at", "processed_at", "sender_eic", "lanes", "what_changed"]
    readonly_fields = ["what_became", "what_changed"]
    list_filter = [ProcessedOnDays]
    search_fields = ["id"]
    search_help_text = _(
        "The number of a unit, or the whole code of a metering point: its units of the chosen days, or the last two"
    )
    ordering = ["-id"]

    @admin.display(description=_("outcome"))
    def what_became(self, unit: ProcessedUnit) -> str:
        """Say what became of it."""
        return str(_OUTCOMES.get(unit.outcome, unit.outcome))

    def find(self, request: HttpRequest, queryset: QuerySet[ProcessedUnit], term: str) -> QuerySet[ProcessedUnit]:
        """Search by the unit's number, or by a point: few look for that, so that one look through some days will do."""
        number = whole_number(term)
        if number is not None:
            return queryset.filter(pk=number)
        if not any(request.GET.get(name) for name in ProcessedOnDays.parameter_names):
            queryset = queryset.filter(processed_at__gte=timezone.now() - _LOOKED_THROUGH)
        return queryset.filter(lanes__contains=[term])
