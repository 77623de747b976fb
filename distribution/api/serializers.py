"""What a scan asks for and how its answer looks. Source: seed 004, "Scanning data updates"."""

from typing import Any

from rest_framework import serializers

from datahub.errors import DomainError
from datahub.market import ResourceType
from datahub.wire.fields import Body, CodeField, InstantField, PageAnswer, PaginationField
from distribution.rules.windows import window_faults
from distribution.selectors.content import Missing

_MAX_ID = 2**63 - 1
_ATTRIBUTES = "dataDistributionAttributes"


class DataDistributionAttributes(Body):
    """A window of times or of ids (both ends; if both kinds are given both apply) and what is told of."""

    createdTimeFrom = InstantField(required=False, help_text="The messages created from this moment on …")
    createdTimeTo = InstantField(
        required=False, help_text="… up to, and without, this one: at most one hour for METERING_DATA, else 24 hours."
    )
    idFrom = serializers.IntegerField(required=False, max_value=_MAX_ID, help_text="The messages from this id on …")
    idTo = serializers.IntegerField(
        required=False, max_value=_MAX_ID, help_text="… up to and with this one, at most 10,000 higher."
    )
    resourceType = CodeField(ResourceType)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a window that is too wide, upside down or has one end only."""
        if faults := window_faults(attrs, path=_ATTRIBUTES):
            raise DomainError(faults)
        return attrs


class SearchRequest(Body):
    """The body of a scan beside its context."""

    dataDistributionAttributes = DataDistributionAttributes()
    pagination = PaginationField()


class DataDistribution(Body):
    """One message."""

    id = serializers.IntegerField(help_text="Grows in the order in which messages become visible.")
    createdTime = InstantField(help_text="With six decimals; grows with the id.")
    resourceType = CodeField(ResourceType)
    reason = serializers.CharField(help_text="CREATE, UPDATE, DELETE, or WHAT_BC_TYPE_ACTION.")
    hasContent = serializers.BooleanField()
    content = serializers.CharField(
        allow_blank=True,
        help_text="A JSON string: a list for AGREEMENT, METERING_DATA and NETWORK_BILL, else an object.",
    )
    contentMissingReason = serializers.ChoiceField(
        required=False, choices=[(reason.value, reason.value) for reason in Missing]
    )


class SearchAnswer(Body):
    """A page of messages, by id."""

    dataDistributions = DataDistribution(many=True)
    pagination = PageAnswer()
