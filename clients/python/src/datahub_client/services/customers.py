"""Customers. Source: `2-wire.md`, `/customer`."""

from collections.abc import Sequence
from typing import Unpack, cast

from datahub_client.services.base import Options, Service, serves, without_none
from datahub_client.types import (
    ChangedCustomer,
    Criteria,
    FoundCustomer,
    FoundCustomerType,
    MarketParticipantRole,
    NewCustomer,
    ShownCustomer,
)


class Customers(Service):
    """People, companies and organisations that have metering points."""

    @serves("POST /customer")
    def create(self, customer: NewCustomer, **options: Unpack[Options]) -> ShownCustomer:
        """Register a customer; give it as saved, its new EIC among the identities."""
        return cast(ShownCustomer, self._call_for("customer", "POST", "/customer", {"customer": customer}, options))

    @serves("PUT /customer")
    def change(self, change: ChangedCustomer, **options: Unpack[Options]) -> ShownCustomer:
        """Change the customer whom its `customerIdentity` names; give it as saved."""
        return cast(ShownCustomer, self._call_for("customer", "PUT", "/customer", {"customer": change}, options))

    @serves("POST /customer/search")
    def search(
        self,
        criteria: Criteria,
        *,
        customer_types: Sequence[FoundCustomerType] | None = None,
        roles: Sequence[MarketParticipantRole] | None = None,
        active_only: bool | None = None,
        **options: Unpack[Options],
    ) -> list[FoundCustomer]:
        """Give the parties that have an identity, or of participants a name."""
        fields = without_none(
            searchCriteria=criteria,
            customerTypes=customer_types,
            marketParticipantRole=roles,
            activeOnly=active_only,
        )
        return cast(list[FoundCustomer], self._call_for("identities", "POST", "/customer/search", fields, options))
