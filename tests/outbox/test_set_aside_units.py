"""`manage.py set_aside_units`: what staff who are called at night can see and do without a browser."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command

from datahub.outbox.models import Unit
from datahub.outbox.wake import _connection

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


def unit(number: int, error: str = "", *, aside: bool = True) -> None:
    Unit.objects.create(
        id=number,
        known_at=number,
        saved_at=NOW,
        lanes=["a"],
        changes=[],
        attempts=5 if aside else 1,
        last_error=error,
        not_before=NOW,
        set_aside_at=NOW if aside else None,
    )


def run(*arguments: str, **options: Any) -> list[str]:
    said = io.StringIO()
    call_command("set_aside_units", *arguments, stdout=said, **options)
    return said.getvalue().splitlines()


def test_nothing_is_set_aside() -> None:
    unit(1, aside=False)
    assert run() == ["No unit is set aside."]


def test_what_is_set_aside_is_counted_by_error_and_says_nothing_of_anybody() -> None:
    for number in (3, 4, 5):
        unit(number, "KeyError: 'x'")
    unit(6, "ValueError: 47101010033\nDETAIL: more")
    assert run() == [
        "       3  since 2026-05-04 10:00Z, first 3  KeyError: 'x'",
        "       1  since 2026-05-04 10:00Z, first 6  ValueError: ***",
    ]
    assert Unit.objects.filter(set_aside_at__isnull=False).count() == 4


def test_those_of_one_error_are_tried_again_all_attempts_anew(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("datahub.outbox.management.commands.set_aside_units._AT_ONCE", 2)
    for number in range(10, 15):
        unit(number, "KeyError: 'x'")
    unit(20, "ValueError: y")
    _connection().delete("wake:distribution.tasks.tell")
    with django_capture_on_commit_callbacks(execute=True) as woken:
        assert run("--retry", "--error", "KeyError")[-1] == "5 units will be tried again."
    assert woken, "a worker is told"
    again = Unit.objects.filter(attempts=0, set_aside_at=None, not_before=None)
    assert set(again.values_list("pk", flat=True)) == {10, 11, 12, 13, 14}
    assert Unit.objects.get(pk=20).attempts == 5
