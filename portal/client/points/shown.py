"""All that pages show of a customer's metering points: where they are, who sells there now and next, her agreements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from datahub.access.own_data import OwnPoint, own_agreements
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity
from datahub.parties.models import Party
from datahub.periods import Period
from portal.pictures.timeline import Span, Timeline, timeline
from portal.words.addresses import address
from portal.words.labels import label

_SELLING = (AgreementType.SUPPLY, AgreementType.BORDER_SUPPLY, AgreementType.GENERAL_SERVICE)
_LANES = [
    AgreementType.GRID,
    AgreementType.BORDER_GRID,
    *_SELLING,
    AgreementType.AGGREGATION,
]


# What a customer may want to know of how her point is measured and what stands behind it.
CHARACTERISTICS: Mapping[str, list[str]] = {
    Commodity.ELECTRICITY: [
        "resolution",
        "production",
        "production_source",
        "production_capacity",
        "storage_capacity",
        "storage_energy",
        "electrical_heating",
        "charging_point",
    ],
    Commodity.NATURAL_GAS: ["resolution", "production", "production_source"],
}


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells energy at a point in a time; `is_general`: since she has no supply agreement of her own then."""

    name: str
    period: Period
    is_general: bool


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A metering point of hers. What it is like now is shown only while it is hers (`is_current`)."""

    own: OwnPoint
    address: str
    is_current: bool
    is_coming: bool
    now: Seller | None
    next: Seller | None
    aggregators: Sequence[str]
    timeline: Timeline

    @property
    def eic(self) -> str:
        """Its code."""
        return self.own.point.eic

    @property
    def commodity(self) -> str:
        """Electricity or natural gas."""
        return self.own.point.commodity

    @property
    def operator(self) -> str:
        """Who owns the network there."""
        return self.own.point.owner.name

    @property
    def last_period(self) -> Period:
        """The last, or the only, time in which it was hers."""
        return self.own.periods[-1]


def name_of_place(own: OwnPoint) -> str:
    """Give where a point is, in one line; its code if nobody has said where."""
    return address(own.point, with_county=False) or own.point.eic


def shown_places(customer: Party, points: Sequence[OwnPoint], now: datetime) -> list[ShownPlace]:
    """Give points as they are shown, with what is sold there now and next; one query for all."""
    by_point: dict[int | None, list[Agreement]] = defaultdict(list)
    for agreement in own_agreements(customer, [own.point for own in points]):
        by_point[agreement.parent_point_id or agreement.point_id].append(agreement)
    return [_place(own, by_point[own.point.pk], now) for own in points]


def _place(own: OwnPoint, agreements: Sequence[Agreement], now: datetime) -> ShownPlace:
    selling = [one for one in agreements if one.type in _SELLING and one.point_id == own.point.pk]
    return ShownPlace(
        own=own,
        address=name_of_place(own),
        is_current=own.is_hers_at(now),
        is_coming=own.begins_after(now),
        now=next((_seller(one) for one in selling if _holds(one, now)), None),
        next=next((_seller(one) for one in selling if one.valid_from > now), None),
        aggregators=list(
            dict.fromkeys(
                one.service_provider.name
                for one in agreements
                if one.type == AgreementType.AGGREGATION and _holds(one, now)
            )
        ),
        timeline=_timeline(own, agreements, now),
    )


def _seller(agreement: Agreement) -> Seller:
    return Seller(
        agreement.service_provider.name,
        Period(agreement.valid_from, agreement.valid_to),
        agreement.type == AgreementType.GENERAL_SERVICE,
    )


def _holds(agreement: Agreement, instant: datetime) -> bool:
    return instant in Period(agreement.valid_from, agreement.valid_to)


def _timeline(own: OwnPoint, agreements: Iterable[Agreement], now: datetime) -> Timeline:
    """Draw a customer's agreements at a point."""
    return timeline(
        [
            Span(
                lane=one.type,
                lane_name=label(one.type, AgreementType),
                label=one.service_provider.name,
                start=one.valid_from,
                end=one.valid_to,
            )
            for one in agreements
        ],
        now=now,
        id=f"agreements-{own.point.eic}",
        caption=_("Your contracts at %(place)s") % {"place": name_of_place(own)},
        lane_order=_LANES,
        commodity=own.point.commodity,
    )
