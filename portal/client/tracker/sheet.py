"""The file of everything that the tracker has: each read by itself, and each day of what the hub sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from datahub.access.models import CustomerAuthorization
from datahub.access.own_data import own_commodities
from datahub.market import SourceType
from datahub.market_time import day_of
from datahub.parties.models import Party
from distribution.selectors.tracker import Row, Tie, Ties, find_ties, names_of_people
from portal.client.tracker import words
from portal.client.tracker.shown import acts_of, names_of
from portal.sheets.tables import Column, ColumnKind, Table
from portal.words.authorizations import purpose_in_words
from portal.words.times import said_day

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
        Column("reason", _("Reason"), width=60),
        Column("given", _("Access given"), width=18),
        Column("purpose", _("Access is so that it can"), width=30),
        Column("authorization", _("Your authorization"), ColumnKind.CODE, width=38),
    ),
)


def rows(found: Iterable[Row], *, customer: Party, now: datetime) -> Iterator[Mapping[str, Any]]:
    """Give rows of the file; names and addresses are looked up as they come."""
    names: dict[str, str] = {}
    places: dict[str, str] = {}
    among: set[str] | None = None
    people: dict[int, str] = {}
    given = _Given(customer)
    ties: Ties | None = None
    for row in found:
        if row.participant_eic and row.participant_eic not in names:
            names |= dict(Party.objects.filter(eic=row.participant_eic).values_list("eic", "name"))
        if row.point_eic is not None and row.point_eic not in places:
            among = own_commodities(customer) if among is None else among
            places[row.point_eic] = names_of([row.point_eic], among=among).get(row.point_eic, "")
        if row.person_id is not None and row.person_id not in people:
            people |= names_of_people([row.person_id])
        if ties is None and row.ground == SourceType.AGREEMENT:
            ties = find_ties(customer, now=now)
        person = None if row.person_id is None else people.get(row.person_id)
        known = given.of(row.authorizations)
        acts = acts_of(known, row.authorizations)
        yield {
            "last": row.last_at,
            "first": None if row.first_at == row.last_at else row.first_at,
            "times": row.times,
            "company": words.company_words(row.participant_eic, names.get(row.participant_eic)),
            "companyEic": row.participant_eic or None,
            "role": words.role_words(row.role, row.commodity) or None,
            "person": person,
            "how": words.how_words(row.way, row.participant_eic),
            "what": words.what_words(row.what, way=row.way, ground=row.ground, is_own=not row.role),
            "place": places.get(row.point_eic or "") or None,
            "meterEic": row.point_eic,
            "dataFrom": None if row.covers is None else row.covers.start,
            "dataTo": None if row.covers is None else row.covers.end,
            "reason": words.why_words(
                row, now=now, people=None if person is None else [person], ties=_ties_of(row, ties)
            ),
            "given": ", ".join(said_day(day_of(one.given_at)) for one in acts) or None,
            "purpose": ", ".join(dict.fromkeys(purpose_in_words(one.purpose) for one in acts)) or None,
            "authorization": ", ".join(str(number) for number in _in_order(row.authorizations, known)) or None,
        }


def _ties_of(row: Row, ties: Ties | None) -> Sequence[Tie]:
    if ties is None or row.ground != SourceType.AGREEMENT:
        return ()
    at = [] if row.point_eic is None else [row.point_eic]
    return ties.of((row.participant_eic, row.role, row.commodity), at, at=row.last_at)


def _in_order(numbers: Sequence[UUID], known: Mapping[UUID, CustomerAuthorization]) -> Sequence[UUID]:
    """Put authorizations in the order in which they were given, as their acts stand; those not known last."""
    hers = sorted((number for number in numbers if number in known), key=lambda number: known[number].given_at)
    return [*hers, *(number for number in numbers if number not in known)]


class _Given:
    """What the customer has given, looked up once where a row names any of it."""

    def __init__(self, customer: Party) -> None:
        self._customer = customer
        self._known: dict[UUID, CustomerAuthorization] | None = None

    def of(self, numbers: Sequence[UUID]) -> Mapping[UUID, CustomerAuthorization]:
        """Give authorizations of hers, among them those of some numbers that are hers."""
        if numbers and self._known is None:
            self._known = {one.pk: one for one in CustomerAuthorization.objects.filter(customer=self._customer)}
        return self._known or {}
