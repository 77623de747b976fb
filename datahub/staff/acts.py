"""What the log of staff's acts says, in the reader's language.

What Django notes of changed fields is kept as JSON; of other acts a sentence is kept, in English, as it stands here.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

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
# More are not acted on at once: each stands in the form that asks, and a form takes a thousand fields.
MOST_AT_ONCE = 500


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


def kind(act: LogEntry) -> str:
    """Say of what kind an act was."""
    return gettext("Look-up") if act.action_flag == LOOKED else str(act.get_action_flag_display())


def in_words(act: LogEntry) -> str:
    """Say what was done."""
    kept = str(act.change_message)
    if kept.startswith("["):
        return str(LogEntry(change_message=_with_names(kept)).get_change_message())
    for sentence in _SENTENCES:
        start, value, _end = sentence.partition(_VALUE)
        if kept == sentence or (value and kept.startswith(start)):
            return gettext(sentence).replace(_VALUE, kept[len(start) :])
    return kept


def _with_names(kept: str) -> str:
    """Put the names of models and fields into words: they are kept as forms show them, with a capital."""
    try:
        parts: Any = json.loads(kept)
    except json.JSONDecodeError:
        return kept
    for part in parts:
        for changed in part.values():
            if "name" in changed:
                changed["name"] = _name(changed["name"])
            if "fields" in changed:
                changed["fields"] = [_name(field) for field in changed["fields"]]
    return json.dumps(parts)


def _name(kept: str) -> str:
    found = gettext(kept)
    if not kept or found != kept:
        return found
    small = kept[0].lower() + kept[1:]
    found = gettext(small)
    return kept if found == small else str(capfirst(found))
