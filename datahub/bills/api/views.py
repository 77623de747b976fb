"""`POST /network-bill` and `/network-bill/search`. Source: `2-wire.md`, "Services"."""

from typing import Any

import orjson

from datahub.access import bill_search
from datahub.bills import services
from datahub.bills.api.serializers import NetworkBills, NetworkBillSearch, NetworkBillSearchAnswer
from datahub.bills.bill import Bill, Measurement
from datahub.market import Permission
from datahub.wire.service import Answer, Call, Service, ServiceView

_NAME = "networkBillTimeSeries"
_EIC = "38ZGO-10000003-O"
_EXAMPLE = {
    "commodityType": "ELECTRICITY",
    "meterEic": _EIC,
    "networkBillPeriod": {
        "calculationTimestamp": "2026-05-02T14:23:07.648663Z",
        "containsCalculatedValues": True,
        "measurements": [
            {"day": 410.25, "direction": "OUT", "measurementUnit": "KWH", "night": 203.5, "total": 613.75},
        ],
        "periodEnd": "2026-04-30T21:00:00Z",
        "periodStart": "2026-03-31T21:00:00Z",
    },
}
# A bill that the demo market does not have yet: it has one for each whole month.
_HALF_A_MONTH = {
    **_EXAMPLE,
    "networkBillPeriod": {
        "calculationTimestamp": "2026-05-02T14:23:07.648663Z",
        "containsCalculatedValues": True,
        "measurements": [
            {"day": 205.5, "direction": "OUT", "measurementUnit": "KWH", "night": 101.25, "total": 306.75},
        ],
        "periodEnd": "2026-04-15T21:00:00Z",
        "periodStart": "2026-03-31T21:00:00Z",
    },
}


def _bill(fields: dict[str, Any]) -> Bill:
    period = fields["networkBillPeriod"]
    return Bill(
        point_eic=fields["meterEic"],
        commodity=fields["commodityType"],
        start=period["periodStart"],
        end=period["periodEnd"],
        calculated_at=period["calculationTimestamp"],
        contains_calculated_values=period["containsCalculatedValues"],
        measurements=tuple(
            Measurement(
                direction=one["direction"],
                unit=one["measurementUnit"],
                day=one.get("day"),
                night=one.get("night"),
                total=one["total"],
            )
            for one in period["measurements"]
        ),
    )


class NetworkBillView(ServiceView):
    """Takes network bills."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_NETWORK_BILL,
            saves=True,
            status=201,
            body=NetworkBills,
            answer=NetworkBills,
            summary="Send network bills",
            description=(
                "A GRID_OPERATOR or CLOSED_DISTRIBUTION_NETWORK sends bills of its own points, one or a list, which is "
                "taken whole or not at all. A bill replaces the one of the same point and period if its "
                "calculationTimestamp is later; bills of other periods stand beside it. The answer is what was sent."
            ),
            example={_NAME: _HALF_A_MONTH},
            answer_example={_NAME: _HALF_A_MONTH},
        )
    }

    def post(self, call: Call) -> Answer:
        """Save the bills of a message."""
        sent = call.fields[_NAME]
        is_list = isinstance(sent, list)
        bills = [_bill(one) for one in (sent if is_list else [sent])]
        services.save_bills(
            sender=call.context.participant,
            role=call.context.role,
            commodity=call.context.commodity,
            bills=bills,
            paths=[f"{_NAME}[{place}]" for place in range(len(bills))] if is_list else [_NAME],
            now=call.now,
        )
        forms = [orjson.Fragment(bill.written()) for bill in bills]
        return Answer({_NAME: forms if is_list else forms[0]}, status=201)


class NetworkBillSearchView(ServiceView):
    """Finds the bills of a metering point that the sender may see."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_METERING_DATA,
            body=NetworkBillSearch,
            answer=NetworkBillSearchAnswer,
            summary="Search a metering point's network bills",
            description=(
                "The bills that stand, by start, then end, each whole: those that overlap the asked period and a time "
                "of which the sender may see readings. A point that does not exist and one of which nothing may be "
                "seen are both 404."
            ),
            example={
                "networkBillAttributes": {
                    "meterEic": _EIC,
                    "periodStart": "2026-03-31T21:00:00Z",
                    "periodEnd": "2026-04-30T21:00:00Z",
                },
                "pagination": {"page": 0, "pageSize": 100},
            },
            answer_example={"networkBillList": [_EXAMPLE], "pagination": {"page": 0, "totalPages": 1}},
        )
    }

    def post(self, call: Call) -> Answer:
        """Search bills."""
        context, pagination = call.context, call.fields["pagination"]
        page = bill_search.search_bills(
            participant=context.participant,
            role=context.role,
            commodity=context.commodity,
            attributes=call.fields["networkBillAttributes"],
            offset=pagination.offset,
            size=pagination.page_size,
            now=call.now,
            technical_user=call.technical_user.client_id,
        )
        bills = [orjson.Fragment(bill) for bill in page.bills]
        return Answer({"networkBillList": bills, "pagination": pagination.answer(page.total)})
