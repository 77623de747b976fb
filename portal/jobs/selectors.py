"""Reading jobs: those of a person in what she acts as."""

from uuid import UUID

from django.db.models import QuerySet

from portal.acting import OperatorChoice
from portal.jobs.models import Job


def own_jobs(chosen: OperatorChoice) -> QuerySet[Job]:
    """Give a person's jobs in the participant, role and commodity that she acts in, the newest first.

    Their places in the file, which may be a megabyte, are read only where somebody asks for them.
    """
    own = Job.objects.filter(
        user=chosen.user, participant=chosen.participant, role=chosen.role, commodity=chosen.commodity
    )
    return own.defer("places").order_by("-created_at", "pk")


def own_job(chosen: OperatorChoice, job_id: UUID) -> Job | None:
    """Give one of them, None for any other as for one that does not exist."""
    return own_jobs(chosen).filter(pk=job_id).first()
