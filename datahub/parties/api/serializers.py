"""The bodies of `/customer…`. Source: `2-wire.md`, "Services"; `1-market.md`, "Parties"."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from datahub import market
from datahub.errors import Fault, codes, fault
from datahub.market import CustomerCriterion, CustomerIdentityType, ExtensionType
from datahub.parties import countries, eic, rules
from datahub.parties.rules import MAX_VALUE_LENGTH, IdentityFact
from datahub.parties.services.parties import is_email
from datahub.wire.fields import Body, CodeField, InstantField, Wrong, shown

_MAX_IDENTITY_LENGTH = 100
_MAX_ENTRIES = 100
_SHORTEST_NAME = 3
_NOT_NARROWED = (CustomerCriterion.EIC, CustomerCriterion.NAME)


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


def extension(fields: Mapping[str, Any], kind: ExtensionType) -> str:
    """Give what an identity's fields say of a type of extension, "" if nothing; entries that are wrong say nothing."""
    for one in fields.get("identityExtension") or ():
        if one and one.get("extensionType") == kind:
            return str(one.get("extensionValue", ""))
    return ""


def identity_fact(fields: Mapping[str, Any]) -> IdentityFact:
    """Give an identity of its fields."""
    country, issuer = (extension(fields, kind) for kind in (ExtensionType.COUNTRY, ExtensionType.ISSUER))
    return IdentityFact(fields["identityType"], fields["identityValue"], country, issuer)


class NewIdentity(Body):
    """An identity with its country. Estonian personal and registry codes are checked."""

    identityType = CodeField(market.IdentityType)
    identityValue = serializers.CharField(max_length=_MAX_IDENTITY_LENGTH)
    identityExtension = IdentityExtension(many=True, max_length=2)  # type: ignore[call-arg]  # of its list

    def validate_identityExtension(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Ask for a country."""
        return _with_country(value)

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for a code that can be one in its country."""
        if not {"identityType", "identityValue"} <= values.keys():
            return ()
        return rules.code_faults(identity_fact(values), path)


class CustomerValue(Body):
    """One thing known of a customer. Left out: validFrom is now, validTo is when the next value begins, if one does."""

    metadataType = CodeField(market.MetadataType)
    metadataValue = serializers.CharField(max_length=MAX_VALUE_LENGTH)
    validFrom = ExactInstantField(required=False)
    validTo = ExactInstantField(required=False)

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for a value that can be one of its type."""
        if not {"metadataType", "metadataValue"} <= values.keys():
            return ()
        return rules.value_faults(values["metadataType"], values["metadataValue"], f"{path}.metadataValue", is_email)


class _NamingIdentity(Body):
    def validate_identityExtension(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take each type of extension once."""
        return _each_once(value)

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for an EIC that can be one and for enough of a name, and for nothing that would narrow neither."""
        kind, value, at = values.get("identityType"), values.get("identityValue"), f"{path}.identityValue"
        if kind == CustomerCriterion.EIC and value is not None:
            found = eic.check(value, kind=eic.PARTY, path=at)
            if found is not None:
                yield found
        if kind == CustomerCriterion.NAME and value is not None and len(value) < _SHORTEST_NAME:
            yield fault(codes.INVALID_PATTERN, at, value, f"at least {_SHORTEST_NAME} characters of a name")
        if kind in _NOT_NARROWED and values.get("identityExtension"):
            wanted = f"left out for the identityType {kind}: it narrows the other types alone"
            yield fault(codes.INVALID_PATTERN, f"{path}.identityExtension", "given", wanted)


class NamedIdentity(_NamingIdentity):
    """What names one customer: its EIC, or one of its identities, narrowed by country and issuer where need be."""

    identityType = CodeField(CustomerIdentityType)
    identityValue = serializers.CharField(max_length=MAX_VALUE_LENGTH)
    identityExtension = IdentityExtension(many=True, max_length=2, required=False)  # type: ignore[call-arg]  # of its list


class Criteria(_NamingIdentity):
    """A code, or the beginning of the name of a company or organisation, at least 3 characters of it.

    People are not found by name. Extensions narrow identities, not an EIC or a name.
    """

    identityType = CodeField(CustomerCriterion)
    identityValue = serializers.CharField(max_length=MAX_VALUE_LENGTH)
    identityExtension = IdentityExtension(many=True, max_length=2, required=False)  # type: ignore[call-arg]  # of its list


class _Customer(Body):
    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for each identity once."""
        given = {
            f"{path}.customerIdentities[{number}]": identity_fact(one)
            for number, one in enumerate(values.get("customerIdentities") or ())
            if one and {"identityType", "identityValue", "identityExtension"} <= one.keys()
        }
        return rules.repeated_identity_faults(list(given.values()), list(given))


class NewCustomer(_Customer):
    """At most 100 values and 100 identities."""

    customerType = CodeField(market.CustomerType)
    customerMetadata = CustomerValue(many=True, max_length=_MAX_ENTRIES)  # type: ignore[call-arg]  # of its list
    customerIdentities = NewIdentity(many=True, max_length=_MAX_ENTRIES)  # type: ignore[call-arg]  # of its list


class CustomerRegistration(Body):
    customer = NewCustomer()


class ChangedCustomer(_Customer):
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
        default=True,
        help_text=(
            "true: the values valid now; false: the former and the later ones too, but of a name that is seen on an "
            "authorization alone."
        ),
    )


class FoundCustomer(Body):
    """A party as far as the sender may see it: without a ground its EIC alone, and no type."""

    customerType = CodeField(market.PartyType, required=False)
    customerMetadata = CustomerValue(many=True)
    customerIdentities = ShownIdentity(many=True)


class CustomerSearchAnswer(Body):
    identities = FoundCustomer(many=True)
