"""Jobs: what is saved and what is not, when a worker dies, when two are at it, when the person may no longer."""

import io
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, connection, connections
from django.test import TestCase

from datahub.market import Commodity, Permission, Role
from datahub.metering.models import MeteringPoint
from datahub.metering.point_form import given_point
from datahub.metering.services import points
from datahub.outbox.models import Unit
from datahub.parties import eic as codes_of_points
from datahub.parties.models import UserGrant
from portal import tasks
from portal.acting import OperatorChoice
from portal.jobs import files, kinds, messages, progress, services
from portal.jobs.kinds import JobKind
from portal.jobs.models import Job, JobFault, JobState
from portal.jobs.running import MOST_FAULTS, ImportWork
from portal.sheets.faults import SheetError
from tests import cast
from tests.portal.people import grant, person
from tests.portal.sheets import HEADERS, TABLE, row, workbook

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def point_eic(number: int) -> str:
    return codes_of_points.complete(f"38ZGO-1{number:07d}-")


def import_points(work: ImportWork) -> None:
    for one in work.rows():
        with work.row(one):
            sent = {
                "meteringPoint": {
                    "meterEic": one.values["eic"],
                    "meteringType": "REMOTE_READING",
                    "meteringPointType": one.values["kind"],
                },
                "meterLocation": {
                    "county": "Rapla maakond",
                    "municipality": "Kehtna vald",
                    "comment": one.values["comment"] or "",
                },
                "electricityCharacteristics": {
                    "consumptionScale": "SMALL",
                    "connectionState": "CONNECTED",
                    "resolution": "PT15M",
                    "customerType": "CONSUMER",
                    "production": False,
                    "transmissionNetworkEic": "38A-EE-98-4634-U",
                    "apartmentAssociation": False,
                    "isolatedMeteringPoint": False,
                    "electricalHeating": False,
                    "chargingPoint": False,
                },
            }
            points.register_point(
                owner=work.participant, role=work.role, commodity=work.commodity, given=given_point(sent), now=work.now
            )
            work.count("Metering points added")


IMPORT = JobKind(
    "TEST_IMPORT",
    "Import of metering points",
    Permission.EDITOR_METERING_POINT,
    TABLE,
    import_points,
    paths={"meterMetadata.meteringPoint.meterEic": "eic", "meterMetadata": "comment"},
)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    # The hub's own are declared first, once and where they stay.
    kinds.kind_of("")
    monkeypatch.setattr(kinds, "_kinds", {IMPORT.name: IMPORT})
    monkeypatch.setattr(kinds, "MODULES", ())


def operator(eic: str = cast.GRID_OPERATOR, name: str = "worker", *permissions: Permission) -> OperatorChoice:
    participant = cast.participant(eic)
    user = person(name)
    grant(user, eic, Role.GRID_OPERATOR, *permissions)
    return OperatorChoice(
        user, participant, Role.GRID_OPERATOR, Commodity.ELECTRICITY, frozenset(permissions or {Permission.ADMIN})
    )


def submitted(
    *rows: list[Any], chosen: OperatorChoice | None = None, kind: JobKind = IMPORT, now: datetime = NOW
) -> Job:
    return services.submit_import(
        kind=kind,
        chosen=chosen or operator(),
        file=workbook(HEADERS, *rows),
        file_name="C:\\minu failid\\punktid.xlsx",
        language="en",
        now=now,
    )


def worked(job: Job, now: datetime = NOW) -> Job:
    while services.work_next_job(now=now):
        pass
    job.refresh_from_db()
    return job


def told(job: Job) -> list[tuple[str, int | None, str, str]]:
    return [(fault.sheet, fault.row, fault.column, fault.say()) for fault in job.faults.order_by("pk")]


@pytest.mark.django_db
class TestImports:
    def test_all_rows_are_saved_and_counted(self) -> None:
        job = submitted(*[row(eic=point_eic(number)) for number in range(3)])
        assert (job.state, job.file_name, job.source_path[:16]) == ("WAITING", "punktid.xlsx", "jobs/2026-11-20/")
        worked(job)
        assert (job.state, job.rows_done, job.rows_total, job.attempts) == ("DONE", 3, 3, 1)
        assert job.counts == {"Metering points added": 3}
        assert job.finished_at is not None and not job.faults.exists()
        assert MeteringPoint.objects.count() == Unit.objects.count() == 3

    def test_one_fault_and_nothing_is_saved_but_every_fault_is_told(self) -> None:
        job = submitted(
            row(eic=point_eic(0)),
            row(eic=point_eic(1), power="1,2345"),
            row(eic="38ZGO-2000001820"),
            row(eic=point_eic(0)),
            row(eic=point_eic(2), kind="SORT"),
        )
        worked(job)
        assert (job.state, job.rows_done, job.faults_total) == ("FAILED", 5, job.faults.count())
        found = told(job)
        assert [(sheet, number, column) for sheet, number, column, _ in found] == [
            ("Andmed", 3, "C"),
            ("Andmed", 4, "A"),
            ("Andmed", 5, "A"),
            ("Andmed", 6, "B"),
        ]
        assert found[0][3] == "The number has 4 decimals, but may have at most 3."
        assert "38ZGO-2000001820" in found[1][3]
        assert not MeteringPoint.objects.exists() and not Unit.objects.exists()

    def test_columns_are_called_what_the_file_calls_them(self) -> None:
        job = services.submit_import(
            kind=IMPORT,
            chosen=operator(),
            file=workbook(["EIC-kood *", *HEADERS[1:]], row(eic="38ZGO-2000001820")),
            file_name="a.xlsx",
            language="en",
            now=NOW,
        )
        worked(job)
        (fault,) = job.faults.all()
        assert fault.header == "EIC-kood"
        assert fault.code and "“EIC-kood”" in fault.say(), fault.say()

    def test_the_report_is_bounded_and_says_how_many_more(self) -> None:
        job = submitted(*[row(eic="longer than any code") for _ in range(MOST_FAULTS + 7)])
        worked(job)
        assert (job.faults_total, job.faults.count()) == (MOST_FAULTS + 7, MOST_FAULTS)

    def test_headers_that_are_wrong_refuse_the_file(self) -> None:
        job = services.submit_import(
            kind=IMPORT,
            chosen=operator(),
            file=workbook(["EIC code", "Colour"], ["x", "y"]),
            file_name="a.xlsx",
            language="et",
            now=NOW,
        )
        worked(job)
        assert job.state == JobState.FAILED
        assert [(number, column) for _, number, column, _ in told(job)] == [(1, "B"), (1, "")]

    def test_what_is_no_workbook_is_refused_before_it_is_kept(self) -> None:
        with pytest.raises(SheetError):
            services.submit_import(
                kind=IMPORT,
                chosen=operator(),
                file=io.BytesIO(b"a;b\r\n1;2\r\n"),
                file_name="a.csv",
                language="et",
                now=NOW,
            )
        assert not Job.objects.exists()

    def test_stored_script_in_names_and_cells_is_kept_as_the_text_that_it_is(self) -> None:
        job = services.submit_import(
            kind=IMPORT,
            chosen=operator(),
            file=workbook(HEADERS, row(eic="<script>alert(1)"), row(kind="=cmd|' /C calc'!A0")),
            file_name='"><script>\r\nSet-Cookie: a=b.xlsx',
            language="en",
            now=NOW,
        )
        worked(job)
        assert job.file_name == "script Set-Cookie a=b.xlsx"
        assert job.faults.order_by("pk")[0].shown == "<script>alert(1)"

    def test_what_the_person_may_no_longer_is_not_done(self) -> None:
        job = submitted(row())
        UserGrant.objects.all().delete()
        worked(job)
        assert job.state == JobState.FAILED
        assert told(job) == [("", None, "", messages.NOT_ALLOWED_ANY_MORE)]
        assert not MeteringPoint.objects.exists()

    def test_a_kind_that_is_no_longer_known_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        job = submitted(row())
        monkeypatch.setattr(kinds, "_kinds", {})
        assert worked(job).state == JobState.FAILED
        assert told(job)[0][3] == messages.UNKNOWN_KIND

    def test_a_person_has_few_jobs_waiting(self) -> None:
        for _ in range(services.MOST_WAITING):
            submitted(row())
        with pytest.raises(SheetError) as refused:
            submitted(row())
        assert refused.value.faults[0].msgid == messages.TOO_MANY_WAITING
        submitted(row(), chosen=operator(cast.SOUTHERN_GRID_OPERATOR, "neighbour"))

    def test_of_a_participants_imports_of_a_kind_one_runs_at_a_time(self) -> None:
        first, second = submitted(row(eic=point_eic(0))), submitted(row(eic=point_eic(1)), now=LATER)
        Job.objects.filter(pk=first.pk).update(state=JobState.RUNNING, attempts=1, attempt_at=NOW)
        assert not services.work_next_job(now=NOW)
        with pytest.raises(IntegrityError):
            Job.objects.filter(pk=second.pk).update(state=JobState.RUNNING)

    def test_progress_is_seen_while_it_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[tuple[int, int | None]] = []
        monkeypatch.setattr(progress, "_SECONDS_BETWEEN", 0.0)

        def slow(work: ImportWork) -> None:
            for _ in work.rows():
                seen.append(progress.of(work.job.pk))

        monkeypatch.setitem(kinds._kinds, "TEST_IMPORT", JobKind("TEST_IMPORT", "", Permission.ADMIN, TABLE, slow))
        worked(submitted(*[row() for _ in range(3)]))
        assert seen == [(0, 4), (1, 4), (2, 4)]


@pytest.mark.django_db
class TestEnds:
    def test_a_job_that_a_worker_left_is_taken_up_again_and_given_up_in_the_end(self) -> None:
        job = submitted(row())
        for attempt in range(1, services.MAX_ATTEMPTS + 1):
            taken = services._take(NOW)
            assert taken is not None and taken.attempts == attempt
            assert services.take_up_again(now=NOW) == 0, "not at once: a worker needs a moment"
            services.take_up_again(now=LATER)
        job.refresh_from_db()
        assert (job.state, job.finished_at) == (JobState.ABANDONED, LATER)

    def test_an_unexpected_error_leaves_nothing_and_the_job_is_tried_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = submitted(row(eic=point_eic(1)), row(eic=point_eic(2)))
        real, calls = points.register_point, iter([real_point, crash])
        monkeypatch.setattr(points, "register_point", lambda **named: next(calls)(real, named))
        with pytest.raises(ZeroDivisionError):
            services.work_next_job(now=NOW)
        assert not MeteringPoint.objects.exists() and not Unit.objects.exists()
        monkeypatch.setattr(points, "register_point", real)
        assert services.take_up_again(now=LATER) == 1
        assert worked(job, LATER).state == JobState.DONE
        assert MeteringPoint.objects.count() == 2

    def test_a_store_that_is_away_costs_no_attempt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        job = submitted(row())

        def away(path: str) -> Any:
            raise files.FilesUnavailable("away")

        with monkeypatch.context() as patched:
            patched.setattr(files, "opened", away)
            assert not services.work_next_job(now=NOW)
        job.refresh_from_db()
        assert (job.state, job.attempts) == (JobState.WAITING, 0)
        assert worked(job).state == JobState.DONE

    def test_jobs_and_their_files_are_deleted_after_seven_days(self) -> None:
        job = worked(submitted(row(power="x")))
        services.delete_old(now=NOW + timedelta(days=7))
        assert Job.objects.exists() and storages["content"].exists(job.source_path)
        services.delete_old(now=NOW + timedelta(days=8, seconds=1))
        assert not Job.objects.exists() and not JobFault.objects.exists()
        assert not storages["content"].exists(job.source_path)

    def test_the_tasks_do_what_the_services_do(self) -> None:
        with TestCase.captureOnCommitCallbacks():
            job = submitted(row(eic=point_eic(5)), now=datetime.now(UTC))
        tasks.sweep_jobs()
        tasks.work_jobs()
        tasks.retain_jobs()
        job.refresh_from_db()
        assert job.state == JobState.DONE


def real_point(real: Any, named: dict[str, Any]) -> Any:
    return real(**named)


def crash(real: Any, named: dict[str, Any]) -> Any:
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_workers_do_a_job_once_and_a_sweep_leaves_it_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        job = submitted(row(eic=point_eic(1)))
        inside, go_on = threading.Event(), threading.Event()
        real = points.register_point

        def waits(**named: Any) -> Any:
            inside.set()
            assert go_on.wait(20)
            return real(**named)

        monkeypatch.setattr(points, "register_point", waits)

        def work() -> None:
            services.work_next_job(now=NOW)
            connections.close_all()

        worker = threading.Thread(target=work)
        worker.start()
        assert inside.wait(20)
        assert services.take_up_again(now=LATER) == 0
        assert not services.work_next_job(now=LATER)
        # Even one that takes it for its own finds it locked.
        job.refresh_from_db()
        services._work(job, LATER)
        assert not MeteringPoint.objects.exists()
        go_on.set()
        worker.join(20)
        job.refresh_from_db()
        assert (job.state, job.attempts, job.rows_done) == (JobState.DONE, 1, 1)
        assert MeteringPoint.objects.count() == 1

    def test_a_worker_that_is_killed_halfway_leaves_nothing_and_another_finishes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = submitted(row(eic=point_eic(1)), row(eic=point_eic(2)))
        real = points.register_point

        def dies(**named: Any) -> Any:
            real(**named)
            # What PostgreSQL sees of a process that was killed: its connection is gone.
            connection.connection.close()
            raise SystemExit

        monkeypatch.setattr(points, "register_point", dies)

        def work() -> None:
            with pytest.raises(SystemExit):
                services.work_next_job(now=NOW)
            connections.close_all()

        worker = threading.Thread(target=work)
        worker.start()
        worker.join(20)
        job.refresh_from_db()
        assert (job.state, MeteringPoint.objects.count(), Unit.objects.count()) == (JobState.RUNNING, 0, 0)
        monkeypatch.setattr(points, "register_point", real)
        assert services.take_up_again(now=LATER) == 1
        assert worked(job, LATER).state == JobState.DONE
        assert (job.attempts, MeteringPoint.objects.count()) == (2, 2)
