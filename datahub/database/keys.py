"""Rows by keys that another query gives."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, QuerySet


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
