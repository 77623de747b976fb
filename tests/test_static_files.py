"""The files of pages are collected with a name for each content, compressed, and only when something has changed."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

from datahub import static_files


@pytest.fixture
def source(tmp_path: Path, settings: Any) -> Path:
    """A page's style sheet and picture, and what no page asks for."""
    files = tmp_path / "source"
    (files / "redoc").mkdir(parents=True)
    (files / "page.css").write_text("a { background: url('icon.svg') }" + " " * 2000)
    (files / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (files / "redoc/large.js").write_text("x" * 2000)
    (files / "LICENSE").write_text("as you like")
    settings.STATICFILES_DIRS = [files]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = str(tmp_path / "served")
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    finders.get_finder.cache_clear()
    yield files
    finders.get_finder.cache_clear()


def served(settings: Any) -> set[str]:
    return {path.name for path in Path(settings.STATIC_ROOT).rglob("*") if path.is_file()}


def test_each_content_has_its_name_and_is_compressed(source: Path, settings: Any) -> None:
    assert static_files.collect()
    name = staticfiles_storage.url("page.css").rpartition("/")[2]
    assert name != "page.css"
    assert {name, f"{name}.br", f"{name}.gz"} <= served(settings)
    assert "page.css" not in served(settings)
    assert not any(file.startswith(("large", "LICENSE")) for file in served(settings))
    assert staticfiles_storage.url("icon.svg").rpartition("/")[2] in (Path(settings.STATIC_ROOT) / name).read_text()


def test_nothing_is_done_while_nothing_has_changed(source: Path, settings: Any) -> None:
    assert static_files.collect()
    before = {path: path.stat().st_mtime_ns for path in Path(settings.STATIC_ROOT).iterdir()}
    assert not static_files.collect()
    assert before == {path: path.stat().st_mtime_ns for path in Path(settings.STATIC_ROOT).iterdir()}


def test_what_has_changed_is_collected_again(source: Path, settings: Any) -> None:
    static_files.collect()
    before = served(settings)
    (source / "page.css").write_text("a { color: red }")
    os.utime(source / "page.css", ns=(1, 1))
    assert static_files.collect()
    assert served(settings) - before


def test_who_was_stopped_half_way_begins_anew(source: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    Path(settings.STATIC_ROOT).mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(static_files, "call_command", killed)
        with pytest.raises(KeyboardInterrupt):
            static_files.collect()
    assert static_files.collect()
