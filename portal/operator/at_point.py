"""What a person may begin at a metering point, filled in as far as its page or an agreement's knows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from datahub.agreements.rules.parties import AT_OWN_POINT, POINT_TYPES
from datahub.exchanges.rules import Side
from datahub.market import Permission
from datahub.metering.models import MeteringPoint
from portal.acting import OperatorChoice
from portal.operator.agreements.shown import types_of


@dataclass(frozen=True, slots=True)
class Beginning:
    """Something to begin: the form's address with what is filled in, what its link says."""

    url: str
    label: Any
    icon: str


def beginnings(acting: OperatorChoice, point: MeteringPoint, customer_eic: str) -> Iterator[Beginning]:
    """Give what somebody may begin at a point that she sees; the customer's code is empty where she may not know it."""
    asked = {"point": point.eic, "customer": customer_eic}
    if acting.side is Side.SENDER and acting.may(Permission.EDITOR_DIRECT_MESSAGE):
        yield Beginning(_link(reverse("operator:ask"), asked), _("New enquiry"), "chat-left-text")
    if acting.side is Side.SENDER and acting.may(Permission.EDITOR_CONNECTION_STATE):
        yield Beginning(_link(reverse("operator:new-connection-request"), asked), _("New connection request"), "plug")
    if acting.may(Permission.EDITOR_AGREEMENT):
        is_own = point.owner_id == acting.participant.pk and point.owner_role == acting.role
        for kind in types_of(acting.role, acting.commodity):
            at_own = kind in AT_OWN_POINT
            if POINT_TYPES.get(kind) == point.type and (is_own or not at_own):
                # At an own point the next agreement is another customer's.
                agreed = {"meter_eic": point.eic, "customer_eic": "" if at_own else customer_eic}
                form = reverse("operator:register-agreement", args=[kind])
                yield Beginning(_link(form, agreed), _("New agreement"), "plus")


def _link(form: str, fields: dict[str, str]) -> str:
    return f"{form}?{urlencode({name: value for name, value in fields.items() if value})}"
