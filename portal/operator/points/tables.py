"""Metering points as tables of workbooks: the same columns are exported, filled in and imported."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext_noop as _

from datahub.market import Commodity
from datahub.metering.point_form import LONGEST_POSTCODE, LONGEST_TEXT, Point
from datahub.metering.rules.points import types_of
from portal.operator.points.fields import LARGEST_ADR_ID
from portal.sheets.tables import Column, ColumnKind, Table, Value
from portal.words.attributes import (
    FLAGS,
    QUANTITIES,
    characteristics_of,
    codes_of,
    name_of,
)
from portal.words.labels import LABELS

_INTRO = _(
    "If you already own a metering point with this code, it is changed; otherwise a point is added. If you leave a"
    " column out, its values stay as they are; an empty cell clears an optional value."
)
_EXAMPLES: Mapping[str, str] = {
    "eic": "38ZGO-10000018-5",
    "parent_eic": "38ZGO-10000018-5",
    "transmission_network_eic": "38A-EE-98-4634-U",
    "adr_id": "3182855",
    "county": "Rapla maakond",
    "municipality": "Kehtna vald",
    "street_address": "Uus tn 20-3",
    "postcode": "79101",
    "latitude": "58,792",
    "longitude": "24,781",
    "production_capacity": "12,5",
}
_HELP: Mapping[str, str] = {
    "eic": _("If you enter 15 characters, the check character is added."),
    "type": _("Required for a new point; it never changes."),
    "metering_type": _("Required for a new point."),
    "adr_id": _("The ID in the national register of addresses. Without it, county and municipality are required."),
    "parent_eic": _("Only for aggregation points; it never changes."),
    "coordinate_system": _("Fill in the system, latitude and longitude: all three, or none."),
    "latitude": _("WGS 84: degrees; L-EST97: metres, the northing (x)."),
    "longitude": _("WGS 84: degrees; L-EST97: metres, the easting (y)."),
    "production": _("For a new point, empty means “no”."),
    "production_source": _("Required if there is production; otherwise empty."),
}
# These words have a context elsewhere, which a table's labels cannot have.
_WITHOUT_CONTEXT = (_("Connected"), _("Disconnected"), _("Producer"))
_LOCATION = ("adr_id", "county", "municipality", "locality", "street_address", "postcode", "location_comment")
_COORDINATES = ("coordinate_system", "latitude", "longitude")
# For who reads an export; what was exported can be changed and imported as it is.
_CUSTOMER = Column(
    "customer",
    _("Customer (EIC)"),
    ColumnKind.CODE,
    help=_("Included in exports; ignored in imports."),
    max_length=40,
    width=22,
)


def attributes_of(commodity: Commodity) -> list[str]:
    """Give the attributes that stand in a row, in their order."""
    parent = ("parent_eic",) if commodity == Commodity.ELECTRICITY else ()
    return ["eic", "type", "metering_type", *parent, *_LOCATION, *_COORDINATES, *characteristics_of(commodity)]


def _column(name: str, commodity: Commodity) -> Column:  # noqa: PLR0911 - a way out for each kind
    header = _("EIC code") if name == "eic" else str(name_of(name))
    example, help_text = _EXAMPLES.get(name, ""), _HELP.get(name, "")
    if name in ("eic", "parent_eic", "transmission_network_eic"):
        needed = name == "eic"
        return Column(
            name, header, ColumnKind.CODE, required=needed, help=help_text, example=example, max_length=40, width=22
        )
    if name in FLAGS:
        return Column(name, header, ColumnKind.BOOLEAN, help=help_text)
    if name == "adr_id":
        most = Decimal(LARGEST_ADR_ID)
        return Column(name, header, ColumnKind.WHOLE, help=help_text, example=example, least=Decimal(1), most=most)
    if name in QUANTITIES:
        least = Decimal(0)
        return Column(name, header, ColumnKind.NUMBER, example=example, decimals=2, whole_digits=12, least=least)
    if name in ("latitude", "longitude"):
        return Column(name, header, ColumnKind.NUMBER, help=help_text, example=example, decimals=8, whole_digits=7)
    codes = codes_of(name, commodity)
    if codes is not None:
        possible = types_of(commodity) if name == "type" else codes
        choices = {code.value: str(LABELS[codes][code]) for code in possible}
        return Column(name, header, ColumnKind.CHOICE, choices=choices, help=help_text)
    most_characters = LONGEST_POSTCODE if name == "postcode" else LONGEST_TEXT
    lines = name == "location_comment"
    return Column(name, header, help=help_text, example=example, max_length=most_characters, lines=lines, width=24)


def _table(commodity: Commodity) -> Table:
    # Without a language the words are what the catalogue knows them by.
    with translation.override(None):
        columns = (*(_column(name, commodity) for name in attributes_of(commodity)), _CUSTOMER)
    return Table(f"points-{commodity.lower()}", _("Metering points"), columns, intro=_INTRO)


TABLES: Mapping[Commodity, Table] = {commodity: _table(commodity) for commodity in Commodity}


def row_of(point: Point, customer_eic: str | None = None) -> dict[str, Value]:
    """Give a point as a row of its commodity's table, with its customer where that may be known."""
    row = {name: _value(getattr(point, name)) for name in attributes_of(point.commodity)}
    return {**row, "customer": customer_eic}


def _value(value: object) -> Value:
    if isinstance(value, float):
        return Decimal(repr(value))
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    return str(value)
