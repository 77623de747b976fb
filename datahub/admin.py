"""Where staff see what staff did. Source: `5-web.md`, "Admin"."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from datahub.staff import acts
from datahub.staff.lists import BoundedList, DaysFilter, ReadOnly

_LONGEST_IN_LIST = 400


class ActedOnDays(DaysFilter):
    title = _("days of the actions")
    column = "action_time"


@admin.register(LogEntry)
class StaffActAdmin(ReadOnly, BoundedList):
    """Every act of staff, with the values before and after of what was changed by a form, secrets left out."""

    list_display = ["action_time", "user", "kind", "content_type", "object_repr", "in_short"]
    list_select_related = ["user", "content_type"]
    list_filter = [ActedOnDays]
    search_fields = ["user__username"]
    search_help_text = _("The whole user name of a member of staff")
    ordering = ["-id"]
    fields = ["action_time", "user", "kind", "content_type", "object_id", "object_repr", "what"]
    readonly_fields = ["kind", "what"]

    @admin.display(description=_("kind of action"))
    def kind(self, act: LogEntry) -> str:
        """Say of what kind it was."""
        return acts.kind(act)

    @admin.display(description=_("what was done"))
    def what(self, act: LogEntry) -> str:
        """Say what was done, in words."""
        return acts.in_words(act)

    @admin.display(description=_("what was done"))
    def in_short(self, act: LogEntry) -> str:
        """Say what was done as far as a list has room for it; the whole stands on the page of the act."""
        return Truncator(acts.in_words(act)).chars(_LONGEST_IN_LIST)

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by who acted."""
        people = get_user_model().objects.filter(username=term).values_list("pk", flat=True)
        return queryset.filter(user__in=list(people))
