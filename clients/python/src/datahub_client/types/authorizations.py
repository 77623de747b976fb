"""What is said of authorizations. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import FoundCustomerType, Purpose
from datahub_client.types.common import CustomerValue, PageAnswer, ShownIdentity


class ShownAuthorization(TypedDict):
    """An authorization, with the customer's name while it is valid; before and after, with its EIC and type alone.

    Of one that was revoked periodEnd is the end that revoking gave it.
    """

    authorizationId: str
    customerIdentities: list[ShownIdentity]  # The EIC alone.
    customerMetadata: list[CustomerValue]  # The name alone; empty while it may not be seen.
    customerType: FoundCustomerType
    meterEic: str
    periodEnd: NotRequired[str]  # Left out while it has no end.
    periodStart: str
    purpose: Purpose
    revokedAt: NotRequired[str]  # Left out where it was not revoked.
    subjectPeriodEnd: str
    subjectPeriodStart: str


class AuthorizationSearchAnswer(TypedDict):
    """The authorizations that were given to the sender in its role and commodity, by periodStart, then id."""

    customerAuthorizations: list[ShownAuthorization]
    pagination: PageAnswer
