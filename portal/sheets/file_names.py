"""Names of files as people give them, made safe to keep, to show and to send."""

import unicodedata

MOST_CHARACTERS = 120
_NOT_IN_NAMES = frozenset('<>:"/\\|?*')


def sanitised(name: str) -> str:
    """Give a file's name without its directories and without signs that are unseen or mean something to a system."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if sign.isspace() else sign for sign in name if _is_kept(sign))
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) > MOST_CHARACTERS:
        stem, dot, ending = kept.rpartition(".")
        if not dot or len(ending) > 10:
            stem, dot, ending = kept, "", ""
        kept = stem[: MOST_CHARACTERS - len(ending) - 2].strip() + "…" + dot + ending
    return kept or "file"


def _is_kept(sign: str) -> bool:
    return sign.isspace() or (unicodedata.category(sign)[0] != "C" and sign not in _NOT_IN_NAMES)
