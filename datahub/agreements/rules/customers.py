"""Who registers customers and who changes them. Source: `1-market.md`, "Parties"."""

from datetime import datetime

from datahub import market_time
from datahub.agreements.rules.parties import REGISTRARS
from datahub.errors import Fault, any_of, codes, fault
from datahub.market import AgreementType, Commodity, Role

# So long after the end of a GRID agreement its provider may still change the customer.
CHANGED_FOR_MONTHS = 12


def registrar_faults(role: Role, commodity: Commodity) -> list[Fault]:
    """Give why customers are not registered in a role: it is not one in which GRID agreements are."""
    roles = REGISTRARS[AgreementType.GRID].get(commodity, ())
    return [] if role in roles else [fault(codes.SENDER_TYPE, role, any_of(roles))]


def changer_faults(role: Role, commodity: Commodity) -> list[Fault]:
    """Give why customers are never changed in a role: it provides neither the grid nor the general service."""
    roles = (*REGISTRARS[AgreementType.GRID].get(commodity, ()), Role.OPEN_SUPPLIER)
    return [] if role in roles else [fault(codes.SENDER_TYPE, role, any_of(roles))]


def changed_since(now: datetime) -> datetime:
    """Give the instant before which a GRID agreement must not have ended for its provider to change the customer."""
    return market_time.months_before(now, CHANGED_FOR_MONTHS)
