"""Rows by keys that another query gives."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value


class KeyIn(Func):
    """Tells whether a row's key is among those that a query gives, which are all read before the first row is.

    So the rows are looked up by their keys however many there are: of `IN` PostgreSQL guesses how many keys there will
    be, and far too few where several queries stand in a union.
    """

    arg_joiner = " = ANY ("
    template = "%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, keys: "QuerySet[Any, Any]") -> None:
        super().__init__(F("pk"), ArraySubquery(keys))


class KeyAmong(Func):
    """Tells whether a row's key is among given ones: one value in the statement, however many they are."""

    arg_joiner = " = ANY ("
    template = "%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, keys: "Iterable[int]") -> None:
        super().__init__(F("pk"), Value(list(keys), output_field=ArrayField(BigIntegerField())))


def first_keys(keys: "QuerySet[Any, Any]", most: int) -> list[int]:
    """Give the first that come of the keys that a query gives, up to `most`.

    The query is planned for all of them and stopped when there are enough. Planned for the few, as by a plain LIMIT,
    PostgreSQL would go through rows until that many match, and through all of them where those that do stand behind.
    """
    try:
        statement, params = keys.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connections[keys.db].cursor() as cursor:
        # What is put together here is a query of Django's own.
        first = f"WITH found AS MATERIALIZED ({statement}) SELECT * FROM found LIMIT %s"  # noqa: S608
        cursor.execute(first, [*params, most])
        return [key for (key,) in cursor]
