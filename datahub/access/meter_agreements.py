"""What stands at a customer's metering points, asked before a new supply. Source: `1-market.md`, "Who may see what".

Whoever knows a customer and a point that belong together may know until when its GRID agreement and its supply run.
Nothing else opens this, and of somebody else who was there before or comes after nothing is told.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import Agreement
from datahub.errors import codes, refuse
from datahub.market import AgreementType, Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party, User
from datahub.periods import Period

_SERVICE = "agreement/search/meter"
_SHOWN = [AgreementType.GRID, AgreementType.SUPPLY]
# The database gives no point and no party this id: with it a search that has found none asks what any other asks.
_NONE = 0


@dataclass(frozen=True, slots=True)
class MeterAgreement:
    """A GRID or SUPPLY agreement without its parties."""

    type: AgreementType
    commodity: Commodity
    period: Period
    preliminary_termination_fee: bool


@dataclass(frozen=True, slots=True)
class MeterAgreements:
    """What stands at one point for the customer asked about: nothing where the two do not belong together."""

    meter_eic: str
    agreements: tuple[MeterAgreement, ...]


def search_meter_agreements(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    meter_eics: Iterable[str],
    customer_eic: str,
    now: datetime,
    technical_user: str,
) -> list[MeterAgreements]:
    """Give a customer's GRID and SUPPLY agreements, valid now or later, at each of some points; log what is shown.

    Points once each, in the order in which they are named; agreements by start, then GRID before SUPPLY. A point
    belongs to the customer where a GRID agreement of the two is valid now or later; of a point that does not exist and
    of one of somebody else the answer is the same, found by the same queries.

    Raises sender-type-error for any role but OPEN_SUPPLIER.
    """
    if role != Role.OPEN_SUPPLIER:
        raise refuse(codes.SENDER_TYPE, role, Role.OPEN_SUPPLIER)
    eics = list(dict.fromkeys(meter_eics))
    shown = _shown(eics, customer_eic, commodity, now)
    if customer_eic != participant.eic:
        log_read(
            participant=participant,
            role=role,
            commodity=commodity,
            service=_SERVICE,
            reads=[_read(customer_eic, eic, shown[eic]) for eic in eics if eic in shown],
            now=now,
            technical_user=technical_user,
        )
    return [MeterAgreements(eic, shown.get(eic, ())) for eic in eics]


def _shown(
    eics: list[str], customer_eic: str, commodity: Commodity, now: datetime
) -> dict[str, tuple[MeterAgreement, ...]]:
    """Give, by the EIC of each point that belongs to the customer, what stands there."""
    # Looked up first, so that the database knows how many agreements this customer has.
    points = dict(MeteringPoint.objects.filter(eic__in=eics).values_list("pk", "eic"))
    customer = Party.objects.filter(eic=customer_eic).values_list("pk", flat=True).first()
    rows = (
        Agreement.objects.standing()
        .filter(point__in=[*points, _NONE], customer=customer or _NONE, commodity=commodity, type__in=_SHOWN)
        .filter(Q(valid_to=None) | Q(valid_to__gt=now))
        .order_by("valid_from", "type")
        .values_list("point_id", "type", "valid_from", "valid_to", "preliminary_termination_fee")
    )
    found: dict[str, list[MeterAgreement]] = defaultdict(list)
    for point, kind, start, end, fee in rows:
        found[points[point]].append(MeterAgreement(AgreementType(kind), commodity, Period(start, end), fee))
    return {
        eic: tuple(agreements)
        for eic, agreements in found.items()
        if any(agreement.type == AgreementType.GRID for agreement in agreements)
    }


def _read(customer_eic: str, meter_eic: str, shown: tuple[MeterAgreement, ...]) -> Read:
    """Name what was read at a point, from the first start to the last end."""
    ends = [agreement.period.end for agreement in shown]
    last = None if None in ends else max(end for end in ends if end is not None)
    # No ground of the table: the customer's code and the point's, known together, open this.
    return Read(customer_eic, meter_eic, shown[0].period.start, last)


def log_refused_agreement(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    meter_eic: str,
    customer_eic: str,
    now: datetime,
    technical_user: str = "",
    user: User | None = None,
) -> None:
    """Log that the refusal of an agreement told its sender something of what stands at a customer's point.

    So does a page that says, before it is done, what an agreement would do there.
    """
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service="agreement",
        reads=[Read(customer_eic, meter_eic)],
        now=now,
        technical_user=technical_user,
        user=user,
    )
