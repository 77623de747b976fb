"""What the log of staff's acts says, in the reader's language.

What Django notes of changed fields is kept as JSON, with their values beside it (`datahub.staff.changes`); of other
acts a sentence is kept, in English, as it stands here.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from datahub.staff import changes

SECOND_FACTOR_SET_UP = _("Set up the second factor.")
SECOND_FACTOR_RESET = _("Reset the second factor.")
RECOVERY_CODES_MADE = _("Created new recovery codes.")
SECRET_CHANGED = _("Changed the secret.")
TECHNICAL_USER_REMOVED = _("Removed it and destroyed its secrets.")
OWN_PASSWORD_CHANGED = _("Changed their own password.")
TRIED_AGAIN = _("Tried again; its last error was: {0}")
DROPPED = _("Discarded; its last error was: {0}")
BEGUN_ANEW = _("Started again; had failed: {0}")
READINGS_READ = _("Read the readings of {0}")
CONTENT_READ = _("Read the content.")
_SENTENCES = (
    SECOND_FACTOR_SET_UP,
    SECOND_FACTOR_RESET,
    RECOVERY_CODES_MADE,
    SECRET_CHANGED,
    TECHNICAL_USER_REMOVED,
    OWN_PASSWORD_CHANGED,
    TRIED_AGAIN,
    DROPPED,
    BEGUN_ANEW,
    READINGS_READ,
    CONTENT_READ,
)
# What staff did beside what Django knows of: they looked at what customers use, or at what was told of it.
LOOKED = 4
_VALUE = "{0}"
# Where the values of a part stand, beside what Django keeps of it.
VALUES = "values"
# More are not acted on at once: each stands in the form that asks, and a form takes a thousand fields.
MOST_AT_ONCE = 500
# So many acts on a row stand with its history; all stand in the log.
LATEST = 100


def log(request: HttpRequest, flag: int, done: Iterable[tuple[Model, str]]) -> None:
    """Log what a member of staff did with some rows of a model, each with its sentence, in one statement."""
    rows = list(done)
    if not rows:
        return
    kind = ContentType.objects.get_for_model(rows[0][0], for_concrete_model=False)
    LogEntry.objects.bulk_create(
        LogEntry(
            user_id=request.user.pk,
            content_type=kind,
            object_id=str(row.pk),
            object_repr=str(row)[:200],
            action_flag=flag,
            change_message=said,
        )
        for row, said in rows
    )


def of_row(model: type[Model], key: str) -> list[LogEntry]:
    """Give the latest acts on a row, the last first, each with what was done in words."""
    kind = ContentType.objects.get_for_model(model, for_concrete_model=False)
    done = LogEntry.objects.filter(content_type=kind, object_id=key).select_related("user").order_by("-pk")
    found = list(done[:LATEST])
    for act in found:
        act.change_message = in_words(act)
    return found


def kind(act: LogEntry) -> str:
    """Say of what kind an act was."""
    return gettext("Look-up") if act.action_flag == LOOKED else str(act.get_action_flag_display())


def in_words(act: LogEntry) -> str:
    """Say what was done, and of what a form changed the values before and after, where they were kept."""
    kept = str(act.change_message)
    if kept.startswith("["):
        return _parts_in_words(kept)
    for sentence in _SENTENCES:
        start, value, _end = sentence.partition(_VALUE)
        if kept == sentence or (value and kept.startswith(start)):
            return gettext(sentence).replace(_VALUE, kept[len(start) :])
    return kept


def _parts_in_words(kept: str) -> str:
    """Say each part in Django's words, with the names of models and fields in ours, and then its values."""
    try:
        parts: Any = json.loads(kept)
    except json.JSONDecodeError:
        return kept
    said = []
    for part in parts:
        values = part.pop(VALUES, ())
        for changed in part.values():
            if "name" in changed:
                changed["name"] = changes.name_in_words(changed["name"])
            if "fields" in changed:
                changed["fields"] = [changes.name_in_words(field) for field in changed["fields"]]
        said += [str(LogEntry(change_message=json.dumps([part])).get_change_message()), changes.in_words(values)]
    return " ".join(text for text in said if text) or str(LogEntry(change_message="[]").get_change_message())
