"""Finding parties and what they hold."""

from datetime import datetime

from datahub.market import Commodity, MetadataType, Role
from datahub.parties.models import EicRange, MarketRole, Metadata, Party


def party_by_eic(eic: str) -> Party | None:
    """Find the party of an X code, or None."""
    return Party.objects.filter(eic=eic).first()


def participant_holds(participant: Party, role: Role | str, commodity: Commodity | str, at: datetime) -> bool:
    """Tell whether a participant holds a market role for a commodity at an instant."""
    held = MarketRole.objects.filter(participant=participant, role=role, commodity=commodity)
    return held.valid_at(at).exists()


def roles_held(participant: Party, at: datetime) -> list[tuple[Role, Commodity]]:
    """Give the market roles that a participant holds at an instant, with their commodities, in order."""
    held = MarketRole.objects.filter(participant=participant).valid_at(at).order_by("role", "commodity")
    return [(Role(role), Commodity(commodity)) for role, commodity in held.values_list("role", "commodity")]


def code_ranges(participant: Party) -> list[str]:
    """Give the beginnings of the metering point codes that a participant may give out."""
    return list(EicRange.objects.filter(participant=participant).order_by("prefix").values_list("prefix", flat=True))


def metadata_at(party: Party, at: datetime) -> dict[MetadataType, str]:
    """Give what is known of a party at an instant."""
    known = Metadata.objects.filter(party=party).valid_at(at).order_by("type")
    return {MetadataType(kind): value for kind, value in known.values_list("type", "value")}
