"""English that stands in an Estonian page: a string that was not translated, or stands in no catalogue."""

import gettext
import re
from collections.abc import Iterable
from functools import cache

from datahub.local.supervisor import ROOT

# Words that no Estonian sentence has.
_ENGLISH = re.compile(r"\b(the|of|you|your|with|this|that|which|please|from|cannot|have|been)\b", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


@cache
def _translated() -> frozenset[str]:
    """Give what is said in other words in Estonian, but for what is Estonian, too."""
    catalogue = gettext.GNUTranslations((ROOT / "locale/et/LC_MESSAGES/django.mo").open("rb"))
    said: dict[object, str] = catalogue._catalog  # type: ignore[attr-defined]  # there is no other way to all of it
    pairs = [(key[0] if isinstance(key, tuple) else str(key), value) for key, value in said.items()]
    estonian_too = {estonian for _, estonian in pairs}
    return (
        frozenset(
            _SPACE.sub(" ", english.rpartition("\x04")[2]).strip() for english, estonian in pairs if english != estonian
        )
        - estonian_too
    )


def english_in(texts: Iterable[str]) -> list[str]:
    """Give those of the texts that are English."""
    found = []
    for text in texts:
        plain = _SPACE.sub(" ", text).strip()
        if plain and (plain in _translated() or _ENGLISH.search(plain)):
            found.append(plain)
    return found
