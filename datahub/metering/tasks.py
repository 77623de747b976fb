"""Working on documents of readings when woken, and finding those whose wake-up was lost."""

from datetime import UTC, datetime
from time import monotonic

from celery import shared_task

from datahub.metering.services import documents
from datahub.outbox import wake

# After so long a worker wakes itself anew, so that it can be stopped or replaced between two documents.
_SECONDS_AT_A_STRETCH = 20.0
WORK_DOCUMENTS = "datahub.metering.tasks.work_documents"


@shared_task(name=WORK_DOCUMENTS)
def work_documents() -> None:
    """Work on what waits, the oldest first."""
    # First of all: what is accepted from now on wakes again, and what was accepted before is found below.
    wake.woken(WORK_DOCUMENTS)
    until = monotonic() + _SECONDS_AT_A_STRETCH
    while documents.work_next_document(now=datetime.now(UTC)):
        if monotonic() > until:
            documents.wake_workers()
            return


@shared_task(name="datahub.metering.tasks.sweep_documents")
def sweep_documents() -> None:
    """Wake a worker if documents wait, and end what has waited too long to be worked on at all."""
    now = datetime.now(UTC)
    documents.give_up_forgotten_documents(now=now)
    if documents.has_waiting(now=now):
        documents.wake_workers()
