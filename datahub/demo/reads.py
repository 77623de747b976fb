"""Reads of the last days, so that the demo's people find in the data tracker who has seen their data."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from datahub.access.models import CustomerAuthorization
from datahub.access.point_search import read_points
from datahub.access.reading_search import search_readings
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, Role
from datahub.market_time import day_of, day_start
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party, TechnicalUser, User
from datahub.periods import Period

# The log has partitions of this month and the one before: these days lie in them on any day of a month.
DAYS = 14
_AT = timedelta(hours=6)


def read_of_last_days(*, now: datetime) -> int:
    """Let suppliers read each morning what their customers used the day before, and others now and then; give how many.

    Of the customers alone who sign in to the portal. A day that has not come to its sixth hour yet is left out.
    """
    customers = _portal_customers()
    sold = _standing(customers, now, AgreementType.SUPPLY, AgreementType.GENERAL_SERVICE)
    grids = _standing(customers, now, AgreementType.GRID)
    given = CustomerAuthorization.objects.filter(customer__in=customers).valid_at(now).order_by("given_at", "pk")
    reads = 0
    for back in range(1, DAYS + 1):
        today = day_of(now) - timedelta(days=back - 1)
        morning = day_start(today) + _AT
        if morning > now:
            continue
        # The gas day before begins latest, and has to be the provider's own.
        since = day_start(today - timedelta(days=1), Commodity.NATURAL_GAS)
        reads += sum(_read_day(*_provider(one), now=morning) for one in sold.filter(valid_from__lte=since))
        if back % 7 == 1:
            advised = given.filter(role=Role.ENERGY_SERVICE_PROVIDER, valid_from__lte=since)
            reads += sum(_read_day(one.participant, one.role, one.point, now=morning) for one in advised)
            reads += sum(_read_point(*_provider(one), now=morning) for one in grids.filter(valid_from__lte=since))
    return reads


def _provider(agreement: Agreement) -> tuple[Party, str, MeteringPoint]:
    assert agreement.point is not None  # noqa: S101 - picked so
    return agreement.service_provider, agreement.service_provider_role, agreement.point


def _client_id(participant: Party) -> str:
    """Give the client that reads for a participant, empty if it has none."""
    return TechnicalUser.objects.filter(participant=participant).values_list("client_id", flat=True).first() or ""


def _read_day(participant: Party, role: str, point: MeteringPoint, *, now: datetime) -> int:
    commodity = Commodity(point.commodity)
    day = day_of(now, commodity) - timedelta(days=1)
    search_readings(
        participant=participant,
        role=Role(role),
        commodity=commodity,
        meter_eic=point.eic,
        asked=Period(day_start(day, commodity), day_start(day + timedelta(days=1), commodity)),
        offset=0,
        size=1,
        now=now,
        technical_user=_client_id(participant),
    )
    return 1


def _read_point(participant: Party, role: str, point: MeteringPoint, *, now: datetime) -> int:
    read_points(
        participant=participant,
        role=Role(role),
        commodity=Commodity(point.commodity),
        points=[point],
        now=now,
        technical_user=_client_id(participant),
    )
    return 1


def _portal_customers() -> list[int]:
    own = User.objects.exclude(party=None).values_list("party", flat=True)
    represented = User.objects.exclude(representations=None).values_list("representations__customer", flat=True)
    return [*own, *represented]


def _standing(customers: Iterable[int], now: datetime, *types: AgreementType) -> "QuerySet[Agreement]":
    found = Agreement.objects.standing().filter(type__in=types, customer__in=customers, valid_from__lt=now)
    found = found.filter(Q(valid_to=None) | Q(valid_to__gt=now)).exclude(point=None)
    return found.select_related("point", "service_provider").order_by("pk")
