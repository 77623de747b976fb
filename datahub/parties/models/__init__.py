"""Everyone with an X code, what they may do in the market, and who acts for them."""

from datahub.parties.models.access import TechnicalUser, TechnicalUserSecret, User, UserGrant
from datahub.parties.models.party import EicRange, Identity, MarketRole, Metadata, Party, Representation

__all__ = [
    "EicRange",
    "Identity",
    "MarketRole",
    "Metadata",
    "Party",
    "Representation",
    "TechnicalUser",
    "TechnicalUserSecret",
    "User",
    "UserGrant",
]
