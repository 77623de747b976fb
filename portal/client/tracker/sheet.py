"""The file of everything that the tracker has: each read by itself, and each day of what the hub sent."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from datahub.parties.models import Party
from distribution.selectors.tracker import Row, names_of_people
from portal.client.tracker import words
from portal.client.tracker.shown import addresses
from portal.sheets.tables import Column, ColumnKind, Table

# A sheet of a workbook holds a million rows.
MOST_ROWS = 1_000_000

SEEN = Table(
    key="seen",
    title=_("Who has seen my data"),
    max_rows=MOST_ROWS,
    columns=(
        Column("last", _("Time"), ColumnKind.INSTANT, width=18),
        Column("first", _("First time that day"), ColumnKind.INSTANT, width=18),
        Column("times", _("Times"), ColumnKind.WHOLE, width=8),
        Column("company", _("Company"), width=30),
        Column("companyEic", _("Company (EIC)"), ColumnKind.CODE, width=20),
        Column("role", _("Role"), width=24),
        Column("person", _("Looked on your behalf"), width=24),
        Column("how", _("How it saw it"), width=20),
        Column("what", _("What was seen"), width=34),
        Column("place", _("Address"), width=34),
        Column("meterEic", _("Metering point (EIC)"), ColumnKind.CODE, width=20),
        Column("dataFrom", _("Data from"), ColumnKind.INSTANT, width=18),
        Column("dataTo", _("Data until"), ColumnKind.INSTANT, width=18),
        Column(
            "ground",
            _("Reason"),
            ColumnKind.CHOICE,
            choices={
                "OWNERSHIP": _("The metering point belongs to it, or the one above it"),
                "AGREEMENT": _("It has or had an agreement there"),
                "BALANCE_STATE": _("It is responsible for the energy balance of a company that serves you"),
                "PERMISSION": _("You gave it access"),
            },
            width=40,
        ),
        Column("authorization", _("Your authorization"), ColumnKind.CODE, width=38),
    ),
)


def rows(found: Iterable[Row]) -> Iterator[Mapping[str, Any]]:
    """Give rows of the file; names and addresses are looked up as they come."""
    names: dict[str, str] = {}
    places: dict[str, str] = {}
    people: dict[int, str] = {}
    for row in found:
        if row.participant_eic and row.participant_eic not in names:
            names |= dict(Party.objects.filter(eic=row.participant_eic).values_list("eic", "name"))
        if row.point_eic is not None and row.point_eic not in places:
            places[row.point_eic] = addresses([row.point_eic]).get(row.point_eic, "")
        if row.person_id is not None and row.person_id not in people:
            people |= names_of_people([row.person_id])
        yield {
            "last": row.last_at,
            "first": None if row.first_at == row.last_at else row.first_at,
            "times": row.times,
            "company": words.company_words(row.participant_eic, names.get(row.participant_eic)),
            "companyEic": row.participant_eic or None,
            "role": words.role_words(row.role, row.commodity) or None,
            "person": None if row.person_id is None else people.get(row.person_id),
            "how": words.how_words(row.way, row.participant_eic),
            "what": words.what_words(row.what, way=row.way, ground=row.ground, is_own=not row.role),
            "place": places.get(row.point_eic or "") or None,
            "meterEic": row.point_eic,
            "dataFrom": None if row.covers is None else row.covers.start,
            "dataTo": None if row.covers is None else row.covers.end,
            "ground": row.ground or None,
            "authorization": None if row.authorization is None else str(row.authorization),
        }
