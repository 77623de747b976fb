"""Who makes a request: the technical user of its token, and from where it comes. Source: `2-wire.md`."""

from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from datahub import limits
from datahub.addresses import address_of
from datahub.errors import codes, refuse
from datahub.parties.known_clients import known_clients
from datahub.parties.models import TechnicalUser
from datahub.parties.selectors import ApiClient
from datahub.wire import trace
from datahub.wire.tokens.check import client_id_of

requests = limits.Allowance("api", seconds=60)


def may_come_from(technical_user: TechnicalUser, address: str) -> bool:
    """Tell whether an address lies in one of the networks that a technical user allows."""
    if not technical_user.allowed_networks:
        return True
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in ip_network(network, strict=False) for network in technical_user.allowed_networks)


def authenticate(request: HttpRequest, *, now: datetime) -> ApiClient:
    """Give the technical user whose token a request carries, with its participant and the roles that this one holds.

    Raises DomainError: 401 for the token or a user that is not active, 403 for the address, 429 when the participant
    has made too many requests.
    """
    seconds = now.timestamp()
    client_id = client_id_of(request.META.get("HTTP_AUTHORIZATION"), now=int(seconds))
    client = known_clients.get(client_id, now)
    if client is None:
        raise refuse(codes.AUTHENTICATION, "its client_id is no active technical user")
    trace.note(participant=client.technical_user.participant.eic)
    address = address_of(request)
    if not may_come_from(client.technical_user, address):
        raise refuse(codes.IP_ADDRESS_NOT_ALLOWED, address, client_id)
    allowed = settings.API_REQUESTS_PER_MINUTE
    if allowed and not requests.take(str(client.technical_user.participant.pk), limit=allowed, now=seconds):
        wait = limits.seconds_left(requests.seconds, seconds)
        raise refuse(codes.TOO_MANY_REQUESTS, wait, retry_after=wait)
    return client
