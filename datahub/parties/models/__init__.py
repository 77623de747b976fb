"""Everyone with an X code, what they may do in the market, and who acts for them."""

from datahub.parties.models.access import TechnicalUser, TechnicalUserSecret, TypedName, User, UserGrant
from datahub.parties.models.party import EicRange, Identity, MarketRole, Metadata, Party, RedirectHost, Representation

__all__ = [
    "EicRange",
    "Identity",
    "MarketRole",
    "Metadata",
    "Party",
    "RedirectHost",
    "Representation",
    "TechnicalUser",
    "TechnicalUserSecret",
    "TypedName",
    "User",
    "UserGrant",
]
