"""The recipients of customer data. Source: seed 004, "Customer metadata rules"; `3-distribution.md`, "Recipients".

They go to the direct party alone: no portfolio chain is told of a customer's name or of how it is billed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datahub.access.rules import ground_since
from datahub.market import AgreementType, MetadataType, Role
from datahub.parties.rules import EVERY_NAME
from distribution.rules.facts import Recipient


@dataclass(frozen=True, slots=True)
class Provider:
    """A service provider of a customer under one type of agreement, of those that had begun at the save.

    `until` is the latest end of these, None if one is open-ended.
    """

    type: AgreementType
    recipient: Recipient
    until: datetime | None

    def is_active(self, saved_at: datetime) -> bool:
        """Tell whether an agreement is valid at the save."""
        return self.until is None or self.until > saved_at

    def is_told_of_billing(self, saved_at: datetime) -> bool:
        """Tell whether it is the customer's named supplier, or was within the last 12 months."""
        named_supplier = self.type == AgreementType.GENERAL_SERVICE and self.recipient.role == Role.OPEN_SUPPLIER
        return named_supplier and (self.until is None or self.until >= ground_since(saved_at))

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Provider":
        """Make it of what stands in a change."""
        until = None if kept["until"] is None else datetime.fromisoformat(kept["until"])
        recipient = Recipient(kept["eic"], kept["role"], kept["commodity"])
        return cls(AgreementType(kept["type"]), recipient, until)


def told_of_customer(
    changed: Iterable[MetadataType], providers: Iterable[Provider], *, saved_at: datetime, sender_eic: str
) -> dict[Recipient, bool]:
    """Give who is told that values of a customer changed, each with whether it sees more than the name.

    Of a name: every provider with an agreement valid now. Of what a customer is billed and reached by: the named
    supplier. One who is both is told once, with all that it may see.
    """
    changed, providers = set(changed), list(providers)
    told = set()
    if changed & EVERY_NAME:
        told |= {provider.recipient for provider in providers if provider.is_active(saved_at)}
    sees_all = {provider.recipient for provider in providers if provider.is_told_of_billing(saved_at)}
    if changed - EVERY_NAME:
        told |= sees_all
    return {recipient: recipient in sees_all for recipient in told if recipient.participant_eic != sender_eic}
