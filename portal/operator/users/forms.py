"""The forms of users and technical users. Source: `1-market.md`, "Market roles"."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from datahub.errors import DomainError, Fault, phrase
from datahub.market import Permission
from datahub.parties import countries
from datahub.parties.rules import MAX_OVERLAP
from datahub.parties.services.technical_users import OVERLAP
from portal.forms import FilterForm, PageForm
from portal.words.labels import explanation, label

_HOUR = timedelta(hours=1)
_MISSING = _("Choose at least one.")
_ADMIN_INCLUDES = _("“Administrator” includes all other permissions.")
# The country stands in a field of its own.
_NO_ESTONIAN_CODE = phrase("EE and an Estonian personal code: 11 digits with a correct check digit")
_NO_CODE = phrase("an Estonian personal code: 11 digits with a correct check digit")


class PermissionsField(forms.TypedMultipleChoiceField):
    """What somebody may do: permissions to tick."""

    def __init__(
        self,
        *,
        missing: Any = _MISSING,
        explained: Mapping[Permission, Any] | None = None,
        **named: Any,
    ) -> None:
        """Take what is said where none is ticked, and other explanations than those of the list."""
        named.setdefault("label", _("Permissions"))
        named["error_messages"] = {"required": missing}
        super().__init__(coerce=Permission, widget=forms.CheckboxSelectMultiple, **named)
        self.explained = explained or {}
        self.offer(tuple(Permission))

    def offer(self, permissions: Collection[Permission]) -> None:
        """Let these be chosen, in the order of their list."""
        offered = [one for one in Permission if one in permissions]
        self.choices = lambda: [(one.value, self._in_words(one)) for one in offered]
        self.help_text = _ADMIN_INCLUDES if Permission.ADMIN in offered else ""

    def _in_words(self, permission: Permission) -> str:
        return _in_words(permission, str(self.explained.get(permission, "")) or explanation(permission))


def _in_words(permission: Permission, more: str) -> str:
    return f"{label(permission)}: {more[:1].lower()}{more[1:].rstrip('.')}" if more else label(permission)


class PeopleFilters(FilterForm):
    """What the list of people is filtered by."""

    name = forms.CharField(max_length=100, label=_("Name"))


class PersonForm(PageForm):
    """Somebody who is to act for the participant in the role."""

    paths = {
        "subject": "code",
        "firstName": "first_name",
        "lastName": "last_name",
        "permissions": "permissions",
        "grant.permission": "permissions",
    }

    country = forms.CharField(
        min_length=2,
        max_length=2,
        initial="EE",
        label=_("Country of the personal code"),
        help_text=_("Two letters, such as EE for Estonia."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control code-input"}),
    )
    code = forms.CharField(
        max_length=100,
        label=_("Personal code"),
        help_text=_("This code identifies the person at sign-in."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control code-input"}),
    )
    first_name = forms.CharField(max_length=150, label=_("First name"))
    last_name = forms.CharField(max_length=150, label=_("Last name"))
    permissions = PermissionsField()

    def __init__(self, *args: Any, offered: Collection[Permission], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["permissions"].offer(offered)  # type: ignore[attr-defined]

    def clean_country(self) -> str:
        """Ask for a country that there is."""
        country: str = self.cleaned_data["country"].upper()
        if not countries.is_country(country):
            raise ValidationError(_("There is no country with this code. Enter two letters, such as EE for Estonia."))
        return country

    @property
    def subject(self) -> str:
        """Give the name by which she is known when she signs in."""
        return f"{self.cleaned_data['country']}{self.cleaned_data['code'].strip()}"

    def refuse(self, error: DomainError) -> None:
        """Say of the code what she typed, without its country."""
        instead = {self.subject: self.cleaned_data["code"].strip(), _NO_ESTONIAN_CODE: _NO_CODE}
        faults = [Fault(one.code, tuple(instead.get(arg, arg) for arg in one.args)) for one in error.faults]
        super().refuse(DomainError(faults))


class PermissionsForm(PageForm):
    """What somebody may do from now on."""

    paths = {"permissions": "permissions", "grant.permission": "permissions"}

    permissions = PermissionsField(missing=_("Choose at least one, or remove the user."))

    def __init__(self, *args: Any, offered: Collection[Permission], held: Collection[Permission], **named: Any) -> None:
        super().__init__(*args, initial={"permissions": [one.value for one in held]}, **named)
        self.fields["permissions"].offer({*offered, *held})  # type: ignore[attr-defined]


class RemovalForm(PageForm):
    """Somebody is to do nothing more in the role: nothing to fill in."""

    paths = {"grant.permission": "permissions"}


class NetworksField(forms.CharField):
    """IP networks, one in a line; cleaned to a list."""

    def __init__(self, **named: Any) -> None:
        super().__init__(
            required=False,
            label=_("Allowed networks"),
            help_text=_("One per line, such as 192.0.2.0/24. Leave it empty to allow any address."),
            widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "form-control code-input"}),
            **named,
        )

    def clean(self, value: Any) -> list[str]:
        """Give the lines that say something."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class TechnicalUserForm(PageForm):
    """What a technical user may do, and from where."""

    paths = {"technicalUser.permissions": "permissions", "technicalUser.allowedNetworks": "networks"}

    permissions = PermissionsField(
        explained={Permission.ADMIN: _("Everything, in every role of the company.")},
        # What was changed is told by what the form was opened with: somebody else may have saved the rest meanwhile.
        show_hidden_initial=True,
    )
    networks = NetworksField(show_hidden_initial=True)


class NewTechnicalUserForm(TechnicalUserForm):
    """A technical user that is to be made."""

    paths = TechnicalUserForm.paths | {"technicalUser.suffix": "suffix"}
    field_order = ["suffix", "permissions", "networks"]

    suffix = forms.CharField(
        max_length=40,
        label=_("Last part of the client ID"),
        help_text=_(
            "The client ID is your EIC code, a dash and this part. It cannot be changed later, nor given again once the"
            " technical user is removed."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "form-control code-input"}
        ),
    )


class NewSecretForm(PageForm):
    """How long the former secret goes on; which one was the newest when the form was opened."""

    paths = {"technicalUser.overlapHours": "hours"}

    hours = forms.IntegerField(
        min_value=0,
        max_value=MAX_OVERLAP // _HOUR,
        initial=OVERLAP // _HOUR,
        label=_("For how many hours should the present secret stay valid?"),
        help_text=format_lazy(
            _(
                "Your systems can switch to the new secret during this time. At most {hours} hours; 0 ends the old one"
                " at once."
            ),
            hours=MAX_OVERLAP // _HOUR,
        ),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def overlap(self) -> timedelta:
        """Give for how long the former secret goes on."""
        return timedelta(hours=self.cleaned_data["hours"])

    @property
    def seen_at(self) -> datetime | None:
        """Give when the newest secret was made that was known; None if that cannot be read."""
        try:
            seen = parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            return None
        return seen if seen is not None and seen.tzinfo is not None else None
