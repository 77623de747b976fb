"""As whom a person acts: herself or a customer that she represents, or a participant in one of its roles.

One choice holds for a session. It is looked up anew at each request, so that a grant that was withdrawn, a role that
has ended, ends with the next click. Source: `5-web.md`, "Signing in".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest

from datahub.exchanges.rules import By, Side, side_in
from datahub.market import Commodity, Permission, Role
from datahub.parties import selectors
from datahub.parties.models import Party, User
from datahub.parties.services import managing

_SESSION_KEY = "acting"


@dataclass(frozen=True, slots=True)
class OperatorChoice:
    """A person at work for a participant, in one of its roles, for a commodity."""

    user: User
    participant: Party
    role: Role
    commodity: Commodity
    permissions: frozenset[Permission] = field(repr=False)

    is_customer = False

    @property
    def key(self) -> str:
        """What names the choice in a session and in forms."""
        return f"operator:{self.participant.eic}:{self.role}:{self.commodity}"

    @property
    def party(self) -> Party:
        """For whom she acts."""
        return self.participant

    @property
    def by(self) -> By:
        """Who acted, as services keep it."""
        return By(user_id=self.user.pk)

    @property
    def side(self) -> Side | None:
        """The side on which the role stands in enquiries and connection requests, None if it takes no part in them."""
        return side_in(self.role)

    @property
    def is_admin(self) -> bool:
        """Whether she may do everything that can be done in the role."""
        return Permission.ADMIN in self.permissions

    def may(self, permission: Permission) -> bool:
        """Tell whether she has a permission or one that includes it."""
        return not permission.granted_by().isdisjoint(self.permissions)


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """A person who acts for herself as a customer, or for a company or organisation that she represents."""

    user: User
    party: Party

    is_customer = True

    @property
    def key(self) -> str:
        """What names the choice in a session and in forms."""
        return f"customer:{self.party.eic}"

    @property
    def is_herself(self) -> bool:
        """Whether it is the person's own party."""
        return self.party.pk == self.user.party_id


Choice = OperatorChoice | CustomerChoice


def choices_of(user: User, now: datetime) -> list[Choice]:
    """Give all that a person may act as now: herself first, then whom she represents, then participants' roles."""
    return [
        *(CustomerChoice(user, party) for party in selectors.customers_of_person(user, now)),
        *(
            OperatorChoice(user, held.participant, held.role, held.commodity, held.permissions)
            for held in selectors.roles_of_person(user, now)
        ),
    ]


def _matching(choices: list[Choice], key: str) -> Iterator[Choice]:
    return (choice for choice in choices if choice.key == key)


def possible(user: User, key: str, now: datetime) -> Choice | None:
    """Give what a key names, if the person may act as that."""
    return next(_matching(choices_of(user, now), key), None)


def choose(request: HttpRequest, key: str, now: datetime) -> Choice | None:
    """Let the session's person act as what a key names; None, and nothing changed, if she may not."""
    if not isinstance(request.user, User):
        return None
    chosen = possible(request.user, key, now)
    if chosen is not None:
        # What was shown to her in the former role is not to be sent in this one.
        request.session.cycle_key()
        request.session[_SESSION_KEY] = chosen.key
        if isinstance(chosen, OperatorChoice):
            managing.met(user=chosen.user, participant=chosen.participant)
    return chosen


def current(request: HttpRequest, now: datetime) -> Choice | None:
    """Give what the session's person acts as, None if she has not chosen or may not any more."""
    key = request.session.get(_SESSION_KEY)
    if not isinstance(request.user, User) or not key:
        return None
    return possible(request.user, key, now)
