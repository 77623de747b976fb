"""What the messages are filtered by. Source: `3-distribution.md`, "Scanning"."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datahub.market import ResourceType
from distribution.selectors.browse import EVERYTHING, Sought
from distribution.selectors.log import Window
from portal.forms import CodeField, FilterForm, MomentField

ANY = _("All")
MAX_ID = 2**63 - 1
# A reason, or the beginning of all that were caused by another agreement.
REASONS = [
    ("", ANY),
    ("CREATE", pgettext_lazy("reason", "Created")),
    ("UPDATE", pgettext_lazy("reason", "Changed")),
    ("DELETE", pgettext_lazy("reason", "Deleted")),
    ("CREATE_BC_", _("Created because of another agreement")),
    ("UPDATE_BC_", _("Changed because of another agreement")),
    ("DELETE_BC_", _("Deleted because of another agreement")),
]


def _number(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=MAX_ID,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "form-control code-input"}),
    )


class MessageFilters(FilterForm):
    """What a list of messages is filtered by."""

    type = CodeField(ResourceType, label=_("Type"), empty=ANY)
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    created_from = MomentField(label=_("Created from"))
    created_to = MomentField(label=_("Created up to"))
    id_from = _number(_("From number"))
    id_to = _number(_("To number"))

    def clean(self) -> dict[str, Any]:
        """Refuse what ends before it begins."""
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("created_from"), given.get("created_to")
        if start and end and start >= end:
            self.add_error("created_to", ValidationError(_("This must be later than “Created from”.")))
        first, last = given.get("id_from"), given.get("id_to")
        if first is not None and last is not None and first > last:
            self.add_error("id_to", ValidationError(_("This must not be lower than “From number”.")))
        return given

    def sought(self, *, before: int | None, after: int | None) -> Sought:
        """Give what is looked for."""
        chosen = self.chosen
        types = (chosen["type"],) if "type" in chosen else tuple(ResourceType)
        window = EVERYTHING
        if chosen.keys() & {"created_from", "created_to", "id_from", "id_to"}:
            start: datetime | None = chosen.get("created_from")
            first, last = chosen.get("id_from"), chosen.get("id_to")
            if first is not None or last is not None:
                first, last = first or 0, MAX_ID if last is None else last
            window = Window(start, chosen.get("created_to"), first, last)
        return Sought(types, window, chosen.get("reason", ""), before=before, after=after)
