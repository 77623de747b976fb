"""The store of files: an object is replaced at once or not at all."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

from distribution import store


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Path:
    """Keep contents in files, as where no S3 server is named."""
    content = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "content": content}
    return tmp_path


def test_an_object_is_put_and_replaced(files: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.get("kept")
    for data in (b"first", b"second"):
        store.replace("kept", data)
        assert store.get("kept") == data
    assert [path.name for path in files.iterdir()] == ["kept"]


def test_a_replacement_that_breaks_off_leaves_what_was_there(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.replace("kept", b"first")

    def break_off(self: FileSystemStorage, name: str, content: Any) -> str:
        Path(self.path(name)).touch()
        raise OSError("no space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", break_off)
    with pytest.raises(store.StoreUnavailable):
        store.replace("kept", b"second")
    assert store.get("kept") == b"first"
