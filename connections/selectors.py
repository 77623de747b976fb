"""Reads of connection requests and of what they stand on. Source: `4-exchanges.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from connections.filters import FILTERS, ConnectionRequestFilter
from connections.models import ConnectionRequest, ConnectionRequestQuerySet, ConnectionStep
from connections.rules import conditions
from connections.rules.conditions import LONGEST_MONTHS, Asked, Held, Standing
from datahub.access.pages import Found
from datahub.agreements.models import Agreement
from datahub.exchanges import filters, selectors
from datahub.exchanges.rules import OPERATOR_ROLES, side_in
from datahub.market import AgreementType, Commodity, Role
from datahub.market_time import months_before
from datahub.metering.models import MeteringPoint
from datahub.parties.models import MarketRole, Party
from datahub.periods import Period

# Ends so much longer ago are read too, and left to the rules: months are counted on from an end, there, which at ends
# of months and where clocks change is not the same as counting back from now.
_MARGIN = timedelta(days=4)
# The database gives no point and no party this id: where there is none, the same is asked as where there is one.
_NONE = 0


@dataclass(frozen=True, slots=True)
class Operator:
    """Who bears a code and which roles it holds for a commodity; None and no roles where nobody holds any by it."""

    party: Party | None
    roles: frozenset[str]


def operator_of(eic: str, commodity: str, *, now: datetime) -> Operator:
    """Look up who is asked."""
    held = MarketRole.objects.filter(participant__eic=eic, commodity=commodity).valid_at(now)
    rows = list(held.select_related("participant"))
    return Operator(rows[0].participant if rows else None, frozenset(row.role for row in rows))


def check_conditions(asked: Asked, *, now: datetime) -> list[Held]:
    """Tell which of the three agreements that a request needs hold now, and until when they will do.

    By the same statements, whether point and customer exist, belong together or do not.
    """
    ids = dict(
        Party.objects.filter(eic__in=[asked.supplier_eic, asked.operator_eic, asked.customer_eic]).values_list(
            "eic", "pk"
        )
    )
    supplier, operator, customer = (
        ids.get(eic, _NONE) for eic in (asked.supplier_eic, asked.operator_eic, asked.customer_eic)
    )
    point = MeteringPoint.objects.filter(eic=asked.meter_eic).values_list("pk", flat=True).first() or _NONE
    counting = _counting(asked.commodity, now)
    joint_invoices = counting.filter(
        type=AgreementType.JOINT_INVOICE,
        service_provider=supplier,
        service_provider_role=Role.OPEN_SUPPLIER,
        customer=operator,
        customer_role__in=OPERATOR_ROLES,
    )
    of_supplier = Q(type=AgreementType.SUPPLY, service_provider=supplier, service_provider_role=Role.OPEN_SUPPLIER)
    of_operator = Q(type=AgreementType.GRID, service_provider=operator, service_provider_role__in=OPERATOR_ROLES)
    at_point = counting.filter(of_supplier | of_operator, point=point, customer=customer)
    standing = [
        Standing(AgreementType(kind), Period(start, end))
        for rows in (joint_invoices, at_point)
        for kind, start, end in rows.values_list("type", "valid_from", "valid_to")
    ]
    return conditions.check(standing, now=now)


def _counting(commodity: Commodity, now: datetime) -> QuerySet[Agreement]:
    """Give the agreements that have begun and may count for a condition: the rules say whether they do."""
    recent = Q(valid_to=None) | Q(valid_to__gte=months_before(now, LONGEST_MONTHS) - _MARGIN)
    return Agreement.objects.standing().filter(recent, commodity=commodity, valid_from__lte=now)


def search(
    *,
    participant: Party,
    role: str,
    commodity: str,
    attributes: Mapping[str, Any],
    offset: int = 0,
    size: int | None = None,
) -> tuple[list[ConnectionRequest], int | None]:
    """Give a participant's requests that match the validated `connectionStateAttributes`, those saved last first.

    Without `size` at most 1,000 of them; with it the page at `offset`, and how many there are in all.
    """
    mine = ConnectionRequest.objects.of(participant, role, commodity)
    found = filters.filter_exchanges(mine, ConnectionRequestFilter, FILTERS, attributes)
    if size is None:
        return selectors.newest(found), None
    return selectors.page(found, offset=offset, size=size)


def requests_of(participant: Party, role: str, commodity: str) -> ConnectionRequestQuerySet:
    """Give what a participant sent or received in a role and commodity, with both parties."""
    return ConnectionRequest.objects.of(participant, role, commodity).select_related("sender", "receiver")


def list_requests(
    participant: Party,
    role: Role,
    commodity: Commodity,
    *,
    conditions: Mapping[str, Any],
    waiting_on: date | None = None,
    order: Sequence[str],
) -> Found[ConnectionRequest]:
    """Give what a participant sent or received, as a list shows it: by `ConnectionRequestFilter`, in an order.

    With a local day `waiting_on`: only what waits for the participant then.
    """
    mine = ConnectionRequest.objects.of(participant, role, commodity)
    keys = filters.picked(mine, ConnectionRequestFilter, conditions)
    side = side_in(role)
    if waiting_on is not None and side is not None:
        keys = keys.waiting_for(side, today=waiting_on)
    return Found(keys=keys.order_by(*order), rows=ConnectionRequest.objects.select_related("sender", "receiver"))


def steps_of(request: ConnectionRequest) -> list[ConnectionStep]:
    """Give the history of a request, the oldest step first, with the people who acted."""
    return list(ConnectionStep.objects.filter(request=request).select_related("user").order_by("id"))


def scan(*, participant: Party, role: str, commodity: str, since: datetime, now: datetime) -> list[ConnectionRequest]:
    """Give what the other side saved after an instant: requests to an operator, answers to a supplier.

    Raises update-period-max-days for an instant more than 31 days back.
    """
    mine = ConnectionRequest.objects.of(participant, role, commodity)
    return selectors.scan(mine, role=role, since=since, now=now)
