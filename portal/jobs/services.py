"""Jobs from their submission to their end: worked once, wholly or not at all, by whichever worker is there.

A job waits in its own row. The worker that is at it holds a lock of the database for as long as its transaction, so
that a worker that dies leaves nothing half-done and no lock: the sweep then finds the job running without one.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import translation

from datahub.outbox import wake
from portal import acting
from portal.acting import OperatorChoice
from portal.jobs import files, messages
from portal.jobs.files import FilesUnavailable
from portal.jobs.kinds import JobKind, kind_of
from portal.jobs.models import ENDED, Job, JobFault, JobState
from portal.jobs.progress import Progress
from portal.jobs.running import ImportWork, in_order, kept
from portal.sheets.faults import SheetError, refuse
from portal.sheets.file_names import sanitised
from portal.sheets.package import open_package
from portal.sheets.reading import open_workbook

logger = logging.getLogger(__name__)

WORK_JOBS = "portal.tasks.work_jobs"
MOST_WAITING = 5
MAX_ATTEMPTS = 3
# A worker needs a moment between taking a job and locking it; one that died leaves it for so long.
_PAUSE = timedelta(seconds=20)


class _Refused(Exception):
    """Nothing of an import is to be saved; carries what is to be told."""

    def __init__(self, faults: list[JobFault], total: int, rows: int) -> None:
        self.faults, self.total, self.rows = faults, total, rows
        super().__init__(f"{total} faults")


def submit_import(
    *,
    kind: JobKind,
    chosen: OperatorChoice,
    file: BinaryIO,
    file_name: str,
    language: str,
    now: datetime,
    parameters: Mapping[str, Any] | None = None,
) -> Job:
    """Keep a file to be imported in the background.

    Raises SheetError for a file that is no workbook, and when too many wait; FilesUnavailable if it cannot be kept.
    """
    open_package(file, kind.limits)
    _check_waiting(chosen)
    path = files.put(file, ending="xlsx", now=now)
    return _submit(kind, chosen, now, file_name=file_name, language=language, parameters=parameters, source_path=path)


@transaction.atomic
def _submit(
    kind: JobKind,
    chosen: OperatorChoice,
    now: datetime,
    *,
    file_name: str,
    language: str,
    parameters: Mapping[str, Any] | None,
    source_path: str,
) -> Job:
    job = Job.objects.create(
        kind=kind.name,
        user=chosen.user,
        participant=chosen.participant,
        role=chosen.role,
        commodity=chosen.commodity,
        language=language,
        file_name=sanitised(file_name),
        parameters=dict(parameters or {}),
        created_at=now,
        source_path=source_path,
    )
    transaction.on_commit(wake_workers)
    return job


def _check_waiting(chosen: OperatorChoice) -> None:
    waiting = Job.objects.filter(participant=chosen.participant, user=chosen.user, state=JobState.WAITING).count()
    if waiting >= MOST_WAITING:
        raise refuse(messages.TOO_MANY_WAITING, count=waiting)


def wake_workers() -> None:
    """Wake a worker to work on what waits."""
    wake.send(WORK_JOBS)


def work_next_job(*, now: datetime) -> bool:
    """Work on the job that has waited longest; tell whether there was one.

    An unexpected error passes through: the job is taken up again by the sweep, at most MAX_ATTEMPTS times.
    """
    job = _take(now)
    if job is None:
        return False
    try:
        with translation.override(job.language):
            _work(job, now)
    except FilesUnavailable as error:
        logger.warning("the store of files is away, the job %s waits: %s", job.pk, error)
        _ours(job).update(state=JobState.WAITING, attempts=job.attempts - 1)
        return False
    return True


def _take(now: datetime) -> Job | None:
    """Begin an attempt at the job that has waited longest, of each participant and kind one at a time."""
    running = Job.objects.filter(state=JobState.RUNNING, participant=OuterRef("participant"), kind=OuterRef("kind"))
    waiting = Job.objects.filter(~Exists(running), state=JobState.WAITING)
    try:
        with transaction.atomic():
            job = waiting.select_for_update(skip_locked=True).order_by("created_at").first()
            if job is not None:
                job.state, job.attempts, job.attempt_at = JobState.RUNNING, job.attempts + 1, now
                job.started_at = job.started_at or now
                job.save(update_fields=["state", "attempts", "attempt_at", "started_at"])
    except IntegrityError:
        # Another worker has just begun the participant's other job of this kind; this one's turn comes.
        return None
    return job


def _ours(job: Job) -> Any:
    """Give the row of an attempt that is still ours."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


@contextmanager
def _locked(job: Job) -> Iterator[bool]:
    """Hold a job's lock in the block; false if somebody else is at it, or it is not ours any more.

    The lock is the connection's, over the transactions of an attempt: it ends with the worker, however that ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [job.lock_key])
        locked = bool(cursor.fetchone()[0])
    try:
        yield locked and _ours(job).exists()
    finally:
        # Where the connection is lost the lock is, too.
        if locked and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [job.lock_key])


def _work(job: Job, now: datetime) -> None:
    with _locked(job) as is_ours:
        if not is_ours:
            return
        try:
            with transaction.atomic():
                kind = _allowed_kind(job, now)
                progress = Progress(job.pk)
                _import(job, kind, progress, now)
        except _Refused as refused:
            with transaction.atomic():
                JobFault.objects.bulk_create(refused.faults, batch_size=500)
                _end(job, JobState.FAILED, now, refused.rows, faults_total=refused.total)


def _allowed_kind(job: Job, now: datetime) -> JobKind:
    """Give a job's kind, if the person may still do it: her grant may have been withdrawn while the job waited."""
    kind = kind_of(job.kind)
    if kind is None:
        raise _refused_for(job, messages.UNKNOWN_KIND)
    is_allowed = any(
        isinstance(choice, OperatorChoice)
        and (choice.participant.pk, choice.role, choice.commodity) == (job.participant_id, job.role, job.commodity)
        and choice.may(kind.permission)
        for choice in acting.choices_of(job.user, now)
    )
    if not (job.user.is_active and is_allowed):
        raise _refused_for(job, messages.NOT_ALLOWED_ANY_MORE)
    return kind


def _refused_for(job: Job, msgid: str) -> _Refused:
    return _Refused([JobFault(job=job, msgid=msgid, args={})], 1, 0)


def _import(job: Job, kind: JobKind, progress: Progress, now: datetime) -> None:
    with files.opened(job.source_path) as file:
        try:
            workbook = open_workbook(cast(BinaryIO, file), kind.limits)
            work = ImportWork(job, kind, progress, now, workbook=workbook)
        except SheetError as error:
            raise _Refused([kept(job, fault) for fault in error.faults], len(error.faults), 0) from error
        kind.do_import(work)
    if work.faults_total:
        raise _Refused([*in_order(work.faults), *work.notes], work.faults_total, work.rows_read)
    JobFault.objects.bulk_create(work.notes)
    _end(job, JobState.DONE, now, work.rows_read, counts=dict(work.counts))


def _end(job: Job, state: JobState, now: datetime, rows: int, **more: Any) -> None:
    # The moment of the end is that of the database: `now` is when the attempt began.
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ended_at = max(cursor.fetchone()[0], now)
    _ours(job).update(state=state, finished_at=ended_at, rows_done=rows, rows_total=rows, **more)


def take_up_again(*, now: datetime) -> int:
    """Have jobs worked anew whose worker has died, and give up those that were tried too often; give how many wait."""
    for job in Job.objects.filter(state=JobState.RUNNING, attempt_at__lt=now - _PAUSE):
        with _locked(job) as is_left:
            if not is_left:
                continue
            if job.attempts >= MAX_ATTEMPTS:
                _ours(job).update(state=JobState.ABANDONED, finished_at=now)
                logger.error("the job %s was given up after %s attempts", job, job.attempts)
            else:
                _ours(job).update(state=JobState.WAITING)
    return Job.objects.filter(state=JobState.WAITING).count()


def delete_old(*, now: datetime, most: int = 1_000) -> int:
    """Delete jobs that ended and were kept long enough, and the files of those days; give how many jobs."""
    files.delete_old(today=now.date())
    old = Job.objects.filter(created_at__lt=now - timedelta(days=files.KEPT_DAYS), state__in=ENDED).values_list(
        "pk", flat=True
    )[:most]
    deleted, _ = Job.objects.filter(pk__in=list(old)).delete()
    return deleted
