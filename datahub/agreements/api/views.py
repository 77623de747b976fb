"""`POST`, `PUT /agreement`, `POST /agreement/delete`, `/agreement/search…`. Source: `2-wire.md`, "Services"."""

from functools import partial
from typing import Any

from datahub.access import agreement_search, meter_agreements
from datahub.access.agreement_search import FoundAgreement
from datahub.access.meter_agreements import MeterAgreement
from datahub.agreements import selectors
from datahub.agreements.api.serializers import (
    AgreementAnswer,
    AgreementChange,
    AgreementDeletion,
    AgreementMeterSearch,
    AgreementMeterSearchAnswer,
    AgreementRegistration,
    AgreementSearch,
    AgreementSearchAnswer,
)
from datahub.agreements.facts import AgreementFact
from datahub.agreements.services import acts
from datahub.errors import codes, refuse
from datahub.market import AgreementType, Permission
from datahub.wire.service import Answer, Call, Service, ServiceView

# Whose refusal may tell the sender what stands at somebody else's point.
_AT_A_CUSTOMERS_POINT = frozenset({AgreementType.SUPPLY, AgreementType.AGGREGATION})
# Its dates lie so far ahead that the example can be sent as it stands.
_REFERENCE = {
    "meterEic": "38ZGO-10000002-R",
    "agreementType": "SUPPLY",
    "serviceProviderEic": "38X-EIN-OS-----J",
    "customerEic": "38X-AVP-ZW6700C6",
    "commodityType": "ELECTRICITY",
    "validFrom": "2031-05-31T21:00:00Z",
}
_NEW = {**_REFERENCE, "agreementId": "2026-0042", "preliminaryTerminationFee": True, "validTo": "2032-05-31T21:00:00Z"}


def _form(fact: AgreementFact, *, with_provider: bool = True, with_customer: bool = True) -> dict[str, Any]:
    """Give an agreement with the market's field names; what is unset, or is not to be seen, is left out."""
    form = {
        "agreementId": fact.agreement_id or None,
        "meterEic": fact.point_eic,
        "agreementType": fact.type,
        "serviceProviderEic": fact.service_provider_eic if with_provider else None,
        "customerEic": fact.customer_eic if with_customer else None,
        "preliminaryTerminationFee": fact.preliminary_termination_fee,
        "commodityType": fact.commodity,
        "validFrom": fact.valid_from,
        "validTo": fact.valid_to,
    }
    return {name: value for name, value in form.items() if value is not None}


def _sender(call: Call) -> dict[str, Any]:
    context = call.context
    return {"participant": context.participant, "role": context.role, "commodity": context.commodity}


def _reference(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": fields["agreementType"],
        "service_provider_eic": fields["serviceProviderEic"],
        "customer_eic": fields["customerEic"],
        "commodity": fields["commodityType"],
        "valid_from": fields["validFrom"],
        "point_eic": fields.get("meterEic"),
    }


class AgreementView(ServiceView):
    """Registers and changes the sender's agreements."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_AGREEMENT,
            saves=True,
            status=201,
            body=AgreementRegistration,
            answer=AgreementAnswer,
            summary="Register an agreement",
            description=(
                "GRID, BORDER_GRID, SUPPLY, AGGREGATION and PORTFOLIO_SUPPLIER are registered by their service "
                "provider; NAMED_SUPPLIER and JOINT_INVOICE by their customer, the grid operator or closed "
                "distribution network. BORDER_SUPPLY and GENERAL_SERVICE are made by the hub alone. "
                "PORTFOLIO_SUPPLIER, NAMED_SUPPLIER and JOINT_INVOICE have no metering point, and start and end with "
                "months, 7 days ahead at the earliest (gas: 14). A SUPPLY or AGGREGATION lies inside the customer's "
                "GRID agreement and starts tomorrow at the earliest, 14 days ahead where another is then active; a "
                "SUPPLY may start up to 48 hours back together with the GRID agreement. All starts and ends are those "
                "of local days (gas: 07:00)."
            ),
            example={"agreement": _NEW},
            answer_example={"agreement": _NEW},
        ),
        "put": Service(
            permission=Permission.EDITOR_AGREEMENT,
            saves=True,
            body=AgreementChange,
            answer=AgreementAnswer,
            summary="Change an agreement",
            description=(
                "Named by point, type, parties, commodity and start. agreementId and validTo may change; without "
                "validTo it becomes open-ended. A new end is tomorrow or later; of a GRID or BORDER_GRID today, unless "
                "a supply or aggregation stands on it; of PORTFOLIO_SUPPLIER, NAMED_SUPPLIER and JOINT_INVOICE the "
                "end of a month, 7 days ahead or later (gas: 14); of a SUPPLY or AGGREGATION not after the customer's "
                "GRID agreement. An agreement that has ended cannot change."
            ),
            example={"agreementChange": {**_REFERENCE, "validTo": "2032-08-31T21:00:00Z"}},
        ),
    }

    def post(self, call: Call) -> Answer:
        """Register an agreement."""
        fields = call.fields["agreement"]
        terms = acts.Terms(
            **_reference(fields),
            valid_to=fields.get("validTo"),
            agreement_id=fields.get("agreementId") or "",
            preliminary_termination_fee=fields.get("preliminaryTerminationFee") or False,
        )
        try:
            registered = acts.register_agreement(**_sender(call), terms=terms, now=call.now)
        except acts.RefusedByWhatStands:
            if terms.type in _AT_A_CUSTOMERS_POINT:
                call.when_refused.append(partial(self._log_refusal, call, terms))
            raise
        return Answer({"agreement": _form(registered)}, 201)

    def _log_refusal(self, call: Call, terms: acts.Terms) -> None:
        meter_agreements.log_refused_agreement(
            **_sender(call),
            meter_eic=terms.point_eic or "",
            customer_eic=terms.customer_eic,
            now=call.now,
            technical_user=call.technical_user.client_id,
        )

    def put(self, call: Call) -> Answer:
        """Change an agreement."""
        fields = call.fields["agreementChange"]
        changed = acts.change_agreement(
            **_sender(call),
            reference=acts.Reference(**_reference(fields)),
            valid_to=fields.get("validTo"),
            agreement_id=fields.get("agreementId"),
            preliminary_termination_fee=fields.get("preliminaryTerminationFee"),
            now=call.now,
        )
        return Answer({"agreement": _form(changed)})


class AgreementDeleteView(ServiceView):
    """Deletes the sender's agreements that have not started."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_AGREEMENT,
            saves=True,
            body=AgreementDeletion,
            summary="Delete an agreement that has not started",
            example={"agreement": _REFERENCE},
        )
    }

    def post(self, call: Call) -> Answer:
        """Delete an agreement."""
        reference = acts.Reference(**_reference(call.fields["agreement"]))
        acts.delete_agreement(**_sender(call), reference=reference, now=call.now)
        return Answer(None)


class AgreementSearchView(ServiceView):
    """Finds the agreements that the sender may see."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_AGREEMENT,
            body=AgreementSearch,
            answer=AgreementSearchAnswer,
            summary="Search agreements",
            description=(
                "One of agreementId, meterEic, customerEic, serviceProviderEic is required. By start, then id. The "
                "parties are left out where the sender may not know them."
            ),
            example={"agreementAttributes": {"meterEic": "38ZGO-10000002-R", "activeOnly": True}},
        )
    }

    def post(self, call: Call) -> Answer:
        """Search agreements."""
        context, attributes = call.context, call.fields["agreementAttributes"]
        commodity = attributes.get("commodityType")
        if commodity not in (None, context.commodity):
            path = "agreementAttributes.commodityType"
            raise refuse(codes.COMMODITY_TYPE_MISMATCH, path, commodity, context.commodity, "context")
        found = agreement_search.search_agreements(**_sender(call), attributes=attributes, now=call.now)
        asked = call.fields["pagination"]
        page, total = found.page(offset=asked.offset, size=asked.page_size)
        read = agreement_search.read_agreements(
            **_sender(call), agreements=page, now=call.now, technical_user=call.technical_user.client_id
        )
        return Answer({"agreements": [_found(one) for one in read], "pagination": asked.answer(total)})


def _found(found: FoundAgreement) -> dict[str, Any]:
    fact = selectors.fact_of(found.agreement)
    form = _form(fact, with_provider=found.with_provider, with_customer=found.with_customer)
    return {**form, "version": found.agreement.version}


class AgreementMeterSearchView(ServiceView):
    """Tells a supplier what stands at a customer's points before it registers a supply there."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_AGREEMENT,
            body=AgreementMeterSearch,
            answer=AgreementMeterSearchAnswer,
            summary="See which agreements a customer's metering points have, before a new supply",
            description=(
                "For open suppliers. The GRID and SUPPLY agreements of the customer, valid now or later, without the "
                "parties. Points in the order asked, each once; agreements by validFrom, then GRID before SUPPLY. "
                "Where point and customer do not belong together, or the point does not exist, agreements is empty."
            ),
            example={"meterEic": ["38ZGO-10000002-R"], "customerEic": "38X-AVP-ZW6700C6"},
            answer_example={
                "meteringPoints": [
                    {
                        "meterEic": "38ZGO-10000002-R",
                        "agreements": [
                            {
                                "agreementType": "GRID",
                                "commodityType": "ELECTRICITY",
                                "validFrom": "2023-12-31T22:00:00Z",
                                "preliminaryTerminationFee": False,
                            },
                            {
                                "agreementType": "SUPPLY",
                                "commodityType": "ELECTRICITY",
                                "validFrom": "2031-05-31T21:00:00Z",
                                "validTo": "2032-05-31T21:00:00Z",
                                "preliminaryTerminationFee": True,
                            },
                        ],
                    }
                ]
            },
        )
    }

    def post(self, call: Call) -> Answer:
        """Ask about points."""
        found = meter_agreements.search_meter_agreements(
            **_sender(call),
            meter_eics=call.fields["meterEic"],
            customer_eic=call.fields["customerEic"],
            now=call.now,
            technical_user=call.technical_user.client_id,
        )
        points = [{"meterEic": one.meter_eic, "agreements": [_standing(a) for a in one.agreements]} for one in found]
        return Answer({"meteringPoints": points})


def _standing(agreement: MeterAgreement) -> dict[str, Any]:
    form = {
        "agreementType": agreement.type,
        "commodityType": agreement.commodity,
        "validFrom": agreement.period.start,
        "validTo": agreement.period.end,
        "preliminaryTerminationFee": agreement.preliminary_termination_fee,
    }
    return {name: value for name, value in form.items() if value is not None}
