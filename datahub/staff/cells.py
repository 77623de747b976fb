"""How the admin's pages show codes, times and changes: codes whole, times to the minute, changes in words.

Source: `5-web.md`, "Admin".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import display_for_value
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, DateTimeField, Field, ForeignKey, Model
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from simple_history.template_utils import HistoricalRecordContextHelper

from datahub.local_times import day_in_words

NOTHING = "–"
_CODE_FIRST = re.compile(r"([0-9]{2}[A-Z][A-Z0-9-]{13})(-\S+)?(?: (.*))?", re.DOTALL)
# Longer values are cut in a history, each by itself.
_LONGEST_VALUE = 2_000
Column = Callable[[Any], Any]


def code_with_name(text: str) -> SafeString | str:
    """Write what begins with an EIC code with the code in one piece, and below it the name that follows.

    What a technical user's ID adds to the code stands behind it where there is room.
    """
    parts = _CODE_FIRST.fullmatch(text)
    if parts is None:
        return text
    code, suffix, name = parts.groups()
    shown = format_html('<span class="code">{}</span>', code)
    if suffix:
        shown = format_html("{}<wbr>{}", shown, suffix)
    return format_html("{}<br>{}", shown, name) if name else shown


def minute(instant: datetime) -> SafeString:
    """Write an instant to the minute; its second is told to who points at it."""
    local = timezone.localtime(instant)
    return format_html(
        '<span title="{}"><span class="code">{}</span> <span class="code">{}</span></span>',
        display_for_value(instant, NOTHING),
        day_in_words(instant),
        f"{local:%H:%M}",
    )


def codes_below(*codes: str) -> SafeString:
    """Write codes one below the other, each in one piece; empty ones are left out."""
    return format_html_join("", '<div class="code">{}</div>', ([code] for code in codes if code))


def period(start: datetime | None, end: datetime | None) -> SafeString | None:
    """Write a period in one narrow column; None for none."""
    if start is None and end is None:
        return None
    return format_html("{} –<br>{}", minute(start) if start else "…", minute(end) if end else "…")


def columns(model: type[Model], names: Sequence[Any]) -> list[Any]:
    """Give the columns of a list, with instants and codes shown as lists have room for."""
    return [_column(model, name) for name in names]


def _column(model: type[Model], name: Any) -> Any:
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    if isinstance(field, DateTimeField):
        return _shown(field, minute)
    if isinstance(field, ForeignKey) or (isinstance(field, CharField) and not field.choices):
        return _shown(field, lambda value: code_with_name(str(value)))
    return name


def _shown(field: Any, say: Callable[[Any], Any]) -> Column:
    def column(row: Model) -> Any:
        value = getattr(row, field.name)
        return None if value is None else say(value)

    column.__name__ = field.name
    column.short_description = field.verbose_name  # type: ignore[attr-defined]  # the admin's heading
    return column


def changes_in_words(changes: Iterable[Any]) -> SafeString:
    """Write changes one below the other: each has a `label`, and `before` and `after` in words."""
    return render_to_string("admin/staff/changes.html", {"changes": list(changes)})


class HistoryInWords(HistoricalRecordContextHelper):
    """Says what a row's history changed as forms show it: codes in words, times as local ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_displayed_delta_change_chars=_LONGEST_VALUE, **kwargs)

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """Give a value in words."""
        field: Any = self.model._meta.get_field(change.field)
        prepared = super().prepare_delta_change_value(change, value)
        if isinstance(prepared, list):
            of = getattr(field, "base_field", None)
            return ", ".join(_in_words(of, one) for one in prepared) or NOTHING
        return _in_words(field, prepared)


def _in_words(field: Field | None, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    words = dict(getattr(field, "flatchoices", None) or ())
    return str(words.get(value) or display_for_value(value, NOTHING))
