"""What is said of customers. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import (
    CustomerType,
    FoundCustomerType,
    IdentityType,
    NewIdentityType,
    SearchedIdentityType,
)
from datahub_client.types.common import CustomerValue, IdentityExtension, ShownIdentity


class NewIdentity(TypedDict):
    """An identity with its country. Estonian personal and registry codes are checked."""

    identityExtension: list[IdentityExtension]
    identityType: NewIdentityType
    identityValue: str


class NamedIdentity(TypedDict):
    """What names one customer: its EIC, or one of its identities, narrowed by country and issuer where need be."""

    identityExtension: NotRequired[list[IdentityExtension]]
    identityType: IdentityType
    identityValue: str


class ChangedCustomer(TypedDict):
    """What is left out stays as it is. Identities are only added; those that are known may stand here too."""

    customerIdentities: NotRequired[list[NewIdentity]]
    customerIdentity: NamedIdentity
    customerMetadata: NotRequired[list[CustomerValue]]
    customerType: NotRequired[CustomerType]  # Never changes; narrows what is named.


class Criteria(TypedDict):
    """A code, or the beginning of the name of a company or organisation, at least 3 characters of it.

    People are not found by name. Extensions narrow identities, not an EIC or a name.
    """

    identityExtension: NotRequired[list[IdentityExtension]]
    identityType: SearchedIdentityType
    identityValue: str


class ShownCustomer(TypedDict):
    """The wire's ShownCustomer."""

    customerIdentities: list[ShownIdentity]
    customerMetadata: list[CustomerValue]
    customerType: CustomerType


class CustomerAnswer(TypedDict):
    """The wire's CustomerAnswer."""

    customer: ShownCustomer


class FoundCustomer(TypedDict):
    """A party as far as the sender may see it: without a ground its EIC alone, and no type."""

    customerIdentities: list[ShownIdentity]
    customerMetadata: list[CustomerValue]
    customerType: NotRequired[FoundCustomerType]


class CustomerSearchAnswer(TypedDict):
    """The wire's CustomerSearchAnswer."""

    identities: list[FoundCustomer]


class NewCustomer(TypedDict):
    """At most 100 values and 100 identities."""

    customerIdentities: list[NewIdentity]
    customerMetadata: list[CustomerValue]
    customerType: CustomerType
