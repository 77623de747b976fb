"""The bodies of `/customer…`. Source: `2-wire.md`, "Services"; `1-market.md`, "Parties"."""

from typing import Any

from rest_framework import serializers

from datahub import market
from datahub.errors import DomainError, codes, refuse
from datahub.market import CustomerCriterion, CustomerIdentityType, ExtensionType
from datahub.parties import countries, eic
from datahub.parties.rules import MAX_VALUE_LENGTH
from datahub.wire.fields import Body, CodeField, InstantField, Wrong, shown

_MAX_IDENTITY_LENGTH = 100
_MAX_ENTRIES = 100
_SHORTEST_NAME = 3


class ExactInstantField(InstantField):
    """An instant that is written with the fraction of a second that it has."""

    def to_representation(self, value: Any) -> str:
        """Write it in UTC."""
        return str(value.isoformat().replace("+00:00", "Z"))


class IdentityExtension(Body):
    """COUNTRY: ISO 3166, two capitals. ISSUER: who gave the document."""

    extensionType = CodeField(ExtensionType)
    extensionValue = serializers.CharField(max_length=250)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for a country that there is."""
        value = attrs["extensionValue"]
        if attrs["extensionType"] == ExtensionType.COUNTRY and not countries.is_country(value):
            raise Wrong(codes.INVALID_PATTERN, f"COUNTRY {shown(value)}", "a country of ISO 3166, two capitals")
        return attrs


def _each_once(extensions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = [extension["extensionType"] for extension in extensions]
    if len(set(kinds)) < len(kinds):
        raise Wrong(codes.INVALID_PATTERN, ", ".join(kinds), "extensions of different types")
    return extensions


def _with_country(extensions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not any(extension["extensionType"] == ExtensionType.COUNTRY for extension in _each_once(extensions)):
        raise Wrong(codes.INVALID_PATTERN, "without COUNTRY", "a list with an extension of the type COUNTRY")
    return extensions


class NewIdentity(Body):
    """An identity with its country. Estonian personal and registry codes are checked."""

    identityType = CodeField(market.IdentityType)
    identityValue = serializers.CharField(max_length=_MAX_IDENTITY_LENGTH)
    identityExtension = IdentityExtension(many=True, max_length=2)  # type: ignore[call-arg]  # of its list

    def validate_identityExtension(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Ask for a country."""
        return _with_country(value)


class CustomerValue(Body):
    """One thing known of a customer. Left out: validFrom is now, validTo is when the next value begins, if one does."""

    metadataType = CodeField(market.MetadataType)
    metadataValue = serializers.CharField(max_length=MAX_VALUE_LENGTH)
    validFrom = ExactInstantField(required=False)
    validTo = ExactInstantField(required=False)


class _NamingIdentity(Body):
    path = ""

    def validate_identityExtension(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take each type of extension once."""
        return _each_once(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for an EIC that can be one, and for enough of a name."""
        kind, value, at = attrs["identityType"], attrs["identityValue"], f"{self.path}.identityValue"
        if kind == CustomerCriterion.EIC and (found := eic.check(value, kind=eic.PARTY, path=at)) is not None:
            raise DomainError([found])
        if kind == CustomerCriterion.NAME and len(value) < _SHORTEST_NAME:
            raise refuse(codes.INVALID_PATTERN, at, value, f"at least {_SHORTEST_NAME} characters of a name")
        return attrs


class NamedIdentity(_NamingIdentity):
    """What names one customer: its EIC, or one of its identities, narrowed by country and issuer where need be."""

    path = "customer.customerIdentity"

    identityType = CodeField(CustomerIdentityType)
    identityValue = serializers.CharField(max_length=MAX_VALUE_LENGTH)
    identityExtension = IdentityExtension(many=True, max_length=2, required=False)  # type: ignore[call-arg]  # of its list


class Criteria(_NamingIdentity):
    """A code, or the beginning of the name of a company or organisation; people are not found by name."""

    path = "searchCriteria"

    identityType = CodeField(CustomerCriterion)
    identityValue = serializers.CharField(max_length=MAX_VALUE_LENGTH)
    identityExtension = IdentityExtension(many=True, max_length=2, required=False)  # type: ignore[call-arg]  # of its list


class NewCustomer(Body):
    customerType = CodeField(market.CustomerType)
    customerMetadata = CustomerValue(many=True, max_length=_MAX_ENTRIES)  # type: ignore[call-arg]  # of its list
    customerIdentities = NewIdentity(many=True, max_length=_MAX_ENTRIES)  # type: ignore[call-arg]  # of its list


class CustomerRegistration(Body):
    customer = NewCustomer()


class ChangedCustomer(Body):
    """What is left out stays as it is. Identities are only added; those that are known may stand here too."""

    customerIdentity = NamedIdentity()
    customerType = CodeField(market.CustomerType, required=False, help_text="Never changes; narrows what is named.")
    customerMetadata = CustomerValue(many=True, max_length=_MAX_ENTRIES, required=False)  # type: ignore[call-arg]  # of its list
    customerIdentities = NewIdentity(many=True, max_length=_MAX_ENTRIES, required=False)  # type: ignore[call-arg]  # of its list


class CustomerChange(Body):
    customer = ChangedCustomer()


class ShownIdentity(Body):
    """An identity; that of the type EIC is the hub's code and has no extensions."""

    identityType = CodeField(CustomerIdentityType)
    identityValue = serializers.CharField()
    identityExtension = IdentityExtension(many=True)


class ShownCustomer(Body):
    customerType = CodeField(market.CustomerType)
    customerMetadata = CustomerValue(many=True)
    customerIdentities = ShownIdentity(many=True)


class CustomerAnswer(Body):
    customer = ShownCustomer()


class CustomerSearch(Body):
    customerTypes = serializers.ListField(
        child=CodeField(market.PartyType),
        required=False,
        help_text="Not those that are seen to be of another type.",
    )
    marketParticipantRole = serializers.ListField(
        child=CodeField(market.Role),
        required=False,
        help_text="Only market participants that hold one of these roles now, for either commodity.",
    )
    searchCriteria = Criteria()
    activeOnly = serializers.BooleanField(
        default=True, help_text="true: the values valid now; false: the former and the later ones too."
    )


class FoundCustomer(Body):
    """A party as far as the sender may see it: without a ground its EIC alone, and no type."""

    customerType = CodeField(market.PartyType, required=False)
    customerMetadata = CustomerValue(many=True)
    customerIdentities = ShownIdentity(many=True)


class CustomerSearchAnswer(Body):
    identities = FoundCustomer(many=True)
