"""What stands in the database: to tell whether anything has changed, and to begin anew."""

import hashlib

from django.core.management import call_command
from django.db import connection


def contents(*, but: str = "-") -> dict[str, str]:
    """Give a print of every table, but of sessions and of what a browser prefers: a hash of its rows.

    `but` is the beginning of the names of other tables to leave out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
            " AND c.relname NOT IN ('django_session', 'django_migrations', 'portal_preference')"
            " AND pg_relation_size(c.oid) > 0"
        )
        tables = sorted(name for (name,) in cursor.fetchall() if not name.startswith(but))
        query = " UNION ALL ".join(
            f"SELECT '{name}', coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM \"{name}\" t"  # noqa: S608
            for name in tables
        )
        cursor.execute(query)
        return {name: hashlib.sha256(rows.encode()).hexdigest() for name, rows in cursor.fetchall() if rows}


def empty() -> None:
    """Empty every table, as Django does after a test that commits; for what a fixture of a whole module saved."""
    call_command("flush", interactive=False, verbosity=0)
