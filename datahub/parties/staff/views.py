"""The pages on which staff sign in, set up their second factor, and have new recovery codes."""

from base64 import b32encode
from typing import Any

import segno
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from datahub.errors import DomainError
from datahub.parties.models import User
from datahub.parties.services import second_factor
from datahub.parties.staff import demo_code, sign_in
from datahub.parties.staff.forms import CodeForm, SignInForm
from datahub.staff import acts

ISSUER = "Datahub"


class SignInView(LoginView):
    """Password and code on one form; who has no device yet sets one up before she is let in."""

    template_name = "admin/staff/sign_in.html"
    authentication_form = SignInForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Let her in, or lead her to setting up her device."""
        user = form.get_user()
        if getattr(user, "otp_device", None) is None:
            sign_in.begin_enrolment(self.request, user, next_path=self.get_success_url(), now=timezone.now())
            return redirect("admin:enrol")
        sign_in.sign_in(self.request, user, user.otp_device)
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Show the demo's code, in the demo."""
        return {**super().get_context_data(**context), "demo_code": demo_code.offered(now=timezone.now())}


class OwnPasswordView(PasswordChangeView):
    """Django's, but that the change stands in the log of what staff did."""

    form_class = AdminPasswordChangeForm
    success_url = reverse_lazy("admin:password_change_done")

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Change it."""
        _log(form.user, acts.OWN_PASSWORD_CHANGED)
        return super().form_valid(form)


def change_own_password(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Let the one who is signed in change her password."""
    shown: Any = OwnPasswordView.as_view(extra_context=context)
    page: HttpResponse = shown(request)
    return page


@sensitive_post_parameters()
def enrol(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the secret of a new device until a code proves that the app has it; then let her in, with recovery codes."""
    begun = sign_in.enrolment(request, now=timezone.now())
    if begun is None:
        sign_in.end_enrolment(request)
        return redirect("admin:login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            done = second_factor.enrol(user=begun.user, key=begun.key, code=form.cleaned_data["code"])
            if done is not None:
                _log(begun.user, acts.SECOND_FACTOR_SET_UP)
        if done is not None:
            sign_in.end_enrolment(request)
            sign_in.sign_in(request, begun.user, done.device)
            return _recovery_codes(request, context, done.recovery_codes, begun.next)
        form.add_error("code", _("This is not the code that the app shows now. Check the time of your phone."))
    secret = b32encode(bytes.fromhex(begun.key)).decode()
    shown = {
        "title": _("Set up your second factor"),
        "form": form,
        "qr_code": _qr_code(begun.user, begun.key),
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "username": begun.user.get_username(),
        "has_permission": False,
    }
    return TemplateResponse(request, "admin/staff/enrol.html", {**context, **shown})


def _qr_code(user: User, key: str) -> SafeString:
    """Draw what an app scans as SVG without any style of its own, dark on light whatever the page's colours."""
    device = second_factor.new_device(user, key)
    drawn = segno.make(f"{device.config_url}&issuer={ISSUER}", error="m", micro=False)
    picture = drawn.svg_inline(scale=5, border=4, light="#fff", svgclass="qr-code", lineclass=None, omitsize=False)
    return mark_safe(picture)  # noqa: S308 - squares alone, no text of anybody


def renew_recovery_codes(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask once, then give new recovery codes to the one who is signed in."""
    user: Any = request.user
    if request.method != "POST":
        shown = {"title": _("New recovery codes"), "left": second_factor.recovery_codes_left(user)}
        return TemplateResponse(request, "admin/staff/renew_recovery_codes.html", {**context, **shown})
    try:
        with transaction.atomic():
            fresh = second_factor.renew_recovery_codes(user=user)
            _log(user, acts.RECOVERY_CODES_MADE)
    except DomainError:
        return redirect("admin:index")
    return _recovery_codes(request, context, fresh, "")


def _recovery_codes(
    request: HttpRequest, context: dict[str, Any], recovery_codes: list[str], next_path: str
) -> HttpResponse:
    shown = {
        "title": _("Your recovery codes"),
        "recovery_codes": recovery_codes,
        "next": next_path,
        "has_permission": True,
        # A sign-in gives the session another token than the one that the context was made with.
        "user": request.user,
    }
    return TemplateResponse(request, "admin/staff/recovery_codes.html", {**context, **shown})


def _log(user: User, what: str) -> None:
    LogEntry.objects.log_actions(str(user.pk), [user], CHANGE, change_message=what)
