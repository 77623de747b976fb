"""What is said of distribution. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import ContentMissingReason, ResourceType
from datahub_client.types.common import PageAnswer


class DataDistribution(TypedDict):
    """One message."""

    content: str  # A JSON string: a list for AGREEMENT, METERING_DATA and NETWORK_BILL, else an object.
    # * `The path value is null` - The path value is null * `File not found at the specified path` - File not found at
    # the specified path * `Unexpected error while getting file from MinIO` - Unexpected error while getting file from
    # MinIO
    contentMissingReason: NotRequired[ContentMissingReason]
    createdTime: str  # With six decimals; grows with the id.
    hasContent: bool
    id: int  # Grows in the order in which messages become visible.
    reason: str  # CREATE, UPDATE, DELETE, or WHAT_BC_TYPE_ACTION.
    resourceType: ResourceType


class DataDistributionAttributes(TypedDict):
    """A window of times or of ids (both ends; if both kinds are given both apply) and what is told of."""

    createdTimeFrom: NotRequired[str]  # The messages created from this moment on …
    # … up to, and without, this one: at most one hour for METERING_DATA, else 24 hours.
    createdTimeTo: NotRequired[str]
    idFrom: NotRequired[int]  # The messages from this id on …
    idTo: NotRequired[int]  # … up to and with this one, at most 10,000 higher.
    resourceType: ResourceType


class SearchAnswer(TypedDict):
    """A page of messages, by id."""

    dataDistributions: list[DataDistribution]
    pagination: PageAnswer
