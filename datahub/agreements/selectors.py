"""Reads of agreements: as they now stand, and as the hub knew them at a save."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from datahub.agreements.facts import AgreementFact, KnownFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.database.arrays import AnyOf
from datahub.market import AgreementType, Commodity
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party

_FACT_COLUMNS = (
    "type",
    "agreement_id",
    "point__eic",
    "parent_point__eic",
    "service_provider__eic",
    "service_provider_role",
    "customer__eic",
    "customer_role",
    "commodity",
    "preliminary_termination_fee",
    "valid_from",
    "valid_to",
    "original_valid_to",
)


# The database gives no point this id.
_NO_POINT = 0


def _fact(agreement: int, kind: str, agreement_id: str, *rest: Any) -> AgreementFact:
    # The order is that of _FACT_COLUMNS and of the fact's own fields.
    point, parent, provider, provider_role, customer, customer_role, commodity, *others = rest
    return AgreementFact(
        agreement,
        AgreementType(kind),
        agreement_id,
        point,
        parent,
        provider,
        provider_role,
        customer,
        customer_role,
        Commodity(commodity),
        *others,
    )


def fact_of(agreement: Agreement) -> AgreementFact:
    """Give an agreement as a fact; reads its points and parties, which are best selected with it."""
    columns = []
    for name in _FACT_COLUMNS:
        value: Any = agreement
        for part in name.split("__"):
            value = None if value is None else getattr(value, part)
        columns.append(value)
    return _fact(agreement.pk, *columns)


def standing_facts(agreements: "QuerySet[Agreement]") -> list[AgreementFact]:
    """Give the agreements of a query that were not deleted as facts, by start, then id."""
    rows = agreements.filter(deleted_at__isnull=True).order_by("valid_from", "id")
    return [_fact(*row) for row in rows.values_list("id", *_FACT_COLUMNS, "quiet")]


def between_parties(customers: Iterable[str], kind: AgreementType, commodity: Commodity) -> list[AgreementFact]:
    """Give the agreements of a type without a point that some parties, by their EICs, stand in as customers."""
    parties = list(Party.objects.filter(eic__in=list(customers)).values_list("pk", flat=True))
    return standing_facts(Agreement.objects.filter(type=kind, commodity=commodity, customer__in=parties, point=None))


def at_points(point_eics: Iterable[str], *, parents: bool = False) -> Q:
    """Pick the agreements at points and at the aggregation points under them, and if asked for at their parents.

    The points are looked up first: of subqueries in an OR PostgreSQL makes hash tables, and reads every agreement.
    """
    found = list(MeteringPoint.objects.filter(AnyOf("eic", point_eics)).values_list("id", "parent"))
    # Where there is no such point the same is asked, so that the time it takes tells nothing.
    points = [number for number, _ in found] or [_NO_POINT]
    above = {parent for _, parent in found if parent is not None} if parents else set()
    return Q(AnyOf("point", [*points, *above])) | Q(AnyOf("parent_point", points))


def _known(versions: "QuerySet[AgreementVersion]") -> list[KnownFact]:
    rows = versions.order_by("valid_from", "current_id", "version").values_list(
        "known_from", "known_to", "current_id", *_FACT_COLUMNS
    )
    return [KnownFact(_fact(*row), known_from, known_to) for known_from, known_to, *row in rows]


def versions_at_points(point_eics: Iterable[str]) -> list[KnownFact]:
    """Give every version of the agreements at points, at the aggregation points under them and at their parents.

    Two queries for any number of points: who works many saves at once picks what each knew
    (`KnownFact.is_known_around`).
    """
    return _known(AgreementVersion.objects.filter(at_points(point_eics, parents=True)))


def portfolio_versions() -> list[KnownFact]:
    """Give every version of the PORTFOLIO_SUPPLIER agreements."""
    return _known(AgreementVersion.objects.filter(type=AgreementType.PORTFOLIO_SUPPLIER))
