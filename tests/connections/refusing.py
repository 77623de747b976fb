"""How requests and answers are refused: the last words of the codes."""

from typing import Any

import pytest

from datahub.errors import DomainError
from tests.connections.acting import refusals

GO_OS, OS_CUST, GO_CUST = (f"missing-agreement-between-{pair}" for pair in ("go-and-os", "os-and-cust", "go-and-cust"))
NOT_THERE = "connection-state-header-not-exists"
NO_ANSWER = "connection-state-response-not-exists"
MISMATCH = "mismatched-initiation-reason-and-state"
PAST = "connection-state-preferred-date-cannot-be-in-past"
PLAN_PAST = "connection-state-estimated-date-cannot-be-in-past"
FIXED = "connection-state-attribute-cannot-be-changed"
UNFIT = "connection-state-attribute-does-not-fit-state"
REDUNDANT = "redundant-connection-state-initialization"
OTHER_SIDE = "connection-state-participant-must-be-sender-or-receiver"
NO_OPERATOR = "service-provider-role-and-initiation-mismatch"


def refused(act: Any, **options: Any) -> list[str]:
    """Give the codes with which an act is refused."""
    with pytest.raises(DomainError) as error:
        act(**options)
    return refusals(error.value)
