"""The bodies of `/customer-authorization…`. Source: `4-exchanges.md`, "Customer authorizations"."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from datahub import market
from datahub.errors import Fault, codes, fault
from datahub.parties import eic
from datahub.parties.api.serializers import CustomerValue, ShownIdentity
from datahub.wire.fields import Body, CodeField, EicField, InstantField, PageAnswer, PaginationField

_MAX_CODES = 500
_PERIODS = (("periodStart", "periodEnd"), ("subjectPeriodStart", "subjectPeriodEnd"))


class AuthorizationSearch(Body):
    """All may be left out: then those that are valid now are found."""

    meterEic = serializers.ListField(
        child=EicField(kind=eic.METERING_POINT), required=False, allow_empty=False, max_length=_MAX_CODES
    )
    customerEic = serializers.ListField(child=EicField(), required=False, allow_empty=False, max_length=_MAX_CODES)
    periodStart = InstantField(
        required=False, help_text="Valid at some time from here on; with it or periodEnd, ended ones are found too."
    )
    periodEnd = InstantField(required=False, help_text="Valid at some time before this.")
    subjectPeriodStart = InstantField(required=False, help_text="Opening data of some time from here on.")
    subjectPeriodEnd = InstantField(required=False, help_text="Opening data of some time before this.")
    pagination = PaginationField()

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for periods that have a length."""
        for first, last in _PERIODS:
            start, end = values.get(first), values.get(last)
            if start is not None and end is not None and start >= end:
                yield fault(codes.FROM_NOT_BEFORE_TO, first, start, last, end)


class ShownAuthorization(Body):
    """An authorization, with the customer's name while it is valid; before and after, with its EIC and type alone.

    Of one that was revoked periodEnd is the end that revoking gave it.
    """

    customerType = CodeField(market.PartyType)
    customerIdentities = ShownIdentity(many=True, help_text="The EIC alone.")
    customerMetadata = CustomerValue(many=True, help_text="The name alone; empty while it may not be seen.")
    meterEic = EicField(kind=eic.METERING_POINT)
    periodStart = InstantField()
    periodEnd = InstantField(required=False, help_text="Left out while it has no end.")
    subjectPeriodStart = InstantField()
    subjectPeriodEnd = InstantField()
    purpose = CodeField(market.AuthorizationPurpose)
    authorizationId = serializers.UUIDField()
    revokedAt = InstantField(required=False, help_text="Left out where it was not revoked.")


class AuthorizationSearchAnswer(Body):
    """The authorizations that were given to the sender in its role and commodity, by periodStart, then id."""

    customerAuthorizations = ShownAuthorization(many=True)
    pagination = PageAnswer()
