"""An agreement as a plain fact: what rules decide on, what changes carry and what recipients are worked out from."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from datahub.market import AgreementType, Commodity
from datahub.periods import Period

_INSTANTS = ("valid_from", "valid_to", "original_valid_to")


def _instant_as_json(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant_from_json(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(kept)


@dataclass(frozen=True, slots=True)
class AgreementFact:
    """One agreement, parties and points by their EICs.

    `id` is 0 while it is not saved. `point_eic` and `parent_point_eic` are None without a metering point (or a parent);
    `customer_role` is "" for a customer without a market role; `original_valid_to` is the end its registrar gave it;
    `quiet` says of a GENERAL_SERVICE that nobody was told of it yet, since it has not started.
    """

    id: int
    type: AgreementType
    agreement_id: str
    point_eic: str | None
    parent_point_eic: str | None
    service_provider_eic: str
    service_provider_role: str
    customer_eic: str
    customer_role: str
    commodity: Commodity
    preliminary_termination_fee: bool
    valid_from: datetime
    valid_to: datetime | None
    original_valid_to: datetime | None = None
    quiet: bool = False

    @property
    def period(self) -> Period:
        """The time in which it is valid."""
        return Period(self.valid_from, self.valid_to)

    def valid_at(self, instant: datetime) -> bool:
        """Tell whether it is valid at an instant."""
        return instant in self.period

    def valid_now_or_later(self, now: datetime) -> bool:
        """Tell whether it is valid now or will be."""
        return self.valid_to is None or self.valid_to > now

    def as_json(self) -> dict[str, Any]:
        """Give it as it stands in a change; instants are ISO 8601 in UTC with Z."""
        kept = {name: getattr(self, name) for name in _FIELDS}
        return kept | {name: _instant_as_json(kept[name]) for name in _INSTANTS}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "AgreementFact":
        """Make it of what stands in a change."""
        instants = {name: _instant_from_json(kept[name]) for name in _INSTANTS}
        codes = {"type": AgreementType(kept["type"]), "commodity": Commodity(kept["commodity"])}
        return cls(**{**kept, **instants, **codes})


_FIELDS = tuple(field.name for field in fields(AgreementFact))


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One version of an agreement, with the saves that knew it (`known_from`, `known_to`: ids of outbox units)."""

    fact: AgreementFact
    known_from: int
    known_to: int | None

    def is_known_around(self, unit_id: int) -> bool:
        """Tell whether a save knew this version before it or knows it after it."""
        return self.known_from <= unit_id and (self.known_to is None or self.known_to >= unit_id)
