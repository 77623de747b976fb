"""Many values in one parameter: PostgreSQL reads them as an array.

Written by hand, since the driver looks at each value for its type, and Django makes a parameter of each: for the few
hundred metering points of a message of readings both take longer than the statement itself.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, Lookup

Value = str | int | datetime | None


def array(values: Iterable[Value]) -> str:
    """Write codes, numbers or instants as PostgreSQL reads an array of them."""
    return "{" + ",".join(map(_text, values)) + "}"


# The same points, and the same few instants, come again and again.
@lru_cache(maxsize=1 << 16)
def _text(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class AnyOf(Lookup):
    """That a column holds one of some values, to be used as a filter: `filter(AnyOf("eic", codes))`."""

    lookup_name = "any_of"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Any) -> None:
        # Django makes copies from what it has resolved.
        super().__init__(F(lhs) if isinstance(lhs, str) else lhs, rhs if isinstance(rhs, str) else array(rhs))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Write it."""
        column, parameters = self.process_lhs(compiler, connection)
        kind = str(self.lhs.output_field.cast_db_type(connection))
        # A cast to varchar(16) would cut what is longer, and find who is not meant.
        kind = "text" if kind.startswith("varchar") else kind
        return f"{column} = ANY(%s::{kind}[])", [*parameters, self.rhs]
