"""The task whose round trip is the reference of the latency."""

from celery import shared_task


@shared_task(name="bench.tasks.empty", ignore_result=False)
def empty() -> None:
    """Do nothing."""
