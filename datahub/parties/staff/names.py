"""The names of models and fields, and the market's codes, in the language of whoever reads the admin.

Models name themselves in English, in code and migrations alone; the catalogues have the words. They are looked up when
they are shown.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.apps import AppConfig
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy, override


def models_of(configs: Iterable[AppConfig]) -> list[type[Model]]:
    """Give the models of the hub's own apps; other packages bring their own words."""
    own = ("datahub", "distribution", "enquiries", "connections", "portal")
    return [model for one in configs if one.name.partition(".")[0] in own for model in one.get_models()]


def names_of(model: type[Model]) -> set[str]:
    """Give all the English words by which a model, its fields and their help are shown."""
    fields = [field for field in model._meta.get_fields() if isinstance(field, Field)]
    words: set[Any] = {model._meta.verbose_name, model._meta.verbose_name_plural, model._meta.app_config.verbose_name}
    words |= {field.verbose_name for field in fields} | {field.help_text for field in fields}
    return {str(word) for word in words if word}


class CodeInWords(str):
    """A code that is shown as its word. It still equals the code: migrations see what the model was made with."""

    of: type[StrEnum] | None

    def __new__(cls, code: str, of: type[StrEnum] | None = None) -> "CodeInWords":
        """Keep the list that the code is of."""
        made = super().__new__(cls, code)
        made.of = of
        return made

    def __str__(self) -> str:
        """Give the word, in the reader's language."""
        # The words know code lists of all apps, which are not there yet when this module is loaded.
        from portal.words.labels import label  # noqa: PLC0415

        return label(super().__str__(), self.of)


def _lists_by_codes() -> Mapping[frozenset[str], type[StrEnum]]:
    from portal.words.labels import LABELS  # noqa: PLC0415

    # Lists of the same codes have the same words.
    return {frozenset(code.value for code in codes): codes for codes in LABELS}


def say_in_the_readers_language(configs: Iterable[AppConfig]) -> None:
    """Have the names of the hub's models and of their fields looked up in the catalogues whenever they are shown."""
    lists = _lists_by_codes()
    for model in models_of(configs):
        meta: Any = model._meta
        meta.app_config.verbose_name = _looked_up(meta.app_config.verbose_name)
        with override(None):
            # Django makes it of the other when it is asked for, where a model names none.
            plural = str(meta.verbose_name_plural)
        meta.verbose_name, meta.verbose_name_plural = _looked_up(meta.verbose_name), _looked_up(plural)
        for field in meta.local_fields:
            # Migrations write what a field was made with, which this leaves as it is.
            field.verbose_name = _looked_up(field.verbose_name)
            field.help_text = _looked_up(field.help_text)
            # A list of codes has them in the field of its values.
            coded: Any = getattr(field, "base_field", field)
            if coded.choices and all(code == name for code, name in coded.choices):
                of = lists.get(frozenset(code for code, _name in coded.choices))
                coded.choices = [(code, CodeInWords(code, of)) for code, _name in coded.choices]


def _looked_up(word: Any) -> Any:
    return gettext_lazy(word) if isinstance(word, str) and word else word
