"""What several services say. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import CommodityType, ExtensionType, IdentityType, MarketParticipantRole, MetadataType


class PageAnswer(TypedDict):
    """The `pagination` of a search's answer."""

    page: int
    totalPages: int


class IdentityExtension(TypedDict):
    """COUNTRY: ISO 3166, two capitals. ISSUER: who gave the document."""

    extensionType: ExtensionType
    extensionValue: str


class ShownIdentity(TypedDict):
    """An identity; that of the type EIC is the hub's code and has no extensions."""

    identityExtension: list[IdentityExtension]
    identityType: IdentityType
    identityValue: str


class CustomerValue(TypedDict):
    """One thing known of a customer. Left out: validFrom is now, validTo is when the next value begins, if one does."""

    metadataType: MetadataType
    metadataValue: str
    validFrom: NotRequired[str]
    validTo: NotRequired[str]


class ContextBody(TypedDict):
    """The participant that sends, and the role and commodity that it acts in."""

    commodityType: CommodityType
    marketParticipantIdentification: str  # The EIC of the token's participant.
    marketParticipantRole: MarketParticipantRole
    purpose: NotRequired[str]
