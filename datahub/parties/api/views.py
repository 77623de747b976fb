"""`POST`, `PUT /customer` and `POST /customer/search`. Source: `2-wire.md`, "Services"."""

from collections.abc import Iterable, Sequence
from typing import Any

from datahub.access import customer_change, customer_search
from datahub.agreements.services import customers
from datahub.agreements.services.customers import Named
from datahub.market import ExtensionType, Permission
from datahub.parties import selectors
from datahub.parties.api.serializers import (
    CustomerAnswer,
    CustomerChange,
    CustomerRegistration,
    CustomerSearch,
    CustomerSearchAnswer,
    extension,
    identity_fact,
)
from datahub.parties.models import Party
from datahub.parties.rules import GivenValue, IdentityFact, Value
from datahub.parties.services.parties import Paths
from datahub.wire.service import Answer, Call, Service, ServiceView

_METADATA, _IDENTITIES = "customer.customerMetadata", "customer.customerIdentities"
_PERSONAL_ID = {
    "identityType": "PERSONAL_ID",
    "identityValue": "60001019906",
    "identityExtension": [{"extensionType": "COUNTRY", "extensionValue": "EE"}],
}
_NEW = {
    "customerType": "PHYSICAL_PERSON",
    "customerMetadata": [
        {"metadataType": "FIRST_NAME", "metadataValue": "Liisa"},
        {"metadataType": "LAST_NAME", "metadataValue": "Lepp"},
        {"metadataType": "EMAIL", "metadataValue": "liisa.lepp@example.ee"},
        {"metadataType": "BILLING_METHOD", "metadataValue": "EMAIL,SELF_SERVICE"},
    ],
    "customerIdentities": [_PERSONAL_ID],
}
_SINCE = "2026-05-04T10:00:00.657518Z"
_SAVED = {
    **_NEW,
    "customerMetadata": [
        {"metadataType": "BILLING_METHOD", "metadataValue": "EMAIL,SELF_SERVICE", "validFrom": _SINCE},
        {"metadataType": "EMAIL", "metadataValue": "liisa.lepp@example.ee", "validFrom": _SINCE},
        {"metadataType": "FIRST_NAME", "metadataValue": "Liisa", "validFrom": _SINCE},
        {"metadataType": "LAST_NAME", "metadataValue": "Lepp", "validFrom": _SINCE},
    ],
    "customerIdentities": [
        {"identityType": "EIC", "identityValue": "38X-AVP-K7R20MQW", "identityExtension": []},
        _PERSONAL_ID,
    ],
}


def _given(fields: Iterable[dict[str, Any]]) -> list[GivenValue]:
    return [
        GivenValue(
            one["metadataType"],
            one["metadataValue"],
            one.get("validFrom"),
            one.get("validTo"),
            f"{_METADATA}[{number}]",
        )
        for number, one in enumerate(fields)
    ]


def _identity_form(identity_type: str, value: str, country: str = "", issuer: str = "") -> dict[str, Any]:
    extensions = {ExtensionType.COUNTRY: country, ExtensionType.ISSUER: issuer}
    return {
        "identityType": identity_type,
        "identityValue": value,
        "identityExtension": [
            {"extensionType": kind, "extensionValue": said} for kind, said in extensions.items() if said
        ],
    }


def _form(eic: str, values: Sequence[Value], identities: Sequence[IdentityFact]) -> dict[str, Any]:
    return {
        "customerMetadata": [customers.value_form(value) for value in values],
        "customerIdentities": [
            _identity_form("EIC", eic),
            *(_identity_form(one.type, one.value, one.country, one.issuer) for one in identities),
        ],
    }


def _saved(party: Party, call: Call) -> dict[str, Any]:
    """Give a customer as it was saved: what is known now or later, and its identities."""
    values = [value for value in selectors.values_of(party) if value.valid_to is None or value.valid_to > call.now]
    identities = selectors.identities_of_parties([party.pk]).get(party.pk, [])
    return {"customer": {"customerType": party.type, **_form(party.eic, values, identities)}}


class CustomerView(ServiceView):
    """Registers and changes customers."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_CUSTOMER,
            saves=True,
            status=201,
            body=CustomerRegistration,
            answer=CustomerAnswer,
            summary="Register a customer",
            description=(
                "In the roles that register GRID agreements. The hub gives the EIC: the answer has it as an identity "
                "of the type EIC. Where an identity is known already (already-exists), the customer's EIC is found by "
                "that identity with /customer/search."
            ),
            example={"customer": _NEW},
            answer_example={"customer": _SAVED},
        ),
        "put": Service(
            permission=Permission.EDITOR_CUSTOMER,
            saves=True,
            body=CustomerChange,
            answer=CustomerAnswer,
            summary="Change a customer",
            description=(
                "By a GRID agreement of the sender with the customer (valid now, later, or ended at most 12 months "
                "ago), or as its named supplier by an active general service. What is not named stays. A new value "
                "ends the former of its type when it begins; the same value with a validTo ends there. Identities are "
                "only added: wrong ones are mended by the hub's staff."
            ),
            example={
                "customer": {
                    "customerIdentity": {"identityType": "EIC", "identityValue": "38X-AVP-ZW6700C6"},
                    "customerMetadata": [
                        {"metadataType": "MOBILE_PHONE", "metadataValue": "+37255667799"},
                        {"metadataType": "BILLING_ADDRESS", "metadataValue": "Kesk tee 5, Viimsi vald"},
                    ],
                }
            },
        ),
    }

    def post(self, call: Call) -> Answer:
        """Register a customer."""
        fields = call.fields["customer"]
        party = customers.register_customer(
            role=call.context.role,
            commodity=call.context.commodity,
            customer_type=fields["customerType"],
            identities=[identity_fact(one) for one in fields["customerIdentities"]],
            metadata=_given(fields["customerMetadata"]),
            now=call.now,
            paths=Paths(_METADATA, _IDENTITIES),
        )
        return Answer(_saved(party, call), status=201)

    def put(self, call: Call) -> Answer:
        """Change a customer."""
        fields = call.fields["customer"]
        named = fields["customerIdentity"]
        party = customer_change.change_and_read(
            participant=call.context.participant,
            role=call.context.role,
            commodity=call.context.commodity,
            named=Named(
                named["identityType"],
                named["identityValue"],
                extension(named, ExtensionType.COUNTRY),
                extension(named, ExtensionType.ISSUER),
                "customer.customerIdentity",
            ),
            customer_type=fields.get("customerType"),
            identities=[identity_fact(one) for one in fields.get("customerIdentities") or ()],
            metadata=_given(fields.get("customerMetadata") or ()),
            now=call.now,
            paths=Paths(_METADATA, _IDENTITIES),
            technical_user=call.technical_user.client_id,
        )
        return Answer(_saved(party, call))


class CustomerSearchView(ServiceView):
    """Finds customers and market participants."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_CUSTOMER,
            body=CustomerSearch,
            answer=CustomerSearchAnswer,
            summary="Search customers",
            description=(
                "By a code, or by the beginning of the name of a company or organisation; by EIC. Without an agreement "
                "that lets the sender see the customer, the EIC alone comes back. Name and identities are for those "
                "who provide to the customer, or did so in the last 12 months, and for their portfolio providers; "
                "BILLING_… values, phones and e-mail for its grid operator and its named supplier. An authorization of "
                "the customer opens its name and type alone, as long as it is valid. At most "
                f"{customer_search.MOST_FOUND} are found."
            ),
            example={"searchCriteria": {**_PERSONAL_ID, "identityValue": "47101010033"}},
        )
    }

    def post(self, call: Call) -> Answer:
        """Search customers."""
        context, fields = call.context, call.fields
        asked = fields["searchCriteria"]
        found = customer_search.search_customers(
            participant=context.participant,
            role=context.role,
            commodity=context.commodity,
            criteria=customer_search.Criteria(
                asked["identityType"],
                asked["identityValue"],
                extension(asked, ExtensionType.COUNTRY),
                extension(asked, ExtensionType.ISSUER),
            ),
            types=fields.get("customerTypes") or (),
            roles=fields.get("marketParticipantRole") or (),
            active_only=fields["activeOnly"],
            now=call.now,
            technical_user=call.technical_user.client_id,
        )
        return Answer({"identities": [_found(one) for one in found]})


def _found(found: customer_search.FoundCustomer) -> dict[str, Any]:
    form = _form(found.eic, found.metadata, found.identities)
    return form if found.type is None else {"customerType": found.type, **form}
