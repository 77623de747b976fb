"""Where staff see what waits to be told, try again what was set aside, or give it up. Source: `5-web.md`, "Admin"."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from datahub.outbox import finished
from datahub.outbox.models import ProcessedUnit, Unit
from datahub.staff_lists import BoundedList, ReadOnly, whole_number


class SetAsideFilter(admin.SimpleListFilter):
    """Those that were set aside after too many failures; those that failed and will be tried again."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Give the states."""
        return [("aside", _("set aside")), ("failed", _("failed, tried again later")), ("new", _("not tried yet"))]

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


@admin.register(Unit)
class UnitAdmin(ReadOnly, BoundedList):
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

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Follow a unit that waits no longer to where it is kept: the log of staff's acts leads here."""
        number = whole_number(object_id)
        told = number is not None and not Unit.objects.filter(pk=number).exists()
        if told and ProcessedUnit.objects.filter(pk=number).exists():
            return redirect("admin:outbox_processedunit_change", number)
        return super().change_view(request, object_id, *args, **kwargs)

    @admin.display(description=_("metering points"))
    def first_lanes(self, unit: Unit) -> str:
        """Name the first of the points that the save was about."""
        more = len(unit.lanes) - 3
        return ", ".join(unit.lanes[:3]) + (f" + {more}" if more > 0 else "")

    def find(self, request: HttpRequest, queryset: QuerySet[Unit], term: str) -> QuerySet[Unit]:
        """Search by the unit's number or by a metering point. Few units wait, so that one look through all will do."""
        number = whole_number(term)
        return queryset.filter(lanes__contains=[term]) if number is None else queryset.filter(pk=number)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Let those repair who may change units."""
        return request.user.has_perm("outbox.change_unit")

    @admin.action(description=_("Try again now"), permissions=["repair"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Unit]) -> None:
        """Have the chosen units worked at once, all attempts anew."""
        ids = list(queryset.values_list("pk", flat=True))
        with transaction.atomic():
            self._log(request, queryset.filter(pk__in=ids), CHANGE, "Tried again")
            finished.retry(ids)
        done = ngettext("%(count)s unit is tried again.", "%(count)s units are tried again.", len(ids))
        self.message_user(request, done % {"count": len(ids)}, messages.SUCCESS)

    @admin.action(description=_("Drop: tell nobody, and let what it holds back go on"), permissions=["repair"])
    def drop(self, request: HttpRequest, queryset: QuerySet[Unit]) -> TemplateResponse | None:
        """Ask once, then give the chosen units up; only those that were set aside."""
        aside = queryset.filter(set_aside_at__isnull=False)
        if not aside.exists():
            self.message_user(request, _("Only units that were set aside can be dropped."), messages.WARNING)
            return None
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Drop these units?"),
                "units": aside.order_by("pk"),
            }
            return TemplateResponse(request, "admin/outbox/unit/drop.html", context)
        ids = list(aside.values_list("pk", flat=True))
        with transaction.atomic():
            self._log(request, queryset.filter(pk__in=ids), DELETION, "Dropped")
            finished.drop(ids, now=timezone.now())
        done = ngettext("%(count)s unit was dropped.", "%(count)s units were dropped.", len(ids))
        self.message_user(request, done % {"count": len(ids)}, messages.SUCCESS)
        return None

    def _log(self, request: HttpRequest, units: QuerySet[Unit], flag: int, what: str) -> None:
        for unit in units:
            LogEntry.objects.log_actions(
                str(request.user.pk), [unit], flag, change_message=f"{what}; its last error was: {unit.last_error}"
            )


@admin.register(ProcessedUnit)
class ProcessedUnitAdmin(ReadOnly, BoundedList):
    list_display = ["id", "outcome", "saved_at", "processed_at", "sender_eic"]
    search_fields = ["id"]
    search_help_text = _("The number of a unit")
    ordering = ["-id"]

    def find(self, request: HttpRequest, queryset: QuerySet[ProcessedUnit], term: str) -> QuerySet[ProcessedUnit]:
        """Search by the unit's number."""
        number = whole_number(term)
        return queryset.none() if number is None else queryset.filter(pk=number)
