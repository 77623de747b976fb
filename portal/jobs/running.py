"""What the function of a kind of job works with: the rows of the file, and what becomes of each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from datahub.errors import DomainError, Fault
from datahub.exchanges.rules import By
from datahub.market import Commodity, Role
from datahub.outbox import services as outbox
from datahub.parties.models import Party
from portal.jobs.kinds import JobKind
from portal.jobs.models import Job, JobFault
from portal.jobs.progress import Progress
from portal.sheets.faults import Place, SheetError, SheetFault, cut
from portal.sheets.reading import Workbook
from portal.sheets.table_reading import TableReading, TableRow
from portal.sheets.tables import languages
from portal.words.faults import fault_text, field_of

# The report names so many faults, and says how many more there are.
MOST_FAULTS = 1_000
_MOST_NOTES = 50


@dataclass
class ImportWork:
    """An import at work, inside the one transaction in which all of it is saved or nothing.

    For whom and in which role says its job; `now` is the moment of all of it. `rows_read`: how many rows of data the
    file has, as far as it was read, right or wrong.
    """

    job: Job
    kind: JobKind
    progress: Progress
    now: datetime
    workbook: Workbook
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[JobFault] = field(default_factory=list)
    faults_total: int = 0
    rows_read: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    notes: list[JobFault] = field(default_factory=list)

    @property
    def participant(self) -> Party:
        """For whom it is done."""
        return self.job.participant

    @property
    def role(self) -> Role:
        """The role in which it is done."""
        return Role(self.job.role)

    @property
    def commodity(self) -> Commodity:
        """The commodity of which it is done."""
        return Commodity(self.job.commodity)

    @property
    def by(self) -> By:
        """Who does it, as services keep it."""
        return By(user_id=self.job.user_id)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the person chose, such as that the file is only checked."""
        return dict(self.job.parameters)

    def count(self, msgid: str, many: int = 1) -> None:
        """Count what happened, by a msgid of the catalogue: "Metering points added"."""
        self.counts[msgid] += many

    def rows(self) -> Iterator[TableRow]:
        """Read the table's rows that have no fault of their own; the faults of the others are kept."""
        try:
            reading = TableReading(self.kind.table, self.workbook)
            self.headers = {column.key: reading.header_of(column.key) for column in self.kind.table.columns}
            self.progress.expect(reading.count_rows())
            for row in reading.rows():
                self.rows_read += 1
                if row.faults:
                    self.refuse(*row.faults)
                else:
                    yield row
                self.progress.step()
            self.note(*reading.notes)
        except SheetError as error:
            self.refuse(*error.faults)

    def refuse(self, *faults: SheetFault) -> None:
        """Keep faults of the file: nothing of it will be saved."""
        for fault in faults:
            self._keep(kept(self.job, fault))

    def note(self, *notes: SheetFault) -> None:
        """Keep what the person should know, though it is no fault."""
        self.notes += [kept(self.job, note, is_note=True) for note in notes][: _MOST_NOTES - len(self.notes)]

    @contextmanager
    def row(self, row: TableRow) -> Iterator[None]:
        """Save one row inside this block: what the market's rules refuse becomes the row's faults, and we go on.

        A block that calls one service needs no transaction of its own: a service that refuses has saved nothing.
        """
        try:
            yield
        except DomainError as error:
            for fault in error.faults:
                place = self._place_of(fault, row)
                self.refuse_domain(fault, place, shown=row.shown_at(place))

    def refuse_domain(self, fault: Fault, place: Place, *, shown: str = "") -> None:
        """Keep a fault of the market's rules at a place of the file, said in every language; `shown` stands there."""
        self.faults_total += 1
        if len(self.faults) < MOST_FAULTS:
            sentences = {}
            for language in languages():
                with translation.override(language):
                    sentences[language] = fault_text(fault, self._labels())
            self.faults.append(
                JobFault(
                    job=self.job,
                    **_place_fields(place),
                    shown=cut(shown, 100),
                    code=fault.code.name,
                    msgid=cut(fault.message, 1_000),
                    args=sentences,
                )
            )

    def lock(self, lanes: list[str]) -> None:
        """Lock the lanes of all that will be saved, in the one order in which all saves lock.

        To be done before the first row is saved: rows lock one by one in the order of the file, and two files in
        different orders would wait for each other.
        """
        with outbox.open_units(lanes=lanes, sender_eic=self.participant.eic, saved_at=self.now):
            pass

    def _keep(self, fault: JobFault) -> None:
        self.faults_total += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)

    def _place_of(self, fault: Fault, row: TableRow) -> Place:
        """Give the place in a row of the column that a fault is about, the row's own if it is about all of it."""
        return row.place_of(field_of(fault, self.kind.paths))

    def _labels(self) -> dict[str, str]:
        """Give what fields are called in the file: their columns' headers, those it lacks in the active language."""
        table = self.kind.table
        return {
            path: self.headers.get(key) or gettext(table.column(key).header) for path, key in self.kind.paths.items()
        }


def in_order(faults: list[JobFault]) -> list[JobFault]:
    """Put faults in the order of the file: sheets as they were first met, in each its rows.

    What a row cannot be read for is found before what the market's rules refuse of an earlier one.
    """
    sheets = {sheet: number for number, sheet in enumerate(dict.fromkeys(fault.sheet for fault in faults))}
    return sorted(faults, key=lambda fault: (sheets[fault.sheet], fault.row or 0))


def kept(job: Job, fault: SheetFault, *, is_note: bool = False) -> JobFault:
    """Give a fault of a file as it is kept."""
    return JobFault(
        job=job,
        is_note=is_note,
        **_place_fields(fault.place),
        shown=cut(fault.shown, 100),
        msgid=fault.msgid,
        args=fault.kept_args,
    )


def _place_fields(place: Place) -> dict[str, Any]:
    return {
        "sheet": cut(place.sheet, 255),
        "row": place.row,
        "column": place.column,
        "header": cut(place.header, 100),
    }
