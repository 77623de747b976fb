"""What a database must be able to do before the hub keeps its tables in it; `migrate` looks."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import Error, Tags, Warning, register
from django.db import connections

from datahub.database import roles


@register(Tags.database)
def check_letters(databases: Sequence[str] | None = None, **_: Any) -> list[Error]:
    """Find databases that know no capitals but A to Z: in those nobody would find Õismäe by its name."""
    return [
        Error(
            f"The database {name!r} does not know that õ and Õ are one letter.",
            hint="Make it with the encoding UTF8 and an LC_CTYPE of UTF-8, such as et_EE.UTF-8.",
            id="database.E001",
        )
        for name in databases or ()
        if not _knows_letters(name)
    ]


@register(Tags.database, deploy=True)
def check_role(databases: Sequence[str] | None = None, **_: Any) -> list[Warning]:
    """Find an application that could change its own logs (`manage.py check --deploy --database default`)."""
    if not databases or not roles.may_change_logs():
        return []
    return [
        Warning(
            "The role that this connects as may change the log of reads and that of staff's acts.",
            hint="Let web, workers and beat connect as a role of their own: manage.py grant_application_role.",
            id="database.W001",
        )
    ]


def _knows_letters(name: str) -> bool:
    with connections[name].cursor() as cursor:
        cursor.execute("SELECT lower('Õ') = 'õ'")
        return bool(cursor.fetchone()[0])
