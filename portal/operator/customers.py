"""The name of a customer beside its code, where the reader may know it. Source: `1-market.md`, "Who may see what"."""

from collections.abc import Collection, Iterable

from datahub.access import customer_search
from datahub.access.customer_search import Criteria
from datahub.agreements.models import Agreement
from datahub.market import CustomerCriterion, MetadataType, PartyType, Permission
from datahub.metering.models import MeteringPoint
from datahub.parties.rules import Value
from portal.pages import OperatorRequest

_NAMES = (MetadataType.FIRST_NAME, MetadataType.LAST_NAME, MetadataType.COMPANY_NAME, MetadataType.ORGANIZATION_NAME)


def customer_name(request: OperatorRequest, eic: str, *, page: str) -> str:
    """Give what a customer of a code is called, empty where that may not be known; the read is logged for the page."""
    acting = request.acting
    if not acting.may(Permission.VIEWER_CUSTOMER):
        return ""
    parties = customer_search.search_customers(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        criteria=Criteria(CustomerCriterion.EIC, eic),
        now=request.now,
        user=acting.user,
        service=page,
    )
    return _written(value for party in parties for value in party.metadata)


def customer_name_at(request: OperatorRequest, point: MeteringPoint, eic: str, *, page: str) -> str:
    """Give what the customer at a point is called, empty where that may not be known; the read is logged for the page.

    With what opens the name at this point, as the page says it of the point.
    """
    acting = request.acting
    if not acting.may(Permission.VIEWER_CUSTOMER):
        return ""
    values = customer_search.read_name_at(
        point,
        eic,
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        now=request.now,
        user=acting.user,
        service=page,
    )
    return _written(values)


def customer_names(request: OperatorRequest, agreements: Collection[Agreement], *, page: str) -> dict[str, str]:
    """Give what the customers of agreements are called, by their codes, where that may be known; reads are logged.

    A participant of the market bears its name for all to see, and is left out.
    """
    acting = request.acting
    asked = [one for one in agreements if one.customer.type != PartyType.MARKET_PARTICIPANT]
    if not asked or not acting.may(Permission.VIEWER_CUSTOMER):
        return {}
    found = customer_search.read_names(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        agreements=asked,
        now=request.now,
        user=acting.user,
        service=page,
    )
    return {eic: _written(values) for eic, values in found.items()}


def _written(values: Iterable[Value]) -> str:
    named = {value.type: value.value for value in values}
    return " ".join(named[kind] for kind in _NAMES if kind in named)
