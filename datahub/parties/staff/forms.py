"""What staff fill in to sign in."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from datahub.addresses import address_of
from datahub.parties.services import second_factor
from datahub.sign_in_limits import Attempts

_CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


def code_field(**options: Any) -> forms.CharField:
    """Give a field for a one-time code."""
    return forms.CharField(
        label=_("One-time code"), max_length=16, strip=True, widget=forms.TextInput(attrs=_CODE), **options
    )


class SignInForm(AdminAuthenticationForm):
    """User name, password and one-time code together; what of them is wrong is not said."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _(
            "The user name, password and code do not match, or the code has already been used. Wait for your app to"
            " show the next code, then try again."
        ),
    }
    code = code_field(required=False)

    def clean(self) -> dict[str, Any]:
        """Check all three, unless too many attempts have failed."""
        assert self.request is not None  # noqa: S101 - the view gives it
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username is None or not password or "code" not in self.cleaned_data:
            return self.cleaned_data
        attempts = Attempts(f"staff:{username}", address_of(self.request), timezone.now())
        if seconds := attempts.begin():
            raise too_many(seconds)
        given: dict[str, Any] = super().clean()
        user: Any = self.get_user()
        if second_factor.has_second_factor(user):
            user.otp_device = second_factor.check_code(user=user, code=given["code"])
            if user.otp_device is None:
                raise self.get_invalid_login_error()
        attempts.take_back()
        return given


def too_many(seconds: int) -> ValidationError:
    """Say how long to wait."""
    minutes = -(-seconds // 60)
    said = ngettext(
        "Too many failed attempts. Try again in %(minutes)s minute.",
        "Too many failed attempts. Try again in %(minutes)s minutes.",
        minutes,
    )
    return ValidationError(said % {"minutes": minutes}, code="too_many")


class CodeForm(forms.Form):
    """The code that shows that the app has the secret."""

    required_css_class = "required"
    code = code_field(
        help_text=_("The six digits that the app shows now"),
        error_messages={"required": _("Enter the six digits that the app shows.")},
    )

    def clean_code(self) -> str:
        """Let spaces pass, as apps show them."""
        return str(self.cleaned_data["code"]).replace(" ", "")
