"""Readings as tables of workbooks: what is exported, and what is filled in and imported.

In both a row is an interval of a metering point, with both directions beside each other.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_noop as _

from datahub.market import Commodity, ElectricityResolution, GasResolution
from datahub.metering.readings.decoding import MAX_INTERVALS
from portal.sheets.tables import Column, ColumnKind, Table

_KINDS = {
    "METERED": _("metered"),
    "ESTIMATED": _("estimated"),
    "METERED_PARTLY": _("metered, some readings are missing"),
    "ESTIMATED_PARTLY": _("estimated, some readings are missing"),
    "MISSING": _("no reading"),
}
RESOLUTIONS = {"PT15M": _("Quarter-hour"), "PT1H": _("Hour"), "P1D": _("Day")}
_RESOLUTIONS_OF: Mapping[Commodity, type[StrEnum]] = {
    Commodity.ELECTRICITY: ElectricityResolution,
    Commodity.NATURAL_GAS: GasResolution,
}
TYPES = {"M": _("Metered"), "E": _("Estimated")}
METER = Column("meter", _("Metering point (EIC)"), ColumnKind.CODE, required=True, example="38ZGO-10000003-O", width=22)
START = Column(
    "start",
    _("Start of the interval"),
    ColumnKind.INSTANT,
    required=True,
    help=_("Estonian time; in the repeated hour in October the UTC offset is added."),
    example="31.12.2026 14:15",
    width=26,
)
_DECIMALS, _DIGITS = 3, 12


def _quantity(key: str, header: str) -> Column:
    return Column(
        key,
        header,
        ColumnKind.NUMBER,
        decimals=_DECIMALS,
        whole_digits=_DIGITS,
        help=_("At most three decimals; leave it empty if there is no reading."),
        example="1,417",
        width=20,
    )


_ENERGY = (_quantity("consumption", _("Consumption, kWh")), _quantity("production", _("Production, kWh")))
_VOLUME = (_quantity("consumption_m3", _("Consumption, m³")), _quantity("production_m3", _("Production, m³")))


def _quantities(commodity: Commodity) -> tuple[Column, ...]:
    if commodity is Commodity.ELECTRICITY:
        return _ENERGY
    return (_ENERGY[0], _VOLUME[0], _ENERGY[1], _VOLUME[1])


def _export(commodity: Commodity) -> Table:
    return Table(
        "readings",
        _("Readings"),
        (
            METER,
            START,
            Column("end", _("End of the interval"), ColumnKind.INSTANT, width=26),
            *_quantities(commodity),
            Column("consumption_kind", _("Kind of consumption reading"), ColumnKind.CHOICE, choices=_KINDS, width=24),
            Column("production_kind", _("Kind of production reading"), ColumnKind.CHOICE, choices=_KINDS, width=24),
        ),
    )


def _import(commodity: Commodity) -> Table:
    return Table(
        f"readings-{commodity.lower()}",
        _("Readings"),
        (
            METER,
            START,
            Column(
                "resolution",
                _("Length of the interval"),
                ColumnKind.CHOICE,
                required=True,
                choices={code: RESOLUTIONS[code] for code in _RESOLUTIONS_OF[commodity]},
                width=18,
            ),
            *_quantities(commodity),
            Column("type", _("Type of reading"), ColumnKind.CHOICE, choices=TYPES, help=_("Empty means metered.")),
        ),
        intro=_("Fill in the readings; rows without a quantity are skipped."),
        max_rows=MAX_INTERVALS,
    )


_EXPORTS: Mapping[Commodity, Table] = {commodity: _export(commodity) for commodity in Commodity}
_IMPORTS: Mapping[Commodity, Table] = {commodity: _import(commodity) for commodity in Commodity}


def export_table(commodity: Commodity) -> Table:
    """Give the table that is exported."""
    return _EXPORTS[commodity]


def import_table(commodity: Commodity) -> Table:
    """Give the table that is filled in and imported."""
    return _IMPORTS[commodity]
