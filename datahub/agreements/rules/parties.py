"""Who registers which type of agreement, between whom, and with which fields. Source: `1-market.md`, "Agreements"."""

from collections.abc import Collection
from dataclasses import dataclass

from datahub.errors import Code, Fault, codes, fault
from datahub.market import AgreementType, Commodity, MeteringPointType, Role

# The roles in which each type is registered by its service provider.
REGISTRARS: dict[AgreementType, dict[Commodity, tuple[Role, ...]]] = {
    AgreementType.GRID: {
        Commodity.ELECTRICITY: (
            Role.GRID_OPERATOR,
            Role.CLOSED_DISTRIBUTION_NETWORK,
            Role.LINE_OPERATOR,
            Role.PRODUCER_OPERATOR,
            Role.CHARGING_POINT_OPERATOR,
        ),
        Commodity.NATURAL_GAS: (Role.GRID_OPERATOR, Role.PRODUCER_OPERATOR),
    },
    AgreementType.BORDER_GRID: {
        Commodity.ELECTRICITY: (Role.GRID_OPERATOR,),
        Commodity.NATURAL_GAS: (Role.GRID_OPERATOR,),
    },
    AgreementType.SUPPLY: {
        Commodity.ELECTRICITY: (Role.OPEN_SUPPLIER,),
        Commodity.NATURAL_GAS: (Role.OPEN_SUPPLIER,),
    },
    AgreementType.PORTFOLIO_SUPPLIER: {
        Commodity.ELECTRICITY: (Role.OPEN_SUPPLIER,),
        Commodity.NATURAL_GAS: (Role.OPEN_SUPPLIER,),
    },
}
# The roles of which the customer must hold one; where it holds several, the first counts. Other types: any party.
CUSTOMER_ROLES: dict[AgreementType, tuple[Role, ...]] = {
    AgreementType.BORDER_GRID: (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK),
    AgreementType.PORTFOLIO_SUPPLIER: (Role.GRID_OPERATOR, Role.OPEN_SUPPLIER, Role.AGGREGATOR),
}
# The type of point that each type of agreement is made at; types that are not here have none.
POINT_TYPES: dict[AgreementType, MeteringPointType] = {
    AgreementType.GRID: MeteringPointType.REGULAR,
    AgreementType.BORDER_GRID: MeteringPointType.BORDER,
    AgreementType.SUPPLY: MeteringPointType.REGULAR,
}
# Whose points may have a supply.
SUPPLIED_OWNER_ROLES = (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK)
WITH_TERMINATION_FEE = frozenset({AgreementType.SUPPLY})
# Who adds GRID agreements, or sells, only with a portfolio provider.
NEEDS_PORTFOLIO_PROVIDER = frozenset(
    {Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK, Role.OPEN_SUPPLIER, Role.AGGREGATOR}
)
_BY_THE_HUB: dict[AgreementType, Code] = {
    AgreementType.BORDER_SUPPLY: codes.BORDER_SUPPLY_BY_HAND,
    AgreementType.GENERAL_SERVICE: codes.GENERAL_SERVICE_BY_HAND,
}


@dataclass(frozen=True, slots=True)
class Sender:
    """The participant that registers, changes or deletes, in the role and commodity of its request."""

    eic: str
    role: Role
    commodity: Commodity


@dataclass(frozen=True, slots=True)
class Named:
    """What a request says of an agreement, as far as these rules look at it."""

    type: AgreementType
    commodity: Commodity
    point_eic: str | None
    service_provider_eic: str
    customer_eic: str
    preliminary_termination_fee: bool | None = None


def type_fault(kind: AgreementType, doing: str, *, path: str) -> Fault | None:
    """Give the fault of a type that no request may touch, or None. `doing`: created, changed or deleted."""
    if kind in _BY_THE_HUB:
        return fault(_BY_THE_HUB[kind])
    if kind not in REGISTRARS:
        return fault(codes.AGREEMENT_TYPE_CANNOT_BE_PROCESSED, f"{path}.agreementType", kind, doing)
    return None


def sender_faults(named: Named, sender: Sender, *, path: str) -> list[Fault]:
    """Give what is wrong with the sender: its role for this type, and that it is the service provider."""
    roles = REGISTRARS[named.type].get(named.commodity, ())
    if named.commodity != sender.commodity:
        return [fault(codes.COMMODITY_TYPE_MISMATCH, f"{path}.commodityType", named.commodity, sender.commodity)]
    if sender.role not in roles:
        return [fault(codes.SENDER_TYPE, sender.role, " or ".join(roles))]
    if named.service_provider_eic != sender.eic:
        return [
            fault(
                codes.SENDER_AND_SERVICE_PROVIDER_MISMATCH,
                f"{path}.serviceProviderEic",
                named.service_provider_eic,
                sender.eic,
            )
        ]
    return []


def field_faults(named: Named, *, path: str) -> list[Fault]:
    """Give what is wrong with the fields that only some types have: the metering point, the termination fee."""
    faults = []
    if named.type in POINT_TYPES and named.point_eic is None:
        faults.append(fault(codes.MISSING, f"{path}.meterEic"))
    if named.type not in POINT_TYPES and named.point_eic is not None:
        faults.append(fault(codes.AGREEMENT_ATTRIBUTE_NOT_ALLOWED, f"{path}.meterEic", named.type))
    if named.preliminary_termination_fee and named.type not in WITH_TERMINATION_FEE:
        faults.append(fault(codes.AGREEMENT_ATTRIBUTE_NOT_ALLOWED, f"{path}.preliminaryTerminationFee", named.type))
    return faults


def customer_faults(named: Named, held: Collection[str], *, path: str) -> list[Fault]:
    """Give what is wrong with the customer, which holds those market roles for the commodity now."""
    wanted = CUSTOMER_ROLES.get(named.type)
    if wanted is None:
        return []
    if named.customer_eic == named.service_provider_eic:
        return [fault(codes.AGREEMENT_PARTIES_EQUAL, f"{path}.customerEic", named.customer_eic)]
    if not customer_role(named.type, held):
        return [fault(codes.CUSTOMER_TYPE, f"{path}.customerEic", named.customer_eic, " or ".join(wanted))]
    return []


def customer_role(kind: AgreementType, held: Collection[str]) -> str:
    """Give the market role in which a customer with those roles stands in an agreement; "" where none is needed."""
    return next((role for role in CUSTOMER_ROLES.get(kind, ()) if role in held), "")
