"""All that a page shows of one metering point: what the reader may see of it, and no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from datahub.access import agreement_lists, agreement_search, point_lists, selectors
from datahub.access.agreement_search import FoundAgreement
from datahub.market import AgreementType, Permission, SourceType
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.metering.point_form import AGGREGATOR_BLOCK, Point
from datahub.metering.selectors import point_fact
from portal.operator.at_point import Beginning, beginnings
from portal.operator.customers import customer_name_at
from portal.operator.points.listing import read_points
from portal.pages import OperatorRequest
from portal.pictures.timeline import Span, SpanState, Timeline, timeline
from portal.words.addresses import address, street
from portal.words.attributes import (
    FLAGS,
    QUANTITIES,
    Difference,
    Shown,
    characteristics_of,
    differences,
    shown,
)
from portal.words.labels import label

PAGE = "page:point"
# Each agreement that stands there may be seen on another ground than the point: of them the log tells by themselves.
AGREEMENTS = "page:point/agreements"
_MOST_CHILDREN, _MOST_VERSIONS, _MOST_AGREEMENTS = 50, 20, 100
_LANES = [kind.value for kind in AgreementType]


@dataclass(frozen=True, slots=True)
class Version:
    """A save of a point: when, and what it changed; the first one changed nothing."""

    number: int
    saved_at: datetime
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """A metering point as its page shows it.

    `parent` and `children` are those that the reader may see too; `versions` are for its owner alone. A link is empty
    where she may not open the page.
    """

    point: MeteringPoint
    grounds: Sequence[SourceType]
    is_own: bool
    may_change: bool
    address: str
    customer_eic: str
    customer_name: str
    characteristics: Sequence[Shown]
    production: Sequence[Shown]
    location: Sequence[Shown]
    agreements: Timeline | None
    has_more_agreements: bool
    parent: MeteringPoint | None
    children: Sequence[MeteringPoint]
    has_more_children: bool
    versions: Sequence[Version]
    has_more_versions: bool
    readings_url: str
    agreements_url: str
    beginnings: Sequence[Beginning]


def find_point(request: OperatorRequest, eic: str) -> MeteringPoint | None:
    """Give a point that the reader may see, None for one of strangers as for one that does not exist."""
    acting = request.acting
    if "\x00" in eic:
        return None
    seen = selectors.visible_points(acting.participant, acting.role, acting.commodity, request.now, eic=eic)
    return seen.select_related("parent", "owner").first()


def shown_point(request: OperatorRequest, point: MeteringPoint) -> ShownPoint | None:
    """Gather what the page shows, and log that it was read."""
    acting = request.acting
    under = _children(request, point)
    # Of those the ones that may still be seen are given back.
    read = {one.point.pk: one for one in read_points(request, [point, *under[:_MOST_CHILDREN]], page=PAGE)}
    if (found := read.pop(point.pk, None)) is None:
        return None
    fact = point_fact(point)
    is_own = point.owner_id == acting.participant.pk and point.owner_role == acting.role
    customer_eic = found.customer_eic or ""
    name = customer_name_at(request, point, customer_eic, page=PAGE) if customer_eic else ""
    agreements, more_agreements = _agreements(request, point, {customer_eic: name} if name else {})
    versions = _versions(point) if is_own else []
    electrical = [
        name for name in characteristics_of(point.commodity) if name not in ("production", "production_source")
    ]
    # Whether it is connected stands at the top.
    named = [name for name in electrical if name not in QUANTITIES and name != "connection_state"]
    characteristics, production = shown(fact, named), _production(fact)
    if len(production) == 1:
        # That there is none of it needs no panel.
        characteristics, production = characteristics + production, []
    has_block = fact.block != AGGREGATOR_BLOCK
    return ShownPoint(
        point=point,
        grounds=found.grounds,
        is_own=is_own,
        may_change=is_own and acting.may(Permission.EDITOR_METERING_POINT),
        address=address(point),
        customer_eic=customer_eic,
        customer_name=name,
        characteristics=characteristics if has_block else (),
        production=production if has_block else (),
        location=_location(fact),
        agreements=agreements,
        has_more_agreements=more_agreements,
        parent=_parent(request, point),
        children=[one.point for one in read.values()],
        has_more_children=len(under) > _MOST_CHILDREN,
        versions=versions[:_MOST_VERSIONS],
        has_more_versions=len(versions) > _MOST_VERSIONS,
        readings_url=_url(request, "operator:readings", point, Permission.VIEWER_METERING_DATA),
        agreements_url=_url(request, "operator:agreements", point, Permission.VIEWER_AGREEMENT),
        beginnings=list(beginnings(acting, point, customer_eic)),
    )


def _children(request: OperatorRequest, point: MeteringPoint) -> list[MeteringPoint]:
    """Give the points under one that the reader may see, by EIC: of many one more than are shown."""
    if not MeteringPoint.objects.filter(parent=point).exists():
        return []
    acting = request.acting
    found = point_lists.list_points(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        attributes={AGGREGATOR_BLOCK: {"parentMeterEic": point.eic}},
        now=request.now,
        most=_MOST_CHILDREN,
    )
    return found.page(offset=0, size=_MOST_CHILDREN + 1)


def _location(fact: Point) -> list[Shown]:
    found = shown(fact, ["county", "municipality", "locality", "street_address", "postcode", "adr_id"])
    found += shown(fact, ["location_comment", "coordinate_system", "latitude", "longitude"])
    written = {"street_address": street(fact)}
    return [
        Shown(one.attribute, one.name, written.get(one.attribute, one.value), one.explanation)
        for one in found
        if one.value
    ]


def _production(fact: Point) -> list[Shown]:
    quantities = [name for name in characteristics_of(fact.commodity) if name in QUANTITIES]
    always = shown(fact, [FLAGS[0]])
    return always + [one for one in shown(fact, ["production_source", *quantities]) if one.value]


def _agreements(
    request: OperatorRequest, point: MeteringPoint, names: Mapping[str, str]
) -> tuple[Timeline | None, bool]:
    """Draw the agreements at the point that the reader may see, the newest of them; None if she may see none at all.

    `names` are those of customers that she may know, by their codes.
    """
    acting = request.acting
    if not acting.may(Permission.VIEWER_AGREEMENT):
        return None, False
    newest, has_older = agreement_lists.newest_of(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        attributes={"meterEic": point.eic},
        now=request.now,
        most=_MOST_AGREEMENTS,
    )
    seen = agreement_search.read_agreements(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        agreements=newest,
        now=request.now,
        user=acting.user,
        service=AGREEMENTS,
    )
    drawn = timeline(
        [_span(one, names) for one in seen],
        now=request.now,
        id="agreements",
        lane_order=_LANES,
        commodity=point.commodity,
    )
    return drawn, has_older


def _span(found: FoundAgreement, names: Mapping[str, str]) -> Span:
    agreement = found.agreement
    provider = agreement.service_provider.name if found.with_provider else _("Another participant")
    customer = ""
    if found.with_customer:
        code = agreement.customer.eic
        customer = f"{names[code]}, {code}" if code in names else code
    return Span(
        lane=agreement.type,
        lane_name=label(agreement.type, AgreementType),
        label=f"{provider} → {customer}" if customer else provider,
        start=agreement.valid_from,
        end=agreement.valid_to,
        url=reverse("operator:agreement", args=[agreement.pk]),
        state=SpanState.DELETED if agreement.deleted_at else SpanState.STANDING,
    )


def _parent(request: OperatorRequest, point: MeteringPoint) -> MeteringPoint | None:
    """Give the point above, if the reader may see it."""
    return None if point.parent is None else find_point(request, point.parent.eic)


def _versions(point: MeteringPoint) -> list[Version]:
    """Give the saves of a point, the newest first, each with what it changed."""
    kept = list(MeteringPointVersion.objects.filter(point=point).order_by("-version")[: _MOST_VERSIONS + 2])
    found = [
        Version(after.version, after.saved_at, differences(before.data, after.data, point.commodity))
        for after, before in pairwise(kept)
    ]
    if kept and kept[-1].version == 1:
        found.append(Version(1, kept[-1].saved_at, ()))
    return found


def _url(request: OperatorRequest, name: str, point: MeteringPoint, permission: Permission) -> str:
    """Give the link to another page about the point, empty where there is none for the reader."""
    if not request.acting.may(permission):
        return ""
    return f"{reverse(name)}?{urlencode({'point': point.eic})}"
