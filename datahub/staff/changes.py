"""What staff changed with a form: the values before and after, kept with the log's entry and said in words.

Values are kept as they are, so that each reader has them in her language: codes as codes, instants as instants. What
has a name instead (a party, a group) is kept by the name that it had. No secret is kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.forms.models import InlineForeignKeyField
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext

from datahub.local_times import day_in_words, minute_in_words
from datahub.staff.cells import NOTHING

_LONGEST_VALUE = 500
_MOST_NAMES = 200
_MORE = "…"
_BETWEEN_WORDS = " | "
_SECRETS = ("password", "secret", "token")
# A change of a field as the log keeps it, and one value of it: a text, a truth, or what tells of which kind it is.
Change = dict[str, Any]
Kept = Any


# --- what is kept ---------------------------------------------------------------------------------------------------


def changes_by_part(form: Any, formsets: Iterable[Any] | None, *, is_new: bool) -> list[list[Change]]:
    """Give what was changed in a form and in the rows below it, in the order in which Django notes them."""
    changed = form.changed_data  # compared in the reader's language, in which the form was sent
    found: list[list[Change]] = []
    with translation.override(None):
        if is_new:
            found.append(_held(form, form.cleaned_data))
        elif changed:
            found.append(_changed(form, changed))
        for formset in formsets or ():
            rows = {id(row.instance): row for row in formset.forms}
            found += [_held(rows[id(row)], rows[id(row)].cleaned_data) for row in formset.new_objects]
            found += [_changed(rows[id(row)], names) for row, names in formset.changed_objects]
            found += [_held(rows[id(row)], _before(rows[id(row)])) for row in formset.deleted_objects]
    return found


def _held(form: Any, values: Mapping[str, Any]) -> list[Change]:
    """Give all that a row holds, or held."""
    found = []
    for name, field in _told(form, form.fields):
        value = _kept(form, name, field, values.get(name))
        if value not in (None, []):
            found.append({"field": _label(name, field), "value": value})
    return found


def _changed(form: Any, names: Iterable[str]) -> list[Change]:
    found, before = [], _before(form)
    for name, field in _told(form, names):
        old, new = (_kept(form, name, field, values.get(name)) for values in (before, form.cleaned_data))
        change: Change = {"field": _label(name, field)}
        if isinstance(old, list) or isinstance(new, list):
            had, has = old or [], new or []
            change |= {"added": [one for one in has if one not in had]}
            change |= {"removed": [one for one in had if one not in has]}
        elif old != new:
            change |= {"old": old, "new": new}
        if any(value not in (None, []) for key, value in change.items() if key != "field"):
            found.append(change)
    return found


def _before(form: Any) -> dict[str, Any]:
    """Give the values of a row as they stood when it was read for this form, whatever the form made of it since."""
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}


def _told(form: Any, names: Iterable[str]) -> Iterator[tuple[str, forms.Field]]:
    """Give those of some fields of which the log tells: no secrets, and nothing that only finds a row again."""
    key = _model_of(form)._meta.pk.name if _model_of(form) else None
    for name in names:
        field = form.fields.get(name)
        is_way_to_row = name in (key, "DELETE") or isinstance(field, InlineForeignKeyField)
        if field is not None and not is_way_to_row and not _is_secret(name, field):
            yield name, field


def _is_secret(name: str, field: forms.Field) -> bool:
    is_hidden = isinstance(field, ReadOnlyPasswordHashField) or isinstance(field.widget, forms.PasswordInput)
    return is_hidden or any(word in name.lower() for word in _SECRETS)


def _label(name: str, field: forms.Field) -> str:
    return str(field.label or name)


def _model_of(form: Any) -> Any:
    return getattr(getattr(form, "_meta", None), "model", None)


def _kept(form: Any, name: str, field: forms.Field, value: Any) -> Kept:
    if isinstance(field, forms.ModelChoiceField):
        return _named(field, value)
    try:
        of: Any = _model_of(form)._meta.get_field(name)
    except (AttributeError, FieldDoesNotExist):
        of = None
    if isinstance(value, list | tuple | set | frozenset):
        return _cut([_one(of, one) for one in value])
    return _one(of, value)


def _named(field: forms.ModelChoiceField, value: Any) -> Kept:
    """Give the names of rows that a field holds: one, by its key or itself, or several."""
    if value is None or value == "":
        return None
    is_one = not isinstance(field, forms.ModelMultipleChoiceField)
    given = [value] if is_one else list(value)
    keys = [one.pk if isinstance(one, Model) else one for one in given]
    rows = {one.pk: one for one in given if is_one and isinstance(one, Model)}
    queryset: Any = field.queryset
    # Asked for in one statement, with all that their names need; then what the field no longer offers.
    for offered in (queryset, queryset.model._base_manager):
        if missing := [key for key in keys if key not in rows]:
            rows |= offered.in_bulk(missing)
    own_words = type(field).label_from_instance is not forms.ModelChoiceField.label_from_instance
    names: list[Kept] = []
    for key in keys:
        text = _short(str(field.label_from_instance(rows[key]) if key in rows else key))
        # Words of ours, like those of a right, are said in the reader's language.
        names.append({"words": text} if own_words and _BETWEEN_WORDS in text else text)
    return names[0] if is_one else _cut(sorted(names, key=str))


def _one(field: Field | None, value: Any) -> Kept:
    if value is None or value == "" or isinstance(value, bool):
        return None if value == "" else value
    if isinstance(value, datetime):
        return {"at": value.astimezone(UTC).isoformat()}
    text = str(value)
    if field is not None and text in _words_of(field):
        return {"code": text, "of": f"{field.model._meta.label_lower}.{field.name}"}
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + _MORE


def _words_of(field: Any) -> dict[Any, Any]:
    """Give the words of a field's codes, or of those in an array."""
    of = getattr(field, "base_field", field)
    return dict(getattr(of, "flatchoices", None) or ())


def _cut(values: Sequence[Kept]) -> list[Kept]:
    return [*values[:_MOST_NAMES], *([_MORE] if len(values) > _MOST_NAMES else [])]


# --- what is said ---------------------------------------------------------------------------------------------------


def in_words(changes: Iterable[Change]) -> str:
    """Say what was changed, a sentence for each field."""
    return " ".join(sentence for change in changes for sentence in _sentences(change))


def _sentences(change: Change) -> Iterator[str]:
    field = name_in_words(change["field"])
    if "value" in change:
        yield f"{field}: {_said(change['value'])}."
    elif "old" in change:
        yield f"{field}: {_said(change['old'])} → {_said(change['new'])}."
    if added := change.get("added"):
        yield gettext("%(field)s, added: %(values)s.") % {"field": field, "values": _said(added)}
    if removed := change.get("removed"):
        yield gettext("%(field)s, removed: %(values)s.") % {"field": field, "values": _said(removed)}


def _said(kept: Kept) -> str:
    match kept:
        case None | bool():
            return NOTHING if kept is None else gettext("Yes") if kept else gettext("No")
        case list():
            return ", ".join(_said(one) for one in kept)
        case {"at": instant}:
            return _instant(datetime.fromisoformat(instant))
        case {"code": code, "of": of}:
            return _code(code, of)
        case {"words": words}:
            return _BETWEEN_WORDS.join(name_in_words(word) for word in words.split(_BETWEEN_WORDS))
    return str(kept)


def _instant(instant: datetime) -> str:
    """Say when: a day where it begins at its midnight, as periods of the market do; else to the minute."""
    local = timezone.localtime(instant)
    if local.time() == time():
        return day_in_words(instant)
    return minute_in_words(instant) + (f":{local:%S}" if local.second else "")


def _code(code: str, of: str) -> str:
    model, _dot, name = of.rpartition(".")
    try:
        words = _words_of(apps.get_model(model)._meta.get_field(name))
    except (LookupError, FieldDoesNotExist):
        return code
    return str(words.get(code, code))


def name_in_words(kept: str) -> str:
    """Say the name of a model or a field, which is kept as forms show it, with a capital."""
    found = gettext(kept)
    if not kept or found != kept:
        return found
    small = kept[0].lower() + kept[1:]
    found = gettext(small)
    return kept if found == small else str(capfirst(found))
