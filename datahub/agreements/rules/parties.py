"""Who registers which type of agreement, between whom, and with which fields. Source: `1-market.md`, "Agreements"."""

from collections.abc import Collection
from dataclasses import dataclass

from datahub.errors import Code, Fault, any_of, codes, fault, phrase
from datahub.market import AgreementType, Commodity, MeteringPointType, Role

_SUPPLIERS: dict[Commodity, tuple[Role, ...]] = {
    Commodity.ELECTRICITY: (Role.OPEN_SUPPLIER,),
    Commodity.NATURAL_GAS: (Role.OPEN_SUPPLIER,),
}
_SUPPLIED_OPERATORS: dict[Commodity, tuple[Role, ...]] = {
    Commodity.ELECTRICITY: (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK),
    Commodity.NATURAL_GAS: (Role.GRID_OPERATOR,),
}
# The roles in which each type is registered: by its service provider, but for those in REGISTERED_BY_CUSTOMER.
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
    AgreementType.SUPPLY: _SUPPLIERS,
    AgreementType.AGGREGATION: {Commodity.ELECTRICITY: (Role.AGGREGATOR,)},
    AgreementType.PORTFOLIO_SUPPLIER: _SUPPLIERS,
    AgreementType.NAMED_SUPPLIER: _SUPPLIED_OPERATORS,
    AgreementType.JOINT_INVOICE: _SUPPLIED_OPERATORS,
}
# The types that the customer registers, a grid operator or closed distribution network; an open supplier provides.
REGISTERED_BY_CUSTOMER = frozenset({AgreementType.NAMED_SUPPLIER, AgreementType.JOINT_INVOICE})
# The roles of which the customer must hold one; where it holds several, the first counts. Other types: any party, or
# the sender. A closed distribution network needs a portfolio provider as a grid operator does, so that it may have one.
CUSTOMER_ROLES: dict[AgreementType, tuple[Role, ...]] = {
    AgreementType.BORDER_GRID: (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK),
    AgreementType.PORTFOLIO_SUPPLIER: (
        Role.GRID_OPERATOR,
        Role.CLOSED_DISTRIBUTION_NETWORK,
        Role.OPEN_SUPPLIER,
        Role.AGGREGATOR,
    ),
}
# The type of point that each type of agreement is made at; types that are not here have none.
POINT_TYPES: dict[AgreementType, MeteringPointType] = {
    AgreementType.GRID: MeteringPointType.REGULAR,
    AgreementType.BORDER_GRID: MeteringPointType.BORDER,
    AgreementType.SUPPLY: MeteringPointType.REGULAR,
    AgreementType.AGGREGATION: MeteringPointType.AGGREGATION,
}
# The types whose metering point is the registrar's own.
AT_OWN_POINT = frozenset({AgreementType.GRID, AgreementType.BORDER_GRID, AgreementType.AGGREGATION})
# Whose points may have a supply.
SUPPLIED_OWNER_ROLES = (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK)
WITH_TERMINATION_FEE = frozenset({AgreementType.SUPPLY})
# Who adds GRID agreements, or sells, only with a portfolio provider.
NEEDS_PORTFOLIO_PROVIDER = frozenset(
    {Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK, Role.OPEN_SUPPLIER, Role.AGGREGATOR}
)
BY_THE_HUB: dict[AgreementType, Code] = {
    AgreementType.BORDER_SUPPLY: codes.BORDER_SUPPLY_BY_HAND,
    AgreementType.GENERAL_SERVICE: codes.GENERAL_SERVICE_BY_HAND,
}
_DOINGS = {str(word): word for word in (phrase("created"), phrase("changed"), phrase("deleted"))}


def provider_roles(kind: AgreementType, commodity: Commodity) -> tuple[Role, ...]:
    """Give the roles in which the service provider of a type of agreement can stand in it."""
    if kind == AgreementType.GENERAL_SERVICE:
        return (*_SUPPLIERS[commodity], *_SUPPLIED_OPERATORS[commodity])
    if kind == AgreementType.BORDER_SUPPLY or kind in REGISTERED_BY_CUSTOMER:
        return _SUPPLIERS[commodity]
    return REGISTRARS[kind].get(commodity, ())


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


def type_fault(named: Named, doing: str, *, path: str) -> Fault | None:
    """Give the fault of a type that no request may touch, or None. `doing`: created, changed or deleted."""
    if named.type in BY_THE_HUB:
        return fault(BY_THE_HUB[named.type], f"{path}.agreementType")
    if named.commodity not in REGISTRARS[named.type]:
        what = phrase("{0} of {1}", named.type, named.commodity)
        return fault(codes.AGREEMENT_TYPE_CANNOT_BE_PROCESSED, f"{path}.agreementType", what, _DOINGS[doing])
    return None


def role_faults(named: Named, sender: Sender, *, path: str) -> list[Fault]:
    """Give what is wrong with the sender's commodity, or else with its role for this type."""
    if named.commodity != sender.commodity:
        field = f"{path}.commodityType"
        return [fault(codes.COMMODITY_TYPE_MISMATCH, field, named.commodity, sender.commodity, phrase("context"))]
    roles = REGISTRARS[named.type][named.commodity]
    return [] if sender.role in roles else [fault(codes.SENDER_TYPE, sender.role, any_of(roles))]


def registrar_faults(named: Named, sender: Sender, *, path: str) -> list[Fault]:
    """Give the fault of a sender that is not the party by which an agreement of this type is registered."""
    if named.type in REGISTERED_BY_CUSTOMER:
        code, field, registrar = codes.SENDER_AND_CUSTOMER_MISMATCH, "customerEic", named.customer_eic
    else:
        code, field = codes.SENDER_AND_SERVICE_PROVIDER_MISMATCH, "serviceProviderEic"
        registrar = named.service_provider_eic
    return [] if registrar == sender.eic else [fault(code, f"{path}.{field}", registrar, sender.eic)]


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


def provider_faults(named: Named, held: Collection[str] | None, *, path: str) -> list[Fault]:
    """Give what is wrong with a service provider that is not the sender.

    `held` are the market roles that it holds for the commodity now, None if no participant has its code.
    """
    if named.type not in REGISTERED_BY_CUSTOMER:
        return []
    field, provider = f"{path}.serviceProviderEic", named.service_provider_eic
    if held is None:
        return [fault(codes.SERVICE_PROVIDER_NOT_RESOLVED, field, provider)]
    if provider == named.customer_eic:
        return [fault(codes.AGREEMENT_PARTIES_EQUAL, field, provider, phrase("the customer itself"))]
    if Role.OPEN_SUPPLIER not in held:
        wanted = phrase("{0} for {1}", Role.OPEN_SUPPLIER, named.commodity)
        return [fault(codes.SERVICE_PROVIDER_TYPE, field, provider, wanted)]
    return []


def customer_faults(named: Named, held: Collection[str], *, path: str) -> list[Fault]:
    """Give what is wrong with the customer, which holds those market roles for the commodity now."""
    wanted = CUSTOMER_ROLES.get(named.type)
    if wanted is None:
        return []
    field = f"{path}.customerEic"
    if named.customer_eic == named.service_provider_eic:
        itself = phrase("the service provider itself")
        return [fault(codes.AGREEMENT_PARTIES_EQUAL, field, named.customer_eic, itself)]
    if not any(role in held for role in wanted):
        roles = phrase("{0} for {1}", any_of(wanted), named.commodity)
        return [fault(codes.CUSTOMER_TYPE, field, named.customer_eic, roles)]
    return []


def roles_in(named: Named, sender: Sender, customer_held: Collection[str]) -> tuple[str, str]:
    """Give the market roles in which service provider and customer stand in an agreement; "" where none is needed."""
    if named.type in REGISTERED_BY_CUSTOMER:
        return Role.OPEN_SUPPLIER, sender.role
    return sender.role, next((role for role in CUSTOMER_ROLES.get(named.type, ()) if role in customer_held), "")
