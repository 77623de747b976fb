"""What is said of agreements. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import AgreementType, CommodityType
from datahub_client.types.common import PageAnswer


class NewAgreement(TypedDict):
    """The wire's NewAgreement."""

    agreementId: NotRequired[str]  # The operator's own id.
    agreementType: AgreementType
    commodityType: CommodityType
    customerEic: str
    meterEic: NotRequired[str]
    preliminaryTerminationFee: NotRequired[bool]  # Only a SUPPLY may have one.
    serviceProviderEic: str
    validFrom: str
    validTo: NotRequired[str]  # Left out: open-ended.


class AgreementAnswer(TypedDict):
    """The wire's AgreementAnswer."""

    agreement: NewAgreement


class AgreementAttributes(TypedDict):
    """The wire's AgreementAttributes."""

    activeOnly: NotRequired[bool]  # Valid now.
    agreementId: NotRequired[str]
    agreementTypes: NotRequired[list[AgreementType]]
    commodityType: NotRequired[CommodityType]
    customerEic: NotRequired[str]
    meterEic: NotRequired[str]
    preliminaryTerminationFee: NotRequired[bool]
    serviceProviderEic: NotRequired[str]
    validFrom: NotRequired[str]  # Valid at some time from here on.
    validTo: NotRequired[str]  # Valid at some time before this.


class MeterAgreement(TypedDict):
    """A GRID or SUPPLY agreement without its parties; validTo is left out of an open-ended one."""

    agreementType: AgreementType
    commodityType: CommodityType
    preliminaryTerminationFee: bool
    validFrom: str
    validTo: NotRequired[str]


class MeterAgreements(TypedDict):
    """The wire's MeterAgreements."""

    agreements: list[MeterAgreement]  # Empty where point and customer do not belong together.
    meterEic: str


class AgreementMeterSearchAnswer(TypedDict):
    """The wire's AgreementMeterSearchAnswer."""

    meteringPoints: list[MeterAgreements]


class AgreementReference(TypedDict):
    """What names an agreement. meterEic is left out for the types that have no metering point."""

    agreementType: AgreementType
    commodityType: CommodityType
    customerEic: str
    meterEic: NotRequired[str]
    serviceProviderEic: str
    validFrom: str


class FoundAgreement(TypedDict):
    """An agreement as far as the sender may see it: the parties are left out where it may not."""

    agreementId: NotRequired[str]
    agreementType: AgreementType
    commodityType: CommodityType
    customerEic: NotRequired[str]
    meterEic: NotRequired[str]
    preliminaryTerminationFee: bool
    serviceProviderEic: NotRequired[str]
    validFrom: str
    validTo: NotRequired[str]
    version: int


class AgreementSearchAnswer(TypedDict):
    """The wire's AgreementSearchAnswer."""

    agreements: list[FoundAgreement]
    pagination: PageAnswer


class ChangedAgreement(TypedDict):
    """Only agreementId and validTo change; without validTo it becomes open-ended, without agreementId that stays."""

    agreementId: NotRequired[str]  # The operator's own id.
    agreementType: AgreementType
    commodityType: CommodityType
    customerEic: str
    meterEic: NotRequired[str]
    preliminaryTerminationFee: NotRequired[bool]  # Only a SUPPLY may have one.
    serviceProviderEic: str
    validFrom: str
    validTo: NotRequired[str]  # Left out: open-ended.
