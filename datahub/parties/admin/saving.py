"""Saving from the admin by the services: what they refuse stands at its field, and then nothing is saved.

A page is checked by its forms, then saved in one transaction. What a service refuses there takes the whole save back,
and the page is shown anew with the faults at their rows. So the rules stand in the services alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.forms.models import BaseInlineFormSet, construct_instance
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from psycopg.errors import DeadlockDetected, ExclusionViolation, UniqueViolation

from datahub.errors import DomainError, Fault
from portal.words.faults import fault_text

# How often a page is saved again after another was saved at the same instant.
_TURNS = 3
_LOST_TO_ANOTHER = (UniqueViolation, ExclusionViolation, DeadlockDetected)
# Faults by the prefix of a formset and the number of its row; "" is the page's own form, None what has no row.
Faults = dict[tuple[str | None, int | None], tuple[Fault, ...]]
_OWN_FORM = ("", None)


class Refused(Exception):
    """What services refused of a page."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("a page was refused")
        self.faults = faults


def messages_of(faults: Iterable[Fault], labels: Mapping[str, str] | None = None) -> list[str]:
    """Say faults of the whole, or of the one field that they are raised for; `labels` as of `fault_text`."""
    return [fault_text(fault, labels or {}) for fault in faults]


def add_faults(form: forms.BaseForm, faults: Iterable[Fault], fields: Mapping[str, str] | None = None) -> None:
    """Add each fault at the field that the end of its path names, else on top; `fields` has the names that differ."""
    named = {name: name for name, field in form.fields.items() if not field.widget.is_hidden} | dict(fields or {})
    labels = {end: str(form.fields[name].label or name) for end, name in named.items() if name in form.fields}
    # What is said of other rows is not said of this one's field.
    labels.pop(form.prefix.rpartition("-")[0] if form.prefix else "", None)
    for fault in faults:
        end = str(fault.args[0]).rpartition(".")[2].partition("[")[0] if fault.args else ""
        field = named.get(end)
        form.add_error(field, fault_text(fault, labels, at_field=field is not None))


class RefusableForm(forms.ModelForm):
    """A form on a page of which something may be refused."""

    refused: tuple[Fault, ...] = ()
    # The names of the faults' fields in the form, where they differ.
    fault_fields: Mapping[str, str] = {}

    def clean(self) -> dict[str, Any]:
        """Add what was refused."""
        given = super().clean() or {}
        add_faults(self, self.refused, self.fault_fields)
        return given


class ServedForm(RefusableForm):
    """A form that a service saves: what each field can check it checks, the rest the service asks."""

    def _post_clean(self) -> None:
        # Without the row's own validation, which would ask the database's constraints before the service does.
        self.instance = construct_instance(self, self.instance, self._meta.fields)


class ServedFormSet(BaseInlineFormSet):
    """Rows of an inline that services save one by one."""

    refused: Mapping[int | None, tuple[Fault, ...]] = {}

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name the fields to who does not see the headings of their columns."""
        super().add_fields(form, index)
        for field in form.fields.values():
            if field.label:
                field.widget.attrs.setdefault("aria-label", str(capfirst(field.label)))

    def validate_unique(self) -> None:
        """Leave it to the services."""

    def clean(self) -> None:
        """Add what the services refused."""
        super().clean()
        form: Any
        for number, form in enumerate(self.forms):
            if form not in self.deleted_forms:
                add_faults(form, self.refused.get(number, ()), form.fault_fields)
        if None in self.refused:
            model: Any = self.model
            heading = str(capfirst(model._meta.verbose_name_plural))
            raise ValidationError(messages_of(self.refused[None], {str(self.prefix): heading}))

    def save_rows(self) -> None:
        """Save every row that was added, changed or taken back; raises Refused with the faults of all of them."""
        self.save(commit=False)  # only notes for the log what is done
        faults: Faults = {}
        for number, form in enumerate(self.forms):
            # A row that is taken back shows no faults of its own.
            taken_back = form in self.deleted_forms
            try:
                if taken_back:
                    self.take_back(form.instance)
                elif form.has_changed() and form.instance.pk is None:
                    self.add(form.instance)
                elif form.has_changed():
                    self.change(form.instance)
            except DomainError as error:
                row = self.prefix, None if taken_back else number
                faults[row] = faults.get(row, ()) + error.faults
        if faults:
            raise Refused(faults)

    def add(self, row: Any) -> None:
        """Save a row that is new."""
        raise NotImplementedError

    def change(self, row: Any) -> None:
        """Save a row that was changed."""
        raise NotImplementedError

    def take_back(self, row: Any) -> None:
        """Delete a row."""
        raise NotImplementedError


def _refused(request: HttpRequest) -> Faults:
    return getattr(request, "refused", {})


class ServedInline(admin.TabularInline):
    """An inline of a ServedFormSet: whoever may view or change its page may so its rows, which belong to it."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look who may look at the page."""
        return self._page().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those add rows who may save the page."""
        return self._may_save(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those change rows who may save the page."""
        return self._may_save(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those take rows back who may save the page."""
        return self._may_save(request, obj)

    def _may_save(self, request: HttpRequest, obj: Any) -> bool:
        page = self._page()
        return page.has_add_permission(request) if obj is None else page.has_change_permission(request, obj)

    def _page(self) -> admin.ModelAdmin:
        return self.admin_site.get_model_admin(self.parent_model)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Give the formset what the services refused of it."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        prefix = formset.get_default_prefix()
        formset.refused = {row: faults for (where, row), faults in _refused(request).items() if where == prefix}
        return formset


class SavedByServices(admin.ModelAdmin):
    """A ModelAdmin whose saves may be refused, by a service or because another saved at the same instant."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page again with what was refused; who lost to another is told by the checks what now stands."""
        for _ in range(_TURNS):
            try:
                return super().changeform_view(request, *args, **kwargs)
            except Refused as error:
                self._show_refused(request, error.faults)
            except DomainError as error:
                self._show_refused(request, {_OWN_FORM: error.faults})
            except DatabaseError as error:
                if not isinstance(error.__cause__, _LOST_TO_ANOTHER):
                    raise
        return super().changeform_view(request, *args, **kwargs)

    def _show_refused(self, request: HttpRequest, faults: Faults) -> None:
        request.refused = faults  # type: ignore[attr-defined]  # from here to the forms of the next turn

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Give the form what was refused of it."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refused = _refused(request).get(_OWN_FORM, ())
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save all formsets, so that the faults of all are found in one pass."""
        form.save_m2m()
        faults: Faults = {}
        for formset in formsets:
            try:
                self.save_formset(request, form, formset, change=change)
            except Refused as error:
                faults |= error.faults
        if faults:
            raise Refused(faults)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save by the services what they save."""
        if isinstance(formset, ServedFormSet):
            formset.save_rows()
        else:
            super().save_formset(request, form, formset, change)
