"""Finding a participant's documents of readings and their faults. Source: `2-wire.md`, `/meter-data/status`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Func, IntegerField, JSONField, QuerySet, Value

from datahub.market import DocumentStatus
from datahub.metering.models import MeterDataDocument
from datahub.parties.models import Party

# A document may have a fault for each of its intervals and more; a page of such documents would fill a worker.
MAX_FAULTS_ON_A_PAGE = 150_000


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document with as many of its faults as the page has room for: all or none."""

    document: MeterDataDocument
    faults: list[dict[str, Any]]
    are_faults_left_out: bool


def find_documents(
    *,
    sender: Party,
    role: str,
    commodity: str,
    identification: UUID | None = None,
    received_from: datetime | None = None,
    received_to: datetime | None = None,
    status: DocumentStatus | None = None,
) -> "QuerySet[MeterDataDocument]":
    """Give what a participant sent in a role and commodity and arrived in [from, to), in the order of arrival."""
    found = MeterDataDocument.objects.filter(sender=sender, sender_role=role, commodity=commodity)
    if identification is not None:
        found = found.filter(identification=identification)
    if received_from is not None:
        found = found.filter(received_at__gte=received_from)
    if received_to is not None:
        found = found.filter(received_at__lt=received_to)
    if status is not None:
        found = found.filter(status=status)
    return found.order_by("received_at", "id").defer("faults")


def with_faults(page: list[MeterDataDocument]) -> list[FoundDocument]:
    """Add the faults to the documents of a page, the first always and the others as long as there is room."""
    keys = [document.pk for document in page if document.status == DocumentStatus.ERROR]
    rows = MeterDataDocument.objects.filter(
        pk__in=keys, received_at__in={document.received_at for document in page if document.pk in keys}
    )
    counts = fault_counts(page)
    chosen: list[int] = []
    room = MAX_FAULTS_ON_A_PAGE
    for key in keys:
        if not chosen or counts[key] <= room:
            chosen.append(key)
            room -= counts[key]
    faults = dict(rows.filter(pk__in=chosen).values_list("pk", "faults")) if chosen else {}
    return [
        FoundDocument(document, faults.get(document.pk, []), document.pk in keys and document.pk not in faults)
        for document in page
    ]


def page_of_faults(document: MeterDataDocument, *, offset: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """Give some of a document's faults, in their order, and how many there are in all."""
    rows = MeterDataDocument.objects.filter(pk=document.pk, received_at=document.received_at).annotate(
        count=Func("faults", function="jsonb_array_length", output_field=IntegerField()),
        some=Func(
            "faults",
            Value(f"$[{int(offset)} to {int(offset + size) - 1}]"),
            function="jsonb_path_query_array",
            template="%(function)s(%(expressions)s::jsonpath)",
            output_field=JSONField(),
        ),
    )
    some, count = rows.values_list("some", "count").get()
    return some, count


def fault_counts(documents: list[MeterDataDocument]) -> dict[int, int]:
    """Give how many faults each of some documents that were refused has, by its id."""
    refused = [document for document in documents if document.status == DocumentStatus.ERROR]
    rows = MeterDataDocument.objects.filter(
        pk__in=[document.pk for document in refused], received_at__in={document.received_at for document in refused}
    )
    counted = rows.annotate(count=Func("faults", function="jsonb_array_length", output_field=IntegerField()))
    return dict(counted.values_list("pk", "count"))
