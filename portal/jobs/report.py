"""What was wrong in an imported file, as a table."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_noop as _

from portal.jobs.models import JobFault
from portal.sheets.tables import Column, ColumnKind, Table, Value

REPORT = Table(
    "report",
    _("Errors"),
    (
        Column("sheet", _("Sheet"), width=20),
        Column("row", _("Row"), ColumnKind.WHOLE, width=8),
        Column("column", _("Column"), width=8),
        Column("header", _("Header"), width=24),
        Column("shown", _("Value found"), width=28),
        Column("fault", _("Error"), width=90),
    ),
)


def rows_of(faults: Iterable[JobFault]) -> Iterator[dict[str, Value]]:
    """Give faults as rows of the report, said in the active language."""
    for fault in faults:
        yield {
            "sheet": fault.sheet or None,
            "row": fault.row,
            "column": fault.column or None,
            "header": fault.header or None,
            "shown": fault.shown or None,
            "fault": fault.say(),
        }
