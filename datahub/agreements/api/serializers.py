"""The bodies of `/agreement…`. Source: `2-wire.md`, "Services"; `1-market.md`, "Agreements"."""

from typing import Any

from rest_framework import serializers

from datahub import market
from datahub.errors import DomainError, codes, fault
from datahub.parties import eic
from datahub.wire.fields import Body, CodeField, EicField, InstantField, PageAnswer, PaginationField

_MAX_ID = 50
_MAX_POINTS = 500
_ONE_OF = ("agreementId", "meterEic", "customerEic", "serviceProviderEic")


class AgreementReference(Body):
    """What names an agreement. meterEic is left out for the types that have no metering point."""

    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    agreementType = CodeField(market.AgreementType)
    serviceProviderEic = EicField()
    customerEic = EicField()
    commodityType = CodeField(market.Commodity)
    validFrom = InstantField()


class NewAgreement(AgreementReference):
    agreementId = serializers.CharField(required=False, max_length=_MAX_ID, help_text="The operator's own id.")
    preliminaryTerminationFee = serializers.BooleanField(required=False, help_text="Only a SUPPLY may have one.")
    validTo = InstantField(required=False, help_text="Left out: open-ended.")


class AgreementRegistration(Body):
    agreement = NewAgreement()


class ChangedAgreement(NewAgreement):
    """Only agreementId and validTo change; without validTo it becomes open-ended, without agreementId that stays."""


class AgreementChange(Body):
    agreementChange = ChangedAgreement()


class AgreementDeletion(Body):
    agreement = AgreementReference()


class AgreementAnswer(Body):
    agreement = NewAgreement()


class AgreementAttributes(Body):
    agreementId = serializers.CharField(required=False, max_length=_MAX_ID)
    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    agreementTypes = serializers.ListField(child=CodeField(market.AgreementType), required=False)
    serviceProviderEic = EicField(required=False)
    customerEic = EicField(required=False)
    commodityType = CodeField(market.Commodity, required=False)
    preliminaryTerminationFee = serializers.BooleanField(required=False)
    validFrom = InstantField(required=False, help_text="Valid at some time from here on.")
    validTo = InstantField(required=False, help_text="Valid at some time before this.")
    activeOnly = serializers.BooleanField(required=False, help_text="Valid now.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the attributes that a search starts from, and for a period that is one."""
        faults = []
        if not any(name in attrs for name in _ONE_OF):
            faults.append(fault(codes.AGREEMENT_ATTRIBUTES_REQUIRED, "agreementAttributes", ", ".join(_ONE_OF)))
        start, end = attrs.get("validFrom"), attrs.get("validTo")
        if start is not None and end is not None and start >= end:
            paths = "agreementAttributes.validFrom", "agreementAttributes.validTo"
            faults.append(fault(codes.FROM_NOT_BEFORE_TO, paths[0], start, paths[1], end))
        if faults:
            raise DomainError(faults)
        return attrs


class AgreementSearch(Body):
    agreementAttributes = AgreementAttributes()
    pagination = PaginationField()


class FoundAgreement(Body):
    """An agreement as far as the sender may see it: the parties are left out where it may not."""

    agreementId = serializers.CharField(required=False)
    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    agreementType = CodeField(market.AgreementType)
    serviceProviderEic = EicField(required=False)
    customerEic = EicField(required=False)
    preliminaryTerminationFee = serializers.BooleanField()
    commodityType = CodeField(market.Commodity)
    validFrom = InstantField()
    validTo = InstantField(required=False)
    version = serializers.IntegerField(min_value=1)


class AgreementSearchAnswer(Body):
    agreements = FoundAgreement(many=True)
    pagination = PageAnswer()


class AgreementMeterSearch(Body):
    meterEic = serializers.ListField(
        child=EicField(kind=eic.METERING_POINT),
        allow_empty=False,
        max_length=_MAX_POINTS,
        help_text="Each counts once.",
    )
    customerEic = EicField(help_text="The customer of the GRID agreement at these points, now or later.")


class MeterAgreement(Body):
    """A GRID or SUPPLY agreement without its parties; validTo is left out of an open-ended one."""

    agreementType = CodeField(market.AgreementType)
    commodityType = CodeField(market.Commodity)
    validFrom = InstantField()
    validTo = InstantField(required=False)
    preliminaryTerminationFee = serializers.BooleanField()


class MeterAgreements(Body):
    meterEic = EicField(kind=eic.METERING_POINT)
    agreements = MeterAgreement(many=True, help_text="Empty where point and customer do not belong together.")


class AgreementMeterSearchAnswer(Body):
    meteringPoints = MeterAgreements(many=True)
