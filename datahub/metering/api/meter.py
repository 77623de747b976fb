"""`POST`, `PUT /meter` and `POST /meter/search`. Source: `2-wire.md`, "Services"."""

from typing import Any

from datahub.access import point_search
from datahub.access.point_search import FoundPoint
from datahub.errors import codes, refuse
from datahub.market import Permission
from datahub.metering import selectors
from datahub.metering.api.meter_serializers import MeterChange, MeterRegistration, MeterSearch, MeterSearchAnswer
from datahub.metering.point_form import given_point, saved_form, told_form
from datahub.metering.services import points
from datahub.wire.service import Answer, Call, Service, ServiceView

_EXAMPLE = {
    "meterMetadata": {
        "meteringPoint": {
            "meterEic": "38ZGO-10000018-5",
            "meteringType": "REMOTE_READING",
            "meteringPointType": "REGULAR",
        },
        "meterLocation": {
            "adrId": 3182855,
            "county": "Rapla maakond",
            "municipality": "Kehtna vald",
            "coordinates": {"coordinateSystem": "LEST97", "latitude": 6515113.24, "longitude": 546858.53},
        },
        "electricityCharacteristics": {
            "consumptionScale": "SMALL",
            "connectionState": "CONNECTED",
            "resolution": "PT15M",
            "customerType": "MICRO",
            "production": True,
            "productionSource": "SOLAR",
            "transmissionNetworkEic": "38A-EE-98-4634-U",
            "apartmentAssociation": False,
            "isolatedMeteringPoint": False,
            "electricalHeating": True,
            "chargingPoint": False,
            "productionCapacity": 12.5,
        },
    }
}
_CHANGE_EXAMPLE = {
    "meterMetadata": {
        "meteringPoint": {"meterEic": "38ZGO-10000018-5"},
        "electricityCharacteristics": {"connectionState": "DISCONNECTED"},
    }
}
_SEARCH_EXAMPLE = {
    "meterAttributes": {
        "meterCommon": {"meteringPointType": "REGULAR"},
        "electricityCharacteristics": {"productionCapacity": {"filterValue": 11, "filterType": "GREATER_THAN"}},
    },
    "pagination": {"page": 0, "pageSize": 100},
}


class MeterView(ServiceView):
    """Registers and changes the sender's metering points."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_METERING_POINT,
            saves=True,
            status=201,
            body=MeterRegistration,
            answer=MeterRegistration,
            summary="Register a metering point",
            description="The code must lie in one of the sender's ranges. The answer is the point as saved.",
            example=_EXAMPLE,
            answer_example=_EXAMPLE,
        ),
        "put": Service(
            permission=Permission.EDITOR_METERING_POINT,
            saves=True,
            body=MeterChange,
            answer=MeterChange,
            summary="Change a metering point",
            description=(
                "What is left out stays, null removes an optional value; the type and the parent never change. "
                "The answer is the whole point as saved, without its type."
            ),
            example=_CHANGE_EXAMPLE,
        ),
    }

    def post(self, call: Call) -> Answer:
        """Register a point."""
        point = points.register_point(
            owner=call.context.participant,
            role=call.context.role,
            commodity=call.context.commodity,
            given=given_point(call.fields["meterMetadata"]),
            now=call.now,
        )
        return Answer({"meterMetadata": saved_form(selectors.point_fact(point))}, status=201)

    def put(self, call: Call) -> Answer:
        """Change a point."""
        point = points.change_point(
            owner=call.context.participant,
            role=call.context.role,
            commodity=call.context.commodity,
            given=given_point(call.fields["meterMetadata"]),
            now=call.now,
        )
        return Answer({"meterMetadata": told_form(saved_form(selectors.point_fact(point)))})


class MeterSearchView(ServiceView):
    """Finds the metering points that the sender may see."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_METERING_POINT,
            body=MeterSearch,
            answer=MeterSearchAnswer,
            summary="Search metering points",
            description=(
                "Own points and those seen by agreement, by portfolio or by a customer's authorization, by EIC. "
                "customerEic, the customer of the GRID agreement now, stands where the sender may know it."
            ),
            example=_SEARCH_EXAMPLE,
        )
    }

    def post(self, call: Call) -> Answer:
        """Search points."""
        context, attributes = call.context, call.fields.get("meterAttributes") or {}
        commodity = (attributes.get("meterCommon") or {}).get("commodityType")
        if commodity not in (None, context.commodity):
            path = "meterAttributes.meterCommon.commodityType"
            raise refuse(codes.COMMODITY_TYPE_MISMATCH, path, commodity, context.commodity, "context")
        found = point_search.search_points(
            participant=context.participant,
            role=context.role,
            commodity=context.commodity,
            attributes=attributes,
            now=call.now,
        )
        asked = call.fields["pagination"]
        page, total = found.page(offset=asked.offset, size=asked.page_size)
        read = point_search.read_points(
            participant=context.participant,
            role=context.role,
            commodity=context.commodity,
            points=page,
            now=call.now,
            technical_user=call.technical_user.client_id,
        )
        return Answer({"meterMetadata": [_found(one) for one in read], "pagination": asked.answer(total)})


def _found(found: FoundPoint) -> dict[str, Any]:
    form = saved_form(selectors.point_fact(found.point))
    form["meteringPoint"] |= {
        "commodityType": found.point.commodity,
        "sourceType": list(found.grounds),
        "version": found.point.version,
    }
    return form if found.customer_eic is None else {**form, "customerEic": found.customer_eic}
