"""What a customer has chosen so far, kept in her session until she confirms: going back changes nothing of it.

A draft is answered once. Who confirms it twice, in two windows or by a button that is pressed again, finds what the
first time has done.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, transaction

from datahub.market import Role
from portal.pages import CustomerRequest

_KEY = "granting"
# So many are kept: with the sixth that she begins the first is forgotten.
_MOST = 5
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class Forgotten(Exception):
    """The draft is no longer kept: she has begun others, or signed out."""


@dataclass
class Draft:
    """What was chosen; codes and texts as forms have them. `link`: what is kept of the link that began it.

    `answer` is how it ended, empty while it is open; `given` are the ids of what was given then.
    """

    id: str
    customer: str
    role: str = ""
    receivers: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    terms: dict[str, str] = field(default_factory=dict)
    link: dict[str, Any] | None = None
    answer: str = ""
    given: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return not self.answer

    @property
    def chosen(self) -> str:
        """Name all that is chosen in it: a summary that was shown is of this and of nothing else."""
        said = [self.role, self.receivers, self.points, self.terms]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def number(self, place: int) -> UUID:
        """Give the id of what it gives in a place of its own: a draft that is answered again gives nothing new."""
        return uuid5(NAMESPACE_URL, f"draft:{self.id}:{place}")

    @property
    def chooses_terms(self) -> bool:
        """Whether she chooses for what and for how long; else the market has fixed both."""
        return self.role == Role.ENERGY_SERVICE_PROVIDER


def new_draft(request: CustomerRequest, **chosen: Any) -> Draft:
    """Begin a draft for whom she acts."""
    draft = Draft(token_urlsafe(12), request.acting.party.eic, **chosen)
    keep(request, draft)
    return draft


def find(request: CustomerRequest, draft_id: str) -> Draft | None:
    """Give a draft of this session, for whom she acts now; None for any other."""
    return _found(request.session.get(_KEY), request, draft_id)


def _found(kept: Any, request: CustomerRequest, draft_id: str) -> Draft | None:
    draft = (kept or {}).get(draft_id)
    return Draft(**draft) if draft and draft["customer"] == request.acting.party.eic else None


def keep(request: CustomerRequest, draft: Draft) -> None:
    """Keep a draft as it now is."""
    kept = {**request.session.get(_KEY, {}), draft.id: asdict(draft)}
    request.session[_KEY] = dict(list(kept.items())[-_MOST:])


@contextmanager
def answering(request: CustomerRequest, draft: Draft) -> Iterator[Draft]:
    """Give a draft as it stands with nobody else answering it; how it stands at the end is kept with what was saved.

    All of it or nothing: one transaction holds what is given and the draft's answer. Raises Forgotten.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [f"draft {draft.id}"])
        # As another request may have left it since this one came.
        left = type(request.session)(request.session.session_key).load()
        now = _found(left.get(_KEY), request, draft.id)
        if now is None:
            raise Forgotten
        yield now
        keep(request, now)
        request.session.save()
