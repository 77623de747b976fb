"""An act upon an agreement and what it causes, as plain facts."""

from dataclasses import dataclass
from enum import StrEnum

from datahub.agreements.facts import AgreementFact


class Action(StrEnum):
    """What is done with an agreement."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Effect:
    """One agreement before and after, and the reason that messages name; None where it does not stand."""

    reason: str
    before: AgreementFact | None
    after: AgreementFact | None

    @property
    def action(self) -> Action:
        """What is done with the agreement."""
        if self.before is None:
            return Action.CREATE
        return Action.DELETE if self.after is None else Action.UPDATE

    @property
    def subject(self) -> AgreementFact:
        """The agreement as it then stands, or as it stood before it was deleted."""
        subject = self.after or self.before
        assert subject is not None  # noqa: S101  (an effect has a before or an after)
        return subject


def created(agreement: AgreementFact) -> Effect:
    """Give the act of registering an agreement."""
    return Effect(Action.CREATE, None, agreement)


def updated(before: AgreementFact, after: AgreementFact) -> Effect:
    """Give the act of changing an agreement."""
    return Effect(Action.UPDATE, before, after)


def deleted(agreement: AgreementFact) -> Effect:
    """Give the act of deleting an agreement."""
    return Effect(Action.DELETE, agreement, None)


def caused(before: AgreementFact | None, after: AgreementFact | None, *, by: str) -> Effect:
    """Give an effect with its reason; `by` is what caused it (`cause_of`)."""
    effect = Effect("", before, after)
    return Effect(f"{effect.action}_BC_{by}", before, after)


def cause_of(act: Effect) -> str:
    """Name an act as the reasons of its effects do: SUPPLY_CREATE, GRID_UPDATE, …"""
    return f"{act.subject.type}_{act.action}"
