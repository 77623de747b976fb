"""What is wrong, in the reader's language and in the words of the page that she looks at.

Source: `5-web.md`: every error says what was wrong, at the field.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from datahub.errors import Fault, codes
from datahub.errors.phrases import Listing, Phrase, Written
from portal.words import said
from portal.words.fields import FIELDS
from portal.words.labels import in_sentence, label
from portal.words.times import said_day, said_instant, said_number

# What a person typed is given back so that she finds it again, never at length.
_LONGEST = 200
_PATH = re.compile(r"[a-z]\w*(\[\w*\])?(\.\w+(\[\w*\])?)*", re.ASCII)
# Beside the first argument, which is a path by custom, only what cannot be a word of somebody's.
_SURELY_PATH = re.compile(r"[a-z]\w*([A-Z.\[])")
_INDEX = re.compile(r"\[\w*\]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d+)?", re.ASCII)
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", re.ASCII)
# The words inside of what documents keep of a fault, which is its text alone.
_KEPT_WORDS = (
    "{0}, like the other readings of {1} in the message",
    "{0}, like the readings that day already has, unless all of those are replaced",
    "left out: electricity has no volume",
    "context",
)


def fault_text(fault: Fault, labels: Mapping[str, str], *, at_field: bool = False) -> str:
    """Say a fault as a sentence; `labels` are those of the page's fields, by their paths.

    `at_field`: it stands at the field that it is about, whose label need not be said again.
    """
    args = fault.args if said.is_exact(fault.code) else tuple(map(_to_the_minute, fault.args))
    values = [_said(arg, labels, is_first=number == 0) for number, arg in enumerate(args)]
    text = _(said.message_at_field(fault.code) if at_field else said.message_of(fault.code)).format(*values)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


def field_of(fault: Fault, paths: Mapping[str, str]) -> str | None:
    """Give the form's field that a fault belongs to, None for one of the whole; `paths`: path → field.

    The longest path counts that is the fault's, with or without list indices, that it lies in, or that it ends with.
    """
    named = _path_in(fault.args[0]) if fault.args else None
    found = None if named is None else _match(named, paths)
    return None if found is None else paths[found]


def kept_fault_text(name: str, message: str, labels: Mapping[str, str]) -> str:
    """Say a fault of which the code's name and the English text were kept; what cannot be read stays as it is."""
    for code in codes.every_code():
        match = _pattern(code.message).fullmatch(message) if code.name == name else None
        if match is not None:
            found = match.groupdict()
            args = tuple(_reread(found.get(f"v{number}", "")) for number in range(len(found)))
            return fault_text(Fault(code, args), labels)
    return message


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Give the pattern of all texts that a template makes."""
    seen: set[str] = set()
    parts = []
    for part in re.split(r"(\{\d+\})", template):
        if not (place := re.fullmatch(r"\{(\d+)\}", part)):
            parts.append(re.escape(part))
        elif place[1] in seen:
            parts.append(f"(?P=v{place[1]})")
        else:
            seen.add(place[1])
            parts.append(f"(?P<v{place[1]}>.*?)")
    return re.compile("".join(parts), re.DOTALL)


def _reread(text: str) -> str:
    """Give a value of a kept text with what it is made of, as far as it shows."""
    for template in _KEPT_WORDS:
        match = _pattern(template).fullmatch(text)
        if match is not None:
            return Phrase(template, *(match[f"v{number}"] for number in range(len(match.groupdict()))))
    for word in ("or", "and"):
        items = text.split(f" {word} ")
        if len(items) > 1 and all(_CODE.fullmatch(item) for item in items):
            return Listing(items, "or" if word == "or" else "and")
    if _NUMBER.fullmatch(text):
        return Written(text, Decimal(text.removesuffix(".0")))
    return text


# --- what stands inside a message ---------------------------------------------------------------------------------


def _said(arg: str, labels: Mapping[str, str], *, is_first: bool = False) -> str:
    if isinstance(arg, Phrase):
        inside = [_said(value, labels, is_first=is_first and number == 0) for number, value in enumerate(arg.values)]
        return pgettext("phrase", said.template_of(arg.template)).format(*inside) if arg.template else ""
    if isinstance(arg, Listing):
        return _joined([_said(item, labels, is_first=is_first) for item in arg.items], arg.word)
    if isinstance(arg, Written):
        return _said_value(arg)
    if isinstance(arg, StrEnum):
        return in_sentence(label(arg))
    known = _label_of(arg, labels) if is_first or _SURELY_PATH.match(arg) else None
    return _said_text(arg) if known is None else _quoted(known)


def names(text: str, label_of_field: str) -> bool:
    """Tell whether a sentence begins with the label of a field."""
    return text.startswith(_quoted(label_of_field))


def _quoted(label_of_field: str) -> str:
    return pgettext("a field's label in a sentence", "“%(label)s”") % {"label": label_of_field}


def _joined(items: list[str], word: str) -> str:
    if word == "," or len(items) < 2:
        return ", ".join(items)
    ends = {"items": ", ".join(items[:-1]), "last": items[-1]}
    return (_("%(items)s or %(last)s") if word == "or" else _("%(items)s and %(last)s")) % ends


def _to_the_minute(arg: str) -> str:
    if isinstance(arg, Written) and isinstance(arg.value, datetime):
        return Written(arg, arg.value.replace(second=0))
    return arg


def _said_value(arg: Written) -> str:
    value = arg.value
    if isinstance(value, datetime):
        return said_instant(value)
    return said_day(value) if isinstance(value, date) else said_number(value)


def _said_text(text: str) -> str:
    try:
        if _INSTANT.fullmatch(text):
            return said_instant(datetime.fromisoformat(text))
        if _DAY.fullmatch(text):
            return said_day(date.fromisoformat(text))
    except (ValueError, OverflowError):
        # It only looks like one: it is what somebody typed.
        return text
    if text in ("true", "false", "None"):
        return {"true": _("yes"), "false": _("no"), "None": pgettext("value", "nothing")}[text]
    # A single letter may as well be the check character of a code, or its kind.
    if len(text) > 1 and _CODE.fullmatch(text) and (known := label(text)) != text:
        return in_sentence(known)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


# --- paths ----------------------------------------------------------------------------------------------------------


def _path_in(arg: str) -> str | None:
    """Give the path that a fault's first argument is, or begins with."""
    if isinstance(arg, Phrase | Listing):
        inside = arg.values if isinstance(arg, Phrase) else arg.items
        return _path_in(inside[0]) if inside else None
    return arg if _PATH.fullmatch(arg) else None


def _match(path: str, known: Mapping[str, object]) -> str | None:
    bare = _INDEX.sub("", path)
    for exact in (path, bare):
        if exact in known:
            return exact
    around = [one for one in known if path.startswith((f"{one}.", f"{one}[")) or bare.startswith(f"{one}.")]
    return _ending(bare, known) or max(around, key=len, default=None)


def _ending(bare: str, known: Mapping[str, object]) -> str | None:
    return max((one for one in known if bare.endswith(f".{_INDEX.sub('', one)}")), key=len, default=None)


def _label_of(path: str, labels: Mapping[str, str]) -> str | None:
    if path in labels:
        return labels[path]
    if not _PATH.fullmatch(path):
        return None
    bare = _INDEX.sub("", path)
    last = bare.rpartition(".")[2]
    for exact in (bare, _ending(bare, labels)):
        if exact is not None and exact in labels:
            return labels[exact]
    if last in FIELDS:
        return str(FIELDS[last])
    if _CODE.fullmatch(last) and label(last) != last:
        return label(last)
    around = _match(path, labels)
    return None if around is None else labels[around]
