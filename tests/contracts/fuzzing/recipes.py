"""Parts of bodies that are right as a whole, by the names of their fields: chance alone makes none that are taken."""

from datetime import date, timedelta
from functools import cache
from typing import Any

from stdnum.ee import ik

from tests.contracts import connections, enquiries, forms, readings
from tests.contracts import market as cast

_NEW_POINTS = [forms.point_code(number) for number in range(70_000, 70_010)]


def _person(number: int) -> dict[str, Any]:
    code = next(code for check in range(10) if ik.is_valid(code := f"3900101{number:03d}{check}"))
    country = [{"extensionType": "COUNTRY", "extensionValue": "EE"}]
    return {
        "customerType": "PHYSICAL_PERSON",
        "customerMetadata": [
            {"metadataType": name, "metadataValue": value}
            for name, value in (("FIRST_NAME", "Jaan"), ("LAST_NAME", "Kask"), ("EMAIL", "jaan@example.ee"))
        ],
        "customerIdentities": [{"identityType": "PERSONAL_ID", "identityValue": code, "identityExtension": country}],
    }


def _agreements(today: date) -> list[dict[str, Any]]:
    day, month = today + timedelta(days=1), cast.months_from(today.replace(day=1), 2)
    tomorrow, first = cast.local_midnight(day), cast.local_midnight(month)
    far, end = (cast.local_midnight(one) for one in (today + timedelta(days=20), today + timedelta(days=60)))
    return [
        forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, tomorrow, code=_NEW_POINTS[0]),
        forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, tomorrow, code=_NEW_POINTS[1], end=end),
        forms.agreement("SUPPLY", cast.SUN, cast.JAAN, tomorrow, code=_NEW_POINTS[0]),
        forms.agreement("SUPPLY", cast.WIND, cast.JAAN, far, code=cast.HOUSE_OF_JAAN, end=end),
        forms.agreement("SUPPLY", cast.WIND, "38X-AVP-EMB001-D", far, code=cast.EMBASSY),
        forms.agreement("PORTFOLIO_SUPPLIER", cast.BALANCE, cast.ALL_ROLES, first),
        forms.agreement("NAMED_SUPPLIER", cast.NAMED, cast.SOUTH_GRID, first),
        forms.agreement("JOINT_INVOICE", cast.WIND, cast.NORTH_GRID, first),
        forms.agreement("AGGREGATION", cast.AGGREGATOR, "38X-AVP-FIRM01-C", far, code=cast.BAKERY_FLEXIBLE),
    ]


@cache
def recipes(today: date) -> dict[str, list[Any]]:
    """Give parts that are right, by their names."""
    agreements = _agreements(today)
    yesterday = today - timedelta(days=1)
    quarters = [readings.made(point, readings.intervals(yesterday, yesterday)[:4]) for point in cast.POINTS]
    bill = forms.network_bill(cast.HOUSE_OF_JAAN, cast.local_midnight(yesterday))
    later = today + timedelta(days=7)
    changes = [{**one, "agreementId": "changed"} for one in agreements]
    points = [*(forms.point(code, "new") for code in _NEW_POINTS), forms.comment_change(cast.EMBASSY, "changed")]
    return {
        "customer": [*(_person(number) for number in range(10)), forms.customer_change(cast.JAAN, "+3725555555")],
        "meterMetadata": points,
        "agreement": agreements,
        "agreementChange": changes,
        "networkBillTimeSeries": [bill, [bill]],
        "meterData": [readings.message(sent) for sent in quarters],
        "connectionStateRequest": [connections.request(cast.HOUSE_OF_JAAN, cast.JAAN, later)],
        "connectionStateResponse": [connections.plan(later)],
        "directMessageRequest": [enquiries.request("what for?")],
    }
