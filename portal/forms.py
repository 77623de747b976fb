"""Forms of the pages: their look, fields of the market, and the faults of services at the fields that they are about.

What has a wrong shape is said by the fields here; what the market's rules refuse is said by the services, and put to
the field that a fault's path names. Source: `5-web.md`: "every error says what was wrong, at the field".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datahub.errors import DomainError
from datahub.market import Commodity
from datahub.market_time import FIRST_YEAR, LAST_YEAR, day_start, on_the_clock
from datahub.parties import eic
from datahub.texts import has_lines, has_unseen
from portal.sheets.messages import TIME_SKIPPED
from portal.words.faults import fault_text, field_of, names
from portal.words.labels import label

Saved = TypeVar("Saved")
_CHOOSE = _("Please choose")
# As browsers send a date, and as people write one who have no picker for it.
DAY_FORMATS = ["%Y-%m-%d", "%d.%m.%Y"]
MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"]
_CLASSES: Mapping[str, str] = {
    "checkbox": "form-check-input",
    "select": "form-select",
    "radio": "form-check-input",
}


class PageField(forms.BoundField):
    """A field of a form with what its template asks of it, worked out once: some pages have dozens."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Leave out how long a text may be: browsers cut what is pasted without a word, and another number is sent.

        The field refuses a text that is too long, and says so.
        """
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        return built | {"maxlength": False} if "maxlength" in (widget or self.field.widget).attrs else built

    @cached_property
    def faults(self) -> list[Any]:
        """What is wrong with it, in words."""
        return list(self.errors)

    @cached_property
    def is_group(self) -> bool:
        """Whether it is several inputs under one legend."""
        return bool(self.use_fieldset)

    @cached_property
    def is_check(self) -> bool:
        """Whether it is one box to tick, with its label behind it."""
        return not self.is_group and getattr(self.field.widget, "input_type", "") == "checkbox"

    @cached_property
    def is_optional(self) -> bool:
        """Whether it says that it may be left out."""
        form: Any = self.form
        return not self.field.required and not form.is_filter and self.name not in form.conditional


class PageRenderer(TemplatesSetting):
    """Renders fields with the pages' own templates."""

    field_template_name = "portal/forms/field.html"
    bound_field_class = PageField


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong in a form, for the list above it."""

    field_id: str
    label: str
    text: str

    @property
    def says_label(self) -> bool:
        """Whether the text begins with the label, which is not said twice then."""
        return names(self.text, self.label)

    @property
    def colon(self) -> str:
        """What stands between label and text: nothing behind a question."""
        return "" if self.label.endswith("?") else ":"


def _all_seen(text: str) -> None:
    if has_unseen(text):
        raise ValidationError(_("The text contains invisible characters. Type it again."))


def _on_one_line(text: str) -> None:
    if has_lines(text):
        raise ValidationError(_("The text must be on one line."))


class PageForm(forms.Form):
    """A form as the pages show it.

    `paths` says which field a fault's path is about, by the path or any end of it:
    `{"directMessageRequest.meterEic": "meter_eic"}`. Fields that may be left out only as others are filled in
    (`conditional`) are not called optional; their help says when they are needed.
    """

    default_renderer = PageRenderer
    # Whether what is sent is saved, or only the next question follows.
    saves: ClassVar[bool] = True
    paths: ClassVar[Mapping[str, str]] = {}
    is_filter: ClassVar[bool] = False
    conditional: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **named: Any) -> None:
        named.setdefault("label_suffix", "")
        super().__init__(*args, **named)
        for field in self.fields.values():
            widget = field.widget
            kind = "select" if isinstance(widget, forms.Select) else getattr(widget, "input_type", "")
            if not isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
                widget.attrs.setdefault("class", _CLASSES.get(kind, "form-control"))

    def full_clean(self) -> None:
        """Clean what was sent; every text that people write has only signs that can be seen."""
        for field in self.fields.values():
            # What a UUID is read from has no other signs, and it is no text any more when validators see it.
            if (
                isinstance(field, forms.CharField)
                and not isinstance(field, forms.UUIDField)
                and not field.widget.is_hidden
            ):
                lines = isinstance(field.widget, forms.Textarea)
                for validator in (_all_seen,) if lines else (_all_seen, _on_one_line):
                    if validator not in field.validators:
                        field.validators.append(validator)
        super().full_clean()

    @property
    def errors_in_words(self) -> list[Wrong]:
        """Give all that is wrong, in the order of the fields; what is about none of them comes first."""
        whole = [Wrong("", "", str(text)) for text in self.non_field_errors()]
        return whole + [
            Wrong(bound.id_for_label or bound.auto_id, str(bound.label), str(text))
            for bound in self
            for text in bound.errors
        ]

    def refuse(self, error: DomainError) -> None:
        """Say all faults of an error, each at the field that it is about."""
        labels = {path: str(self[name].label) for path, name in self.paths.items() if name in self.fields}
        for fault in error.faults:
            name = field_of(fault, self.paths)
            is_there = name in self.fields
            self.add_error(name if is_there else None, fault_text(fault, labels, at_field=is_there))

    def saved(self, save: Callable[[], Saved]) -> Saved | None:
        """Save what was sent, if its shape is right; None, and the form says why, if it is not or was refused."""
        if not self.is_valid():
            return None
        try:
            return save()
        except DomainError as error:
            self.refuse(error)
            return None


class FilterForm(PageForm):
    """Filters of a list, sent by GET: all may be left out, and none says so."""

    is_filter = True

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for field in self.fields.values():
            field.required = False

    @property
    def chosen(self) -> dict[str, Any]:
        """Give the filters that say something, checked; those that are wrong say so at their fields."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @property
    def is_wrong(self) -> bool:
        """Whether a filter cannot be understood; then nothing is looked for."""
        return self.is_bound and not self.is_valid()


class EicField(forms.CharField):
    """A code of a kind (`datahub.parties.eic`), with or without spaces and in any case; cleaned to the code."""

    def __init__(self, *, kind: str, **named: Any) -> None:
        self.kind = kind
        named.setdefault("max_length", 40)
        super().__init__(**named)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "class": "form-control code-input"}

    def clean(self, value: Any) -> str:
        """Check the code."""
        code = "".join(super().clean(value).split()).upper()
        if not code:
            return code
        wrong = eic.check(code, kind=self.kind, path="")
        if wrong is not None:
            raise ValidationError(fault_text(wrong, {"": str(self.label or _("The code"))}, at_field=True))
        return code


def _year_known(moment: date) -> None:
    """Refuse a year that the hub takes nowhere: what is reckoned from it would leave the calendar."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(
            _("The year must be between %(first)s and %(last)s."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
        )


class DayField(forms.DateField):
    """A local day of a year that the hub knows."""

    default_validators = [_year_known]

    def __init__(self, **named: Any) -> None:
        named.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        named.setdefault("input_formats", DAY_FORMATS)
        super().__init__(**named)


class MomentField(forms.DateTimeField):
    """An instant, given to the minute in the market's time; of an hour that comes twice the first is meant."""

    default_validators = [_year_known]

    def __init__(self, **named: Any) -> None:
        named.setdefault("widget", forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}))
        named.setdefault("input_formats", MOMENT_FORMATS)
        super().__init__(**named)

    def to_python(self, value: Any) -> datetime | None:
        """Read the instant; what the clock skips is none."""
        try:
            read: datetime | None = super().to_python(value)
        except ValidationError as refused:
            if refused.code != "ambiguous_timezone":
                raise
            instants = on_the_clock((refused.params or {})["datetime"])
            if not instants:
                raise ValidationError(gettext(TIME_SKIPPED)) from None
            read = instants[0]
        return read


def code_choices(codes: type[StrEnum] | list[Any], *, empty: Any = None) -> Callable[[], list[tuple[str, Any]]]:
    """Give codes with their labels as choices, in the language of the request; `empty`: what no choice is called."""

    def choices() -> list[tuple[str, Any]]:
        first = [] if empty is None else [("", empty)]
        return first + [(str(code), label(code)) for code in codes]

    return choices


class CodeField(forms.TypedChoiceField):
    """One code of a list, cleaned to its enum; `empty` stands for none where the field is not required."""

    def __init__(
        self,
        codes: type[StrEnum],
        *,
        only: list[Any] | None = None,
        empty: Any = _CHOOSE,
        **named: Any,
    ) -> None:
        named.setdefault("empty_value", None)
        super().__init__(choices=code_choices(only or codes, empty=empty), coerce=codes, **named)


def start_of(day: date | None, commodity: Commodity) -> datetime | None:
    """Give the instant at which a local day (for gas: a gas day) begins."""
    return None if day is None else day_start(day, commodity)


def end_of(last_day: date | None, commodity: Commodity) -> datetime | None:
    """Give the instant at which a local day (for gas: a gas day) has ended."""
    return None if last_day is None else day_start(last_day + timedelta(days=1), commodity)
