"""The contents of messages: what stands in them, as JSON. Source: seed 004, "Resource types"."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from datahub.agreements.facts import AgreementFact
from datahub.market import PartyType
from datahub.metering.point_form import told_form
from datahub.parties.rules import EVERY_NAME
from distribution.rules.facts import Recipient
from distribution.rules.recipients import View


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def agreement_content(fact: AgreementFact, view: View) -> bytes:
    """Write an agreement as one may see it: a list with one object, without the fields that are unset or hidden."""
    fields = {
        "agreementId": fact.agreement_id or None,
        "meterEic": fact.point_eic,
        "agreementType": fact.type,
        "preliminaryTerminationFee": fact.preliminary_termination_fee,
        "commodityType": fact.commodity,
        "validFrom": _instant(fact.valid_from),
        "validTo": None if fact.valid_to is None else _instant(fact.valid_to),
        "serviceProviderEic": fact.service_provider_eic if view.provider else None,
        "customerEic": fact.customer_eic if view.customer else None,
    }
    return orjson.dumps([{name: value for name, value in fields.items() if value is not None}])


def point_content(saved: Mapping[str, Any]) -> bytes:
    """Write a metering point as it now is, in the structure of `PUT /meter`."""
    return orjson.dumps(told_form(saved))


def customer_content(eic: str, saved: Mapping[str, Any], *, names_alone: bool) -> bytes:
    """Write what is known of a customer now or later: its name, and for a named supplier what else there is."""
    fields = ("metadataType", "metadataValue", "validFrom", "validTo")
    known = [
        {name: value[name] for name in fields if name in value}
        for value in saved["metadata"]
        if not names_alone or value["metadataType"] in EVERY_NAME
    ]
    return orjson.dumps({"customerType": saved["type"], "customerMetadata": known, "customerEic": eic})


def _person_or_company(party_type: str) -> str:
    return "PRIVATE" if party_type == PartyType.PHYSICAL_PERSON else "LEGAL"


def _kept_instant(kept: str) -> str:
    return _instant(datetime.fromisoformat(kept))


def permission_content(saved: Mapping[str, Any]) -> bytes:
    """Write an authorization as it was given: who lets whom see which point, of which time, as long as it is valid."""
    fields = {
        "mandateCustomerEic": saved["participant"],
        "mandateCustomerType": _person_or_company(saved["participant_type"]),
        "meteringPointEic": saved["point"],
        "ownerCustomerEic": saved["customer"],
        "ownerCustomerType": _person_or_company(saved["customer_type"]),
        "participantRoleType": saved["role"],
        "permissionType": "ACCESS",
        "purpose": saved["purpose"],
        "status": "APPROVED",
        "subjectPeriodFrom": _kept_instant(saved["subject_from"]),
        "subjectPeriodTo": _kept_instant(saved["subject_to"]),
        "validFrom": _kept_instant(saved["valid_from"]),
    }
    if saved["valid_to"] is not None:
        fields["validTo"] = _kept_instant(saved["valid_to"])
    return orjson.dumps(fields)


def by_view(told: Mapping[Recipient, View]) -> Iterable[tuple[View, list[Recipient]]]:
    """Sort recipients by what they see: one content for all who see the same."""
    alike: dict[View, list[Recipient]] = defaultdict(list)
    for recipient in sorted(told):
        alike[told[recipient]].append(recipient)
    return alike.items()
