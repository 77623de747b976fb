"""The recipient of a customer's authorization. Source: seed 004, "Customer authorization rules"."""

from collections.abc import Mapping
from typing import Any

from distribution.rules.facts import Recipient
from distribution.rules.recipients import without_sender


def told_of_permission(saved: Mapping[str, Any], *, sender_eic: str) -> list[Recipient]:
    """Give the participant that was given it, in the role of the giving and the point's commodity, and nobody else.

    None where the participant gave it to itself: as the customer it is the sender.
    """
    subject = Recipient(saved["participant"], saved["role"], saved["commodity"])
    return sorted(without_sender([subject], sender_eic))
