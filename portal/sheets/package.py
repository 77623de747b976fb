"""What a file is by its first bytes, and an .xlsx opened as the ZIP archive that it is, checked before it is unpacked.

Archives are hostile until shown otherwise: what they declare is bounded before anything is unpacked, and Python's
`zipfile` never gives more of a part than was declared. Nothing in a workbook is followed: no link, no archive inside.
Source: `6-quality.md`, "XLSX checked before it is unpacked".
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

from portal.sheets import messages
from portal.sheets.faults import SheetError, Word, refuse

MEGABYTE = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_CENTRAL_ENTRY = b"PK\x01\x02"
_FLAG_ENCRYPTED = 0x1
# Programs pack sheets of zeros 60:1 at best, bombs are packed 1000:1; small parts may be as tight as they like.
_MOST_GROWTH = 200
_GROWTH_IS_ASKED_FROM = 4 * MEGABYTE
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a workbook is taken.

    Bytes of the file, and of all its parts unpacked; rows and columns of a sheet with something in them; distinct
    texts of the workbook, and their characters; seconds of reading.
    """

    file_bytes: int = 20 * MEGABYTE
    unpacked_bytes: int = 400 * MEGABYTE
    parts: int = 1_000
    sheets: int = 50
    rows: int = 100_000
    columns: int = 4_000
    texts: int = 500_000
    text_characters: int = 10_000_000
    seconds: float = 120.0


LIMITS = Limits()


def damaged(detail: str) -> SheetError:
    """Make the error of a workbook that cannot be read; `detail` is a sentence's end in the catalogue."""
    return refuse(messages.DAMAGED, detail=Word(detail))


def suspicious(detail: str) -> SheetError:
    """Make the error of a workbook that no spreadsheet program makes."""
    return refuse(messages.SUSPICIOUS, detail=Word(detail))


def too_much(detail: str) -> SheetError:
    """Make the error of a workbook that holds too much."""
    return refuse(messages.TOO_MUCH_INSIDE, detail=Word(detail))


class Package:
    """The parts of a workbook by their names, which count without upper and lower case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parts = {entry.filename.lower(): entry for entry in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a part to be read; what is wrong with its packing becomes SheetError, whenever it is met."""
        entry = self._parts.get(name.lower())
        if entry is None:
            raise damaged(messages.NO_PART)
        try:
            with self._archive.open(entry) as part:
                yield part
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise damaged(messages.CUT_SHORT) from error


def open_package(file: BinaryIO, limits: Limits = LIMITS) -> Package:
    """Open an .xlsx; raises SheetError that says what else the file is, or why it is not opened."""
    size = file.seek(0, 2)
    if size == 0:
        raise refuse(messages.EMPTY_FILE)
    if size > limits.file_bytes:
        # Rounded up: a file just over the limit is not said to have as much as the limit.
        raise refuse(messages.TOO_LARGE, size=-(-size // MEGABYTE), most=limits.file_bytes // MEGABYTE)
    file.seek(0)
    start = file.read(4096)
    if not start.startswith(b"PK\x03\x04"):
        raise _other_form(start, file)
    # Counted before the directory is read: `zipfile` makes an object of each entry.
    if _count(_CENTRAL_ENTRY, file) > limits.parts:
        raise suspicious(messages.TOO_MANY_PARTS)
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise damaged(messages.CUT_SHORT) from error
    _check_parts(archive, limits)
    package = Package(archive)
    if "[Content_Types].xml" not in package or "xl/workbook.xml" not in package:
        _refuse_other_archive(archive)
    return package


def _check_parts(archive: zipfile.ZipFile, limits: Limits) -> None:
    entries = archive.infolist()
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise suspicious(messages.TWICE_THE_SAME)
    for entry in entries:
        if entry.flag_bits & _FLAG_ENCRYPTED:
            raise refuse(messages.ENCRYPTED)
        if entry.file_size > _GROWTH_IS_ASKED_FROM and entry.file_size > entry.compress_size * _MOST_GROWTH:
            raise suspicious(messages.PACKED_TOO_TIGHTLY)
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise too_much(messages.UNPACKED_TOO_LARGE)


def _refuse_other_archive(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if "mimetype" in names:
        raise refuse(messages.OPEN_DOCUMENT)
    if "xl/workbook.bin" in names:
        raise refuse(messages.BINARY_WORKBOOK)
    if "[Content_Types].xml" not in names:
        raise refuse(messages.ZIP_ARCHIVE)
    if any(name.startswith("xl/") for name in names):
        raise damaged(messages.NO_PART)
    raise refuse(messages.OTHER_OFFICE)


def _other_form(start: bytes, file: BinaryIO) -> SheetError:
    if start.startswith(_OLE):
        return refuse(messages.ENCRYPTED if _count(_ENCRYPTED_STREAM, file) else messages.OLD_XLS)
    if start.startswith((b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")):
        return refuse(messages.OLD_XLS)
    if start.startswith(b"%PDF"):
        return refuse(messages.PDF)
    if start.startswith(b"PK"):
        return damaged(messages.CUT_SHORT)
    text = _as_text(start)
    if text is None:
        return refuse(messages.UNKNOWN_FORM)
    return refuse(messages.WEB_PAGE if text.lstrip("\ufeff \t\r\n").startswith("<") else messages.PLAIN_TEXT)


def _as_text(start: bytes) -> str | None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    text = start.decode("utf-8", errors="replace")
    # A text in an older encoding is a text as well; what is none has signs that no text has.
    return None if any(sign < " " and sign not in "\t\r\n\f" for sign in text) else text


def _count(what: bytes, file: BinaryIO) -> int:
    """Count how often something stands in a file, without holding the file in memory."""
    file.seek(0)
    found, tail = 0, b""
    while chunk := file.read(_CHUNK):
        found += (tail + chunk).count(what)
        tail = (tail + chunk)[-(len(what) - 1) :]
    return found
