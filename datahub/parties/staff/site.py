"""The site of the admin: it answers only sessions that were opened with a second factor."""

from typing import Any

from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from datahub.parties.staff.scripts import ScriptTexts


class StaffSite(AdminSite):
    """Django's site, for those alone who have given a one-time code."""

    site_header = _("Datahub")
    site_title = _("Datahub")
    index_title = _("Staff")
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active members of staff whose session was opened with a second factor."""
        user: Any = request.user
        return super().has_permission(request) and getattr(user, "otp_device", None) is not None

    def get_urls(self) -> list[Any]:
        """Add the pages on which a second factor is set up."""
        enrol = csrf_protect(never_cache(self.enrol))
        return [
            path("enrol/", enrol, name="enrol"),
            path("recovery-codes/", self.admin_view(self.recovery_codes), name="recovery_codes"),
            *super().get_urls(),
        ]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ask for user name, password and code, and lead to where she wanted to go, if that is a page of the hub."""
        # The views know models, which are not there yet when this module is loaded.
        from datahub.parties.staff.views import SignInView  # noqa: PLC0415

        index = reverse("admin:index", current_app=self.name)
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        context = {
            **self.each_context(request),
            "title": _("Sign in"),
            "subtitle": None,
            "app_path": request.path,
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        request.current_app = self.name
        shown: Any = SignInView.as_view(extra_context=context, next_page=index)
        page: HttpResponse = shown(request)
        return page

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Give what the admin's scripts say."""
        return ScriptTexts.as_view()(request)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Offer rows for what one types, and note of which customers they are."""
        from datahub.staff.looks import NotedAutocomplete  # noqa: PLC0415

        offered: Any = NotedAutocomplete.as_view(admin_site=self)(request)
        answer: HttpResponse = offered
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Let somebody change her own password, which the log of what staff did tells."""
        from datahub.parties.staff import views  # noqa: PLC0415

        request.current_app = self.name
        context = {**self.each_context(request), **(extra_context or {})}
        return views.change_own_password(request, context)

    def enrol(self, request: HttpRequest) -> HttpResponse:
        """Let somebody who gave her password set up her device."""
        from datahub.parties.staff import views  # noqa: PLC0415

        return views.enrol(request, self.each_context(request))

    def recovery_codes(self, request: HttpRequest) -> HttpResponse:
        """Give new recovery codes."""
        from datahub.parties.staff import views  # noqa: PLC0415

        return views.renew_recovery_codes(request, self.each_context(request))
