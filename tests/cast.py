"""Named parties of the demo's cast, for tests that need a market to stand in."""

import copy
from datetime import UTC, datetime

from django.db.models import Model

from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Role
from datahub.parties.models import EicRange, Identity, MarketRole, Metadata, Party
from datahub.parties.rules import IdentityFact
from datahub.parties.services import parties, roles

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

GRID_OPERATOR = "38X-EIN-GO-----0"
SOUTHERN_GRID_OPERATOR = "38X-DEMO-GO2---G"
OPEN_SUPPLIER = "38X-EIN-OS-----J"
SECOND_SUPPLIER = "38X-DEMO-OS2---A"
BALANCE_PROVIDER = "38X-DEMO-BRP---T"
AGGREGATOR = "38X-DEMO-AGR---I"
MARI = "38X-AVP-ZW6700C6"

# Name, registry code, roles with commodities, code ranges.
_PARTICIPANTS: dict[str, tuple[str, str, list[tuple[Role, Commodity]], list[str]]] = {
    GRID_OPERATOR: (
        "Põhjavõrk OÜ",
        "14001374",
        [(Role.GRID_OPERATOR, Commodity.ELECTRICITY), (Role.GRID_OPERATOR, Commodity.NATURAL_GAS)],
        ["38ZGO-1"],
    ),
    SOUTHERN_GRID_OPERATOR: (
        "Lõunavõrk OÜ",
        "14002741",
        [(Role.GRID_OPERATOR, Commodity.ELECTRICITY), (Role.CLOSED_DISTRIBUTION_NETWORK, Commodity.ELECTRICITY)],
        ["38ZGO-2"],
    ),
    OPEN_SUPPLIER: ("Päikese Energia AS", "14004119", [(Role.OPEN_SUPPLIER, Commodity.ELECTRICITY)], []),
    SECOND_SUPPLIER: ("Tuule Energia AS", "14005484", [(Role.OPEN_SUPPLIER, Commodity.ELECTRICITY)], []),
    BALANCE_PROVIDER: ("Bilansihaldur AS", "14008229", [(Role.OPEN_SUPPLIER, Commodity.ELECTRICITY)], []),
    AGGREGATOR: ("Paindlik Koormus OÜ", "14009594", [(Role.AGGREGATOR, Commodity.ELECTRICITY)], ["38ZAG-1"]),
}


def participant(eic: str) -> Party:
    """Give a market participant of the cast, registered with its roles and ranges at the beginning if need be."""
    known = Party.objects.filter(eic=eic).first()
    if known is not None:
        return known
    if eic not in _remembered:
        _remembered[eic] = _rows_of(_registered(eic))
    else:
        _write(_remembered[eic])
    return Party.objects.get(eic=eic)


# The rows of participants that were registered in this process: written as they are, they cost a tenth of that.
_remembered: dict[str, list[list[Model]]] = {}
_OF_PARTICIPANT = (Identity, Metadata, MarketRole, EicRange)


def _rows_of(party: Party) -> list[list[Model]]:
    first: list[list[Model]] = [[party]]
    return first + [list(model.objects.filter(**{_owner(model): party})) for model in _OF_PARTICIPANT]


def _owner(model: type[Model]) -> str:
    return next(field.name for field in model._meta.fields if field.related_model is Party)


def _write(rows: list[list[Model]]) -> None:
    ((party, *_), *others) = copy.deepcopy(rows)
    party.pk = None
    party.save(force_insert=True)
    for of_model in others:
        for row in of_model:
            row.pk = None
            setattr(row, _owner(type(row)), party)
        if of_model:
            type(of_model[0])._default_manager.bulk_create(of_model)


def _registered(eic: str) -> Party:
    name, registry_code, held, ranges = _PARTICIPANTS[eic]
    party = parties.register_party(
        eic=eic,
        party_type=PartyType.MARKET_PARTICIPANT,
        identities=[IdentityFact(IdentityType.COMPANY_ID, registry_code, "EE")],
        metadata={MetadataType.COMPANY_NAME: name},
        now=BEGINNING,
    )
    for role, commodity in held:
        roles.give_role(participant=party, role=role, commodity=commodity, valid_from=BEGINNING)
    for prefix in ranges:
        roles.give_code_range(participant=party, prefix=prefix)
    return party


def mari() -> Party:
    """Give Mari Maasikas, a customer."""
    known = Party.objects.filter(eic=MARI).first()
    return known or parties.register_party(
        eic=MARI,
        party_type=PartyType.PHYSICAL_PERSON,
        identities=[IdentityFact(IdentityType.PERSONAL_ID, "47101010033", "EE")],
        metadata={MetadataType.FIRST_NAME: "Mari", MetadataType.LAST_NAME: "Maasikas"},
        now=BEGINNING,
    )
