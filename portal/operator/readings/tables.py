"""Readings as tables of workbooks that are filled in and imported; rows as those of `portal.readings.tables`."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_noop as _

from datahub.market import Commodity, ElectricityResolution, GasResolution
from datahub.metering.readings.decoding import MAX_INTERVALS
from portal.readings.tables import METER, START, quantities
from portal.sheets.tables import Column, ColumnKind, Table

RESOLUTIONS = {"PT15M": _("Quarter-hour"), "PT1H": _("Hour"), "P1D": _("Day")}
_RESOLUTIONS_OF: Mapping[Commodity, type[StrEnum]] = {
    Commodity.ELECTRICITY: ElectricityResolution,
    Commodity.NATURAL_GAS: GasResolution,
}
TYPES = {"M": _("Metered"), "E": _("Estimated")}


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
            *quantities(commodity),
            Column("type", _("Type of reading"), ColumnKind.CHOICE, choices=TYPES, help=_("Empty means metered.")),
        ),
        intro=_("Fill in the readings; rows without a quantity are skipped."),
        max_rows=MAX_INTERVALS,
    )


_IMPORTS: Mapping[Commodity, Table] = {commodity: _import(commodity) for commodity in Commodity}


def import_table(commodity: Commodity) -> Table:
    """Give the table that is filled in and imported."""
    return _IMPORTS[commodity]
