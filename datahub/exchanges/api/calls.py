"""Who calls, as the services and selectors of all exchanges take it. Source: `2-wire.md`, "Each request"."""

from typing import Any

from datahub.exchanges.rules import By
from datahub.wire.service import Call


def reads_as(call: Call) -> dict[str, Any]:
    """Give who reads: `participant`, `role` and `commodity`."""
    context = call.context
    return {"participant": context.participant, "role": context.role, "commodity": context.commodity}


def saves_as(call: Call, side: str = "participant") -> dict[str, Any]:
    """Give who saves, and when: `role`, `commodity`, `by`, `now`, and the participant by the name of its side."""
    return {
        side: call.context.participant,
        "role": call.context.role,
        "commodity": call.context.commodity,
        "by": By(technical_user=call.technical_user.client_id),
        "now": call.now,
    }
