"""Where staff see what staff did, and how their pages are named. Source: `5-web.md`, "Admin"."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest

from datahub.staff_lists import BoundedList, ReadOnly

admin.site.site_header = "Datahub"
admin.site.site_title = "Datahub"
admin.site.index_title = "Staff"


@admin.register(LogEntry)
class StaffActAdmin(ReadOnly, BoundedList):
    """Every act of staff. What values stood before and after it is in the history of the object."""

    list_display = ["action_time", "user", "action_flag", "content_type", "object_repr", "what"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user__username"]
    search_help_text = "The whole user name of one of the staff"
    ordering = ["-id"]
    fields = ["action_time", "user", "action_flag", "content_type", "object_id", "object_repr", "what"]
    readonly_fields = ["what"]

    @admin.display(description="what was done")
    def what(self, act: LogEntry) -> str:
        """Say what was done, in words."""
        return str(act.get_change_message())

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by who acted."""
        people = get_user_model().objects.filter(username=term).values_list("pk", flat=True)
        return queryset.filter(user__in=list(people))
