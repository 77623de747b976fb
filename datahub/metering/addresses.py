"""Metering points by words of their address. Source: `5-web.md`, "Metering points: search by every attribute"."""

import re
import unicodedata
from collections.abc import Sequence

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from datahub.metering.models import MeteringPoint
from datahub.metering.models.point import ADDRESS_WORDS

# A whole address has some dozen; each word costs a look into the index.
MOST_WORDS = 20
# Of a word with so many letters the beginning is enough; shorter ones would begin half of all words.
_LEAST_BEGUN = 4
# Kinds of places stand in nearly every address, so these are looked for as they are, which takes a fraction of it.
_KINDS_OF_PLACES = frozenset({"maakond", "vald", "linn", "linnaosa", "alev", "alevik", "küla"})
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Give the words of a text, each once, in lower case; signs part them as they do in the index."""
    return list(dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text).lower())))


def at_address(points: QuerySet[MeteringPoint], words: Sequence[str]) -> QuerySet[MeteringPoint]:
    """Keep the points whose address has all of some words (`words_of`), in any order.

    Words with digits, short ones and kinds of places as they are, of the others their beginning.
    """
    asked = " & ".join(f"{word}:*" if _is_begun(word) else word for word in words)
    query = SearchQuery(asked, config="simple", search_type="raw")
    return points.alias(address_words=ADDRESS_WORDS).filter(address_words=query)


def _is_begun(word: str) -> bool:
    return len(word) >= _LEAST_BEGUN and word.isalpha() and word not in _KINDS_OF_PLACES
