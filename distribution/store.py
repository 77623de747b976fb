"""The store of contents: objects under the prefix of their day, each holding many contents (a pack).

Every way in which the store can fail becomes `StoreUnavailable`; that it has no such object is `FileNotFoundError`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError

from datahub.metrics import counters

_making = threading.Lock()
_MISSING = {"404", "NoSuchKey", "NotFound"}


class StoreUnavailable(Exception):
    """The store failed, refused, or did not answer within its time limit."""


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise FileNotFoundError(str(error)) from error
        counters.store_failed("refused")
        raise StoreUnavailable(str(error)) from error
    except (BotoCoreError, Boto3Error, HTTPError, OSError) as error:
        counters.store_failed("unreachable")
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error


def _store() -> Storage:
    return storages["content"]


@lru_cache(maxsize=1)
def _made_client(store: S3Storage) -> Any:
    return store.connection.meta.client


def _client(store: S3Storage) -> Any:
    """Give one client for all threads: clients can be shared, and one for each thread takes a sixth of a second."""
    with _making:
        return _made_client(store)


def prepare() -> None:
    """Make the client for the store, once a process: that takes longer than the store may for an answer."""
    store = _store()
    if isinstance(store, S3Storage):
        _client(store)


def is_near() -> bool:
    """Tell whether the store is of files, which are there at once, and not a service that may keep one waiting."""
    return isinstance(_store(), FileSystemStorage)


def day_prefix(day: date) -> str:
    """Give the prefix under which a day's packs lie."""
    return f"{day:%Y/%m/%d}"


def new_path(now: datetime) -> str:
    """Give the path of a new pack, under the UTC day of `now`."""
    return f"{day_prefix(now)}/{uuid4()}"


def put(path: str, data: bytes) -> None:
    """Put an object; raises StoreUnavailable."""
    with _failures():
        _store().save(path, ContentFile(data))


def get(path: str) -> bytes:
    """Get an object; raises FileNotFoundError if there is none, StoreUnavailable if the store fails."""
    with _failures():
        store = _store()
        if isinstance(store, S3Storage):
            # One request: the storage's own files ask for the head first and start a transfer, which costs three times
            # as much, and a page may need hundreds of objects.
            answer = _client(store).get_object(Bucket=store.bucket_name, Key=path)
            return bytes(answer["Body"].read())
        with store.open(path, "rb") as file:
            return bytes(file.read())


def replace(path: str, data: bytes) -> None:
    """Put an object in place of the one of that name, if there is one; raises StoreUnavailable.

    Whoever reads it, or dies meanwhile, finds the one or the other: S3 replaces objects so, files are moved.
    """
    with _failures():
        store = _store()
        if isinstance(store, S3Storage):
            store.save(path, ContentFile(data))
        else:
            written = Path(store.path(store.save(f"{path}.{uuid4()}", ContentFile(data))))
            written.replace(store.path(path))


def look() -> None:
    """Look whether the store answers and takes our credentials; raises StoreUnavailable if not."""
    with _failures():
        store = _store()
        if isinstance(store, S3Storage):
            _client(store).list_objects_v2(Bucket=store.bucket_name, Prefix="health/", MaxKeys=1)
        elif (root := Path(store.path(""))).exists():
            next(root.iterdir(), None)


def delete_day(day: date) -> int:
    """Delete the packs of a day; give how many there were; raises StoreUnavailable."""
    prefix = day_prefix(day)
    with _failures():
        store = _store()
        try:
            names = store.listdir(prefix)[1]
        except FileNotFoundError:
            return 0
        for name in names:
            store.delete(f"{prefix}/{name}")
        return len(names)
