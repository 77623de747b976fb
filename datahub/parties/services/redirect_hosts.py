"""The hosts to which a participant may have customers led back. Source: `5-web.md`, "Client portal", grant by link."""

from django.db import transaction

from datahub.errors import DomainError, codes, fault, phrase, refuse
from datahub.market import PartyType
from datahub.parties import rules
from datahub.parties.models import Party, RedirectHost

_HOST = "redirectHost"


@transaction.atomic
def register_redirect_host(*, participant: Party, host: str) -> RedirectHost:
    """Let customers be led back to exactly this host, over https.

    Raises DomainError for a party that is no market participant, what is no host's name in the form that DNS knows, or
    already-exists.
    """
    participant = Party.objects.select_for_update().get(pk=participant.pk)
    known = list(RedirectHost.objects.filter(participant=participant).values_list("host", flat=True))
    faults = rules.host_faults(host, known, f"{_HOST}.host")
    if participant.type != PartyType.MARKET_PARTICIPANT:
        wanted = PartyType.MARKET_PARTICIPANT
        faults.append(fault(codes.INVALID_ENUM, f"{_HOST}.participant", wanted, participant.type))
    if faults:
        raise DomainError(faults)
    return RedirectHost.objects.create(participant=participant, host=host)


@transaction.atomic
def withdraw_redirect_host(*, participant: Party, host: str) -> None:
    """Let customers be led back to a host no more; raises not-found.resource for one that is not registered."""
    held = RedirectHost.objects.filter(participant=participant, host=host).first()
    if held is None:
        raise refuse(codes.NOT_FOUND_RESOURCE, phrase("{0} {1} of {2}", _HOST, host, participant.eic))
    held.delete()
