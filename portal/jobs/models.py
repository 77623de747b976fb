"""Jobs: imports that run in the background, and what was wrong in their files."""

from enum import StrEnum
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import get_language

from datahub import market
from portal.sheets.faults import Place, SheetFault


class JobState(StrEnum):
    """DONE, FAILED (the file or its rows have faults) and ABANDONED (it could not be worked on) are final."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    ABANDONED = "ABANDONED"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.ABANDONED})


class Job(models.Model):
    """An import of a person at work for a participant in a role.

    `counts` is what happened in numbers, by a msgid of the catalogue; `parameters` are the kind's own, such as that the
    file is only checked; `places` says where in the file what was handed over stands, and may be long.
    `source_path` is that of the object store. `attempt_at` is when the last attempt began.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs")
    participant = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=market.choices(market.Role))
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity))
    language = models.CharField(max_length=5)
    file_name = models.CharField(max_length=150)
    parameters = models.JSONField(default=dict)
    places = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=market.choices(JobState), default=JobState.WAITING.value)
    attempts = models.PositiveSmallIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True)
    rows_done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    attempt_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    faults_total = models.PositiveIntegerField(default=0)
    source_path = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "portal_job"
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "kind"], condition=models.Q(state="RUNNING"), name="portal_job_one_runs"
            )
        ]
        indexes = [
            models.Index(fields=["user", "participant", "role", "commodity", "-created_at"], name="portal_job_own"),
            models.Index(
                fields=["created_at"], condition=models.Q(state__in=["WAITING", "RUNNING"]), name="portal_job_open"
            ),
            models.Index(fields=["created_at"], name="portal_job_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    @property
    def lock_key(self) -> int:
        """The number under which the worker that is at it holds its lock."""
        return self.id.int & (2**63 - 1)


class JobFault(models.Model):
    """One thing that was wrong in an imported file. `code` is that of the market's registry, "" for the file's own.

    `args` are the values in the sentence `msgid`; of a fault of the market's rules the sentence in each language.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="faults")
    is_note = models.BooleanField(default=False)
    sheet = models.CharField(max_length=255, blank=True)
    row = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=3, blank=True)
    header = models.CharField(max_length=100, blank=True)
    shown = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=200, blank=True)
    msgid = models.TextField()
    args = models.JSONField()

    class Meta:
        db_table = "portal_job_fault"

    def __str__(self) -> str:
        return f"{self.sheet} {self.column}{self.row or ''}: {self.msgid}"

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.sheet, self.row, self.column, self.header)

    def say(self) -> str:
        """Say it in the active language."""
        if self.code:
            # A fault of the market's rules was said in every language when it was found.
            return str(self.args.get(get_language(), self.msgid))
        return SheetFault.from_kept(self.msgid, self.args).say()
