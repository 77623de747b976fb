"""`POST /customer-authorization`. Source: `4-exchanges.md`, "Customer authorizations"; seed 002."""

from typing import Any

from datahub.access import authorization_search
from datahub.access.api.serializers import AuthorizationSearch, AuthorizationSearchAnswer
from datahub.access.authorization_search import FoundAuthorization
from datahub.agreements.services.customers import value_form
from datahub.market import CustomerIdentityType, Permission
from datahub.wire.service import Answer, Call, Service, ServiceView

_NAMED_SINCE = "2021-11-21T07:20:00Z"
_FOUND = {
    "customerType": "PHYSICAL_PERSON",
    "customerIdentities": [
        {"identityType": "EIC", "identityValue": "38X-AVP-ZW6700C6", "identityExtension": []},
    ],
    "customerMetadata": [
        {"metadataType": "FIRST_NAME", "metadataValue": "Mari", "validFrom": _NAMED_SINCE},
        {"metadataType": "LAST_NAME", "metadataValue": "Maasikas", "validFrom": _NAMED_SINCE},
    ],
    "meterEic": "38ZGO-10000001-U",
    "periodStart": "2026-10-22T07:20:00Z",
    "periodEnd": "2027-10-22T07:20:00Z",
    "subjectPeriodStart": "2025-11-21T07:20:00Z",
    "subjectPeriodEnd": "2027-11-21T07:20:00Z",
    "purpose": "ENERGY_MANAGEMENT",
    "authorizationId": "5f1c7f52-6c0e-4d0b-9a51-0f4f3f6f2f0e",
}


def _form(found: FoundAuthorization) -> dict[str, Any]:
    given = found.authorization
    form = {
        "customerType": found.type,
        "customerIdentities": [
            {
                "identityType": CustomerIdentityType.EIC,
                "identityValue": given.customer.eic,
                "identityExtension": [],
            }
        ],
        "customerMetadata": [value_form(value) for value in found.names],
        "meterEic": given.point.eic,
        "periodStart": given.valid_from,
        "periodEnd": given.valid_to,
        "subjectPeriodStart": given.subject_from,
        "subjectPeriodEnd": given.subject_to,
        "purpose": given.purpose,
        "authorizationId": given.pk,
        "revokedAt": given.revoked_at,
    }
    return {name: value for name, value in form.items() if value is not None}


class CustomerAuthorizationView(ServiceView):
    """Finds what customers have given the sender access to."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_PERMISSION,
            body=AuthorizationSearch,
            answer=AuthorizationSearchAnswer,
            summary="Search customers' authorizations",
            description=(
                "Those that customers gave to the sender in its role and commodity: valid now or, where periodStart or "
                "periodEnd is given, at some time in that period, the ended and revoked ones among them. While one is "
                "valid it opens the metering point's readings of the subject period, as far as that is the customer's "
                "own time there, in /meter-data/search, the customer's name in /customer/search and, while the "
                "customer's GRID agreement is in force, the metering point in /meter/search. One that was revoked "
                "before it began is valid at no time and is not found."
            ),
            example={"meterEic": ["38ZGO-10000001-U"], "pagination": {"page": 0, "pageSize": 100}},
            answer_example={"customerAuthorizations": [_FOUND], "pagination": {"page": 0, "totalPages": 1}},
        )
    }

    def post(self, call: Call) -> Answer:
        """Search authorizations."""
        context, pagination = call.context, call.fields["pagination"]
        found = authorization_search.search_authorizations(
            participant=context.participant,
            role=context.role,
            commodity=context.commodity,
            attributes=call.fields,
            now=call.now,
        )
        rows, total = found.page(offset=pagination.offset, size=pagination.page_size)
        authorizations = authorization_search.read_authorizations(
            participant=context.participant,
            role=context.role,
            commodity=context.commodity,
            authorizations=rows,
            now=call.now,
            technical_user=call.technical_user.client_id,
        )
        return Answer(
            {
                "customerAuthorizations": [_form(one) for one in authorizations],
                "pagination": pagination.answer(total),
            }
        )
