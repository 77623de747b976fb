"""What must stand in no log, whoever wrote it there: secrets, people's codes, rows of the database."""

import re
from collections.abc import Iterator

from django.db import Error as DjangoError
from psycopg import DataError
from psycopg import Error as DatabaseError

MASK = "***"
_MASKED = re.compile(
    # A personal code: sex and century, a date, four digits.
    r"(?<!\d)[1-8]\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}(?!\d)"
    # A token of ours or of a provider's: three parts in base64.
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    # What stands in a header, a form or an address behind the name of something secret.
    r"|(?<=[Bb]earer )[\w.~+/=-]+|(?<=[Bb]asic )[\w+/=]+"
    r"|(?<=client_secret=)[^&\s'\"]+|(?<=password=)[^&\s'\"]+|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


def masked(text: str) -> str:
    """Give a text without anything that looks like a secret or somebody's personal code."""
    return _MASKED.sub(MASK, text)


def without_rows(text: str, error: BaseException | None) -> str:
    """Give a text in which errors of the database are named without the values that they were about.

    PostgreSQL says which key stands twice, which row failed, which value is none; whose that is has no place in a log.
    """
    for one in _chain(error):
        if isinstance(one, DatabaseError | DjangoError):
            said, short = str(one), _in_short(one)
            if said:
                # As it stands in a traceback, and as it is written where somebody logs the error's own form.
                text = text.replace(said, short).replace(repr(said)[1:-1], short)
    return text


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _in_short(error: BaseException) -> str:
    cause = error if isinstance(error, DatabaseError) else error.__cause__
    if not isinstance(cause, DatabaseError) or cause.diag.message_primary is None:
        return str(error).partition("\n")[0]
    # What is wrong with a value is said with the value.
    said = "a value is not of its type" if isinstance(cause, DataError) else cause.diag.message_primary
    return f"{said} ({cause.sqlstate})"
