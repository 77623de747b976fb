"""Which signs a text of people may have: one rule for the forms, the workbooks and the bodies of the API.

A sign that nobody sees may hide a text, or turn the one beside it around. Pure functions.
"""

import unicodedata

# Control characters, halves of signs, and signs without a look of their own, those that turn the direction among them.
_UNSEEN = frozenset({"Cc", "Cs", "Cf"})
# Blanks and ends of lines are seen; a soft hyphen, and what joins letters or keeps them apart, belong to writing.
_SEEN_THEREBY = frozenset("\t\n\r\u00ad\u200c\u200d")
_LINE_ENDS = frozenset("\n\r\u2028\u2029")


def is_unseen(sign: str) -> bool:
    """Tell whether a sign is one that no text may have."""
    return unicodedata.category(sign) in _UNSEEN and sign not in _SEEN_THEREBY


def has_unseen(text: str) -> bool:
    """Tell whether a text has a sign that no text may have."""
    return not text.isprintable() and any(is_unseen(sign) for sign in text)


def has_lines(text: str) -> bool:
    """Tell whether a text goes over more than one line."""
    return not text.isprintable() and not _LINE_ENDS.isdisjoint(text)


def all_seen(text: str) -> str:
    """Write what cannot be seen by its number, as \\u202e."""
    if text.isprintable():
        return text
    return "".join(f"\\u{ord(sign):04x}" if is_unseen(sign) else sign for sign in text)
