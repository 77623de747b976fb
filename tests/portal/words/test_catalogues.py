"""The catalogues hold every string of the code, in both languages, and are compiled."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from portal.words import catalogues


def test_every_string_of_the_code_stands_translated_in_both_catalogues() -> None:
    assert catalogues.wrong() == []


def test_strings_are_taken_from_python_templates_rules_and_the_registry() -> None:
    found = catalogues.extract()
    assert found.get("Grid operator") is not None  # gettext_lazy
    assert found.get("Open", context="state") is not None  # pgettext_lazy
    assert found.get("{0} days ahead", context="phrase") is not None  # a rule
    assert found.get("{0} is missing") is not None  # the registry
    assert found.get("Skip to the content") is not None  # a template
    assert found.get("metering points") is not None  # the name of a model, as the admin shows it
    assert found.get("last login") is None  # one that Django has Estonian for
    # Pages have words of their own for these.
    assert found.get("{0}: the enquiry {1} has no response yet; send one with POST") is None
    assert found.get("it must be 16 characters of the form {0}", context="phrase") is None
    # Values alone are no words.
    assert found.get("{0} {1} of {2}", context="phrase") is not None
    assert found.get("{0} {1}", context="phrase") is None


def test_no_string_is_marked_by_a_name_that_the_catalogues_do_not_know() -> None:
    wrong = [
        f"{path}: {name.name} as {name.asname}"
        for package in catalogues.PACKAGES
        for path in (Path(settings.BASE_DIR) / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in catalogues.KEYWORDS and (name.asname or name.name) not in catalogues.KEYWORDS
    ]
    assert wrong == []


@pytest.fixture
def elsewhere(tmp_path: Path, settings: object) -> Iterator[Path]:
    """Catalogues of a code that says three things."""
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def _three(monkeypatch: pytest.MonkeyPatch) -> None:
    def extract() -> Catalog:
        found = Catalog(charset="utf-8", fuzzy=False)
        found.add("Sun")
        found.add("Open", context="state")
        found.add(("%(n)s row of %(all)s", "%(n)s rows of %(all)s"))
        return found

    monkeypatch.setattr(catalogues, "extract", extract)


RIGHT = {
    "Sun": "Päike",
    "state\x04Open": "Avatud",
    "%(n)s row of %(all)s": ["Üks rida %(all)s-st", "%(n)s rida %(all)s-st"],
}


@pytest.mark.usefixtures("_three")
def test_translations_are_added_and_what_the_code_does_not_say_is_told(elsewhere: Path) -> None:
    assert catalogues.add(RIGHT | {"Moon": "Kuu"}) == ["Moon"]
    assert catalogues.wrong() == []
    before = (elsewhere / "et/LC_MESSAGES/django.po").read_text()
    assert "Moon" not in before
    catalogues.update()
    assert (elsewhere / "et/LC_MESSAGES/django.po").read_text() == before
    assert "#:" not in before and "Date" not in before


@pytest.mark.usefixtures("_three", "elsewhere")
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Sun": ""}, "is not translated"),
        ({"Sun": "Sun"}, "is the same in Estonian"),
        ({"Sun": " Päike"}, "begins or ends otherwise"),
        ({"Sun": "Päike %(n)s"}, "has other values inside"),
        ({"%(n)s row of %(all)s": ["Üks rida", "%(n)s rida"]}, "has other values inside"),
        ({"%(n)s row of %(all)s": ["Üks rida", ""]}, "is not translated"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_told(changed: dict[str, str], told: str) -> None:
    catalogues.add(RIGHT | changed)  # type: ignore[arg-type]
    assert [told in fault for fault in catalogues.wrong()] == [True]


@pytest.mark.usefixtures("_three")
def test_a_compiled_catalogue_that_is_behind_is_told(elsewhere: Path) -> None:
    catalogues.add(RIGHT)
    path = elsewhere / "et/LC_MESSAGES/django.po"
    path.write_text(path.read_text().replace("Päike", "Päikene"))
    assert catalogues.wrong() == ["et is not compiled: run make messages"]


@pytest.mark.usefixtures("_three", "elsewhere")
def test_a_new_string_is_missing_and_an_obsolete_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogues.add(RIGHT)
    found = Catalog(charset="utf-8", fuzzy=False)
    found.add("Sun")
    found.add("Wind")
    monkeypatch.setattr(catalogues, "extract", lambda: found)
    told = catalogues.wrong()
    assert any("et lacks ('', 'Wind')" in one for one in told)
    assert any("et has ('state', 'Open'), which the code has not" in one for one in told)
    catalogues.update()
    assert {message.id for message in _messages(catalogues, "et")} == {"Sun", "Wind"}
    assert catalogues.translations("et") == {("", "Sun"): ("Päike",)}


def _messages(module: object, locale: str) -> list[Message]:
    return [message for message in module._read(locale) if message.id]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_three", "elsewhere")
def test_the_command_adds_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "area.json").write_text(json.dumps(RIGHT | {"Moon": "Kuu"}))
    call_command("catalogues", add=[tmp_path / "area.json"], locale="et")
    assert capsys.readouterr().out == "area.json: the code does not say 'Moon'\n"


def test_django_reads_them() -> None:
    with translation.override("et"):
        assert translation.gettext("Grid operator") == "Võrguettevõtja"
        assert translation.pgettext("state", "Open") == "Avatud"
        # Django's own, which stay.
        assert translation.gettext("This field is required.") != "This field is required."
