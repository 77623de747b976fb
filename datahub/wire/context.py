"""In whose name a message comes. Source: `2-wire.md`, "Each request" (marketParticipantContext)."""

from functools import lru_cache
from typing import Any

from rest_framework import serializers

from datahub.errors import codes, refuse
from datahub.market import Commodity, Permission, Role
from datahub.parties.models import TechnicalUser
from datahub.parties.selectors import ApiClient
from datahub.wire import reading
from datahub.wire.fields import Body, CodeField, EicField
from datahub.wire.service import Context

NAME = "marketParticipantContext"


class ContextBody(Body):
    """The participant that sends, and the role and commodity that it acts in."""

    marketParticipantIdentification = EicField(help_text="The EIC of the token's participant.")
    marketParticipantRole = CodeField(Role)
    commodityType = CodeField(Commodity)
    purpose = serializers.CharField(max_length=50, required=False)


class _Envelope(Body):
    marketParticipantContext = ContextBody()


@lru_cache(maxsize=4096)
def _known_fields(sent: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    # Kept: a system writes the same context in every message.
    fields: dict[str, Any] = reading.read(_Envelope, {NAME: dict(sent)})[NAME]
    return fields


def _fields(sent: Any) -> dict[str, Any]:
    if isinstance(sent, dict) and all(isinstance(value, str) for value in sent.values()):
        return _known_fields(tuple(sent.items()))
    fields: dict[str, Any] = reading.read(_Envelope, {NAME: sent})[NAME]
    return fields


def read_context(sent: Any, client: ApiClient) -> Context:
    """Check a context as sent (None if it is missing) against the token and the roles held now.

    Raises DomainError: 400 for its shape, 403 for another participant or a role that is not held.
    """
    fields = _fields(sent)
    participant = client.technical_user.participant
    named, role, commodity = (
        fields["marketParticipantIdentification"],
        fields["marketParticipantRole"],
        fields["commodityType"],
    )
    if named != participant.eic:
        raise refuse(
            codes.UNPROCESSABLE_CONTEXT,
            f"{NAME}.marketParticipantIdentification",
            f"it is {named}, but the token is of {participant.eic}",
        )
    if not client.holds(role, commodity):
        raise refuse(
            codes.UNPROCESSABLE_CONTEXT,
            f"{NAME}.marketParticipantRole",
            f"{participant.eic} does not hold the role {role} for {commodity} now",
        )
    return Context(participant, role, commodity, fields.get("purpose"))


def require_permission(technical_user: TechnicalUser, permission: Permission) -> None:
    """Raise DomainError 403 unless a technical user has a permission or one that includes it."""
    granting = permission.granted_by()
    if granting.isdisjoint(technical_user.permissions):
        raise refuse(codes.PERMISSION_MISSING, technical_user.client_id, ", ".join(sorted(granting)))
