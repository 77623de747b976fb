"""The catalogues of what pages say: taken from the code, kept in `locale/`, compiled. A tool of development.

Messages are what Python marks (gettext and its kin; `phrase` in the rules), what templates mark, and the messages of
the registry of error codes that pages show as they stand. Babel does the work; no program has to be installed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import django.conf
import django.contrib.auth
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.utils import translation
from django.utils.translation.template import templatize

from datahub.errors import codes
from datahub.parties.staff import names
from portal.words import said

PACKAGES = ("datahub", "distribution", "enquiries", "connections", "portal")
KEYWORDS: Mapping[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "phrase": (1,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LOCALES = ("et", "en")
# Estonian that is the same as the English: names, units, words of both languages.
SAME_IN_BOTH_FILE = Path(__file__).parent / "same_in_both.txt"
# Headers that change with each writing, or say nothing here.
_NOISE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To'
    r'|Project-Id-Version): .*"\n',
    re.MULTILINE,
)
_A_FIXED_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"%%|%\(\w+\)[sd]|%[sd]|\{\w*\}")

Key = tuple[str, str]  # context ("" for none), singular
Texts = tuple[str, ...]


def extract() -> Catalog:
    """Give every message of the code, without translations."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for path in _sources():
        source = path.read_text()
        if path.suffix == ".html":
            # Django turns a template into calls of gettext; indentation would mean something to Python.
            source = "\n".join(line.strip() for line in templatize(source).split("\n"))
        calls = extract_python(BytesIO(source.encode()), dict(KEYWORDS), (), {"encoding": "utf-8"})
        for _line, function, texts, _comments in calls:
            _take(found, str(function), texts if isinstance(texts, tuple) else (texts,))  # type: ignore[arg-type]
    for code in codes.every_code():
        if said.message_of(code) == code.message:
            found.add(code.message)
    for name in _names_in_the_admin():
        found.add(name)
    return found


def _names_in_the_admin() -> set[str]:
    """Give the names of models and fields that no library has words for."""
    admin.autodiscover()
    shown = set(admin.site._registry) | {
        inline.model for one in admin.site._registry.values() for inline in one.inlines
    }
    models = shown & set(names.models_of(apps.get_app_configs()))
    # In no language a lazy text is what the code says.
    with translation.override(None):
        ours = {name for model in models for name in names.names_of(model)}
    return {name for name in ours if name not in _brought_by_django()}


@cache
def _brought_by_django() -> frozenset[str]:
    """Give what Django's own Estonian catalogues hold."""
    found: set[str] = set()
    for package in (django.conf, django.contrib.auth):
        path = Path(package.__path__[0]) / "locale/et/LC_MESSAGES/django.mo"
        found |= {_originals(message)[0] for message in read_mo(BytesIO(path.read_bytes())) if message.id}
    return frozenset(found)


def _sources() -> Iterator[Path]:
    root = Path(settings.BASE_DIR)
    for package in PACKAGES:
        yield from sorted(path for path in (root / package).rglob("*.py") if "migrations" not in path.parts)
        yield from sorted((root / package).rglob("*.html"))
    yield from sorted((root / "templates").rglob("*.html"))


def _take(found: Catalog, function: str, texts: Sequence[str | None]) -> None:
    """Add what a call marks; what is computed there has no text."""
    places = KEYWORDS[function] or (1,)
    # What stands inside a sentence is not to be taken for a heading or a button of the same words.
    context, wanted = ("phrase" if function == "phrase" else None), []
    for place in places:
        number = place[0] if isinstance(place, tuple) else place
        text = texts[number - 1] if len(texts) >= number else None
        if not text:
            return
        if isinstance(place, tuple):
            context = text
        else:
            wanted.append(text)
    # A phrase of values alone, such as {0} {1}, says nothing of its own; others are said in words of the pages.
    if function != "phrase" or (re.search(r"[^\W\d_]", _PLACE.sub("", wanted[0])) and not said.is_other(wanted[0])):
        found.add(wanted[0] if len(wanted) == 1 else (wanted[0], wanted[1]), context=context)


def update() -> None:
    """Write the catalogues anew: new messages without Estonian, obsolete ones gone; and compile them."""
    template = extract()
    for locale in LOCALES:
        known = translations(locale)
        fresh = Catalog(locale=locale, charset="utf-8", fuzzy=False, header_comment="# What the pages say.")
        fresh.creation_date = fresh.revision_date = _A_FIXED_TIME
        for message in template:
            if message.id:
                texts = known.get(_key(message), ())
                fresh.add(message.id, _fitting(message, texts, locale), context=message.context)
        _write(fresh, locale)


def add(texts: Mapping[str, str | Sequence[str]], locale: str = "et") -> list[str]:
    """Put translations into a catalogue; give the messages that the code does not have.

    Keys are messages, with their context and U+0004 in front where they have one; a plural has its forms as a list.
    """
    update()
    catalogue = _read(locale)
    unknown = []
    for name, text in texts.items():
        context, _, singular = name.rpartition("\x04")
        message = catalogue.get(singular, context=context or None)
        if message is None:
            unknown.append(name)
        elif message.pluralizable:
            message.string = (text, text) if isinstance(text, str) else tuple(text)
        else:
            message.string = text if isinstance(text, str) else text[0]
    _write(catalogue, locale)
    return unknown


def translations(locale: str) -> dict[Key, Texts]:
    """Give the texts of a catalogue that are not empty."""
    return {_key(message): texts for message in _read(locale) if message.id and all(texts := _texts(message))}


def wrong() -> list[str]:
    """Tell what is wrong with the catalogues: nothing, where they are complete and compiled."""
    template, same = extract(), set(SAME_IN_BOTH_FILE.read_text().splitlines())
    faults = []
    for locale in LOCALES:
        catalogue = _read(locale)
        wanted = {_key(message): message for message in template if message.id}
        there = {_key(message): message for message in catalogue if message.id}
        faults += [f"{locale} lacks {key}: run make messages" for key in wanted if key not in there]
        faults += [f"{locale} has {key}, which the code has not: run make messages" for key in there - wanted.keys()]
        for key, message in there.items():
            faults += [f"{locale}: {key} {fault}" for fault in _wrong_with(message, locale, same)]
        if _compiled(locale) != translations(locale):
            faults.append(f"{locale} is not compiled: run make messages")
    return faults


def _wrong_with(message: Message, locale: str, same: set[str]) -> Iterator[str]:
    texts, originals = _texts(message), _originals(message)
    if not all(texts):
        yield "is not translated"
        return
    if message.fuzzy:
        yield "is fuzzy"
    for number, text in enumerate(texts):
        original = originals[min(number, len(originals) - 1)]
        # The one thing that a singular speaks of need not be counted.
        missing = set(_PLACE.findall(original)) - set(_PLACE.findall(text))
        if set(_PLACE.findall(text)) - {place for one in originals for place in _PLACE.findall(one)} or (
            missing and not (message.pluralizable and number == 0)
        ):
            yield f"has other values inside: {text!r}"
        if original[:1].isspace() != text[:1].isspace() or original[-1:].isspace() != text[-1:].isspace():
            yield f"begins or ends otherwise: {text!r}"
    if locale == "et" and texts[0] == originals[0] and originals[0] not in same:
        yield "is the same in Estonian; if it must be, name it in same_in_both.txt"


def _key(message: Message) -> Key:
    context: str | bytes = message.context or ""
    # Babel leaves the contexts of compiled catalogues as they stand there.
    return context.decode() if isinstance(context, bytes) else context, _originals(message)[0]


def _originals(message: Message) -> Texts:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _texts(message: Message) -> Texts:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def _fitting(message: Message, texts: Texts, locale: str) -> str | Texts:
    """Give the texts that a message is to have; English is what the code says where nothing else was written."""
    originals = _originals(message)
    if len(texts) != len(originals):
        texts = originals if locale == "en" else ("",) * len(originals)
    return texts if message.pluralizable else texts[0]


def _directory(locale: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES"


def _read(locale: str) -> Catalog:
    path = _directory(locale) / "django.po"
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8", fuzzy=False)
    catalogue = read_po(BytesIO(path.read_bytes()), locale=locale, charset="utf-8")
    catalogue.creation_date = catalogue.revision_date = _A_FIXED_TIME
    return catalogue


def _compiled(locale: str) -> dict[Key, Texts]:
    path = _directory(locale) / "django.mo"
    if not path.exists():
        return {}
    return {_key(message): _texts(message) for message in read_mo(BytesIO(path.read_bytes())) if message.id}


def _translated(catalogue: Catalog) -> Catalog:
    """Give a catalogue without what is yet to be translated: that is said in English, or as Django says it."""
    whole = Catalog(locale=catalogue.locale, charset="utf-8", fuzzy=False)
    whole.creation_date = whole.revision_date = _A_FIXED_TIME
    for message in catalogue:
        if message.id and all(_texts(message)):
            whole.add(message.id, message.string, context=message.context)
    return whole


def _write(catalogue: Catalog, locale: str) -> None:
    text, compiled = BytesIO(), BytesIO()
    write_po(text, catalogue, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    write_mo(compiled, _translated(catalogue))
    directory = _directory(locale)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "django.po").write_text(_NOISE.sub("", text.getvalue().decode()))
    (directory / "django.mo").write_bytes(compiled.getvalue())
