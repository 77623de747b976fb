"""The files of jobs in the object store: private, by the day of their job, deleted after KEPT_DAYS.

Every way in which the store can fail becomes `FilesUnavailable`.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from typing import IO, BinaryIO, cast
from uuid import uuid4

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import Storage, storages
from urllib3.exceptions import HTTPError

KEPT_DAYS = 7
# Days before those that are kept, in which a file may still lie: the hub may have stood still.
_DAYS_LOOKED_THROUGH = 30
_MISSING = {"404", "NoSuchKey", "NotFound"}


class FilesUnavailable(Exception):
    """The store failed, refused, or did not answer in time."""


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise FileNotFoundError(str(error)) from error
        raise FilesUnavailable(str(error)) from error
    except (BotoCoreError, Boto3Error, HTTPError, OSError) as error:
        raise FilesUnavailable(f"{type(error).__name__}: {error}") from error


def _store() -> Storage:
    return storages["content"]


def _prefix(day: date) -> str:
    return f"jobs/{day:%Y-%m-%d}"


def put(file: BinaryIO, *, ending: str, now: datetime) -> str:
    """Keep a file from its beginning on; give its path, which tells nothing of what it was called."""
    file.seek(0)
    with _failures():
        return _store().save(f"{_prefix(now.date())}/{uuid4()}.{ending}", File(file))


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Open a kept file for a block; raises FileNotFoundError for one that was deleted."""
    with _failures():
        file = _store().open(path, "rb")
        # Fetched at once, into memory or a file of the machine: what fails later is not the store.
        file.seek(0, 2)
        file.seek(0)
    with closing(cast(IO[bytes], file)):
        yield cast(IO[bytes], file)


def delete(path: str) -> None:
    """Delete a file, if it is there."""
    with _failures():
        _store().delete(path)


def delete_old(*, today: date) -> int:
    """Delete the files of days that are kept no longer; give how many there were."""
    deleted = 0
    for back in range(KEPT_DAYS + 1, KEPT_DAYS + 1 + _DAYS_LOOKED_THROUGH):
        prefix = _prefix(today - timedelta(days=back))
        with _failures():
            try:
                names = _store().listdir(prefix)[1]
            except FileNotFoundError:
                continue
            for name in names:
                _store().delete(f"{prefix}/{name}")
            deleted += len(names)
    return deleted
