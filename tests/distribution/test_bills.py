"""Network bills, from the save to what each recipient scans."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from datahub.agreements.models import AgreementVersion
from datahub.bills import services
from datahub.bills.bill import Bill
from datahub.errors import DomainError
from datahub.market import ResourceType, Role
from datahub.outbox.models import Unit
from datahub.outbox.services import open_unit
from datahub.parties.models import Party
from distribution.models import Message
from distribution.services.tell import tell
from tests.bills.messages import CALCULATED, bill
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, NOW, OS, OS2, STRANGER, day
from tests.distribution.test_readings import make_market

pytestmark = pytest.mark.django_db
OTHER = "38ZGO-10000002-R"


def of_month(month: int, point: str = HOUSE, **more: Any) -> Bill:
    return bill(day(f"2026-{month:02}-01"), day(f"2026-{month + 1:02}-01"), point=point, **more)


def send(*bills: Bill) -> None:
    services.save_bills(
        sender=Party.objects.get(eic=GO),
        role=Role.GRID_OPERATOR,
        commodity=market.ELECTRICITY,
        bills=bills,
        paths=["bill"] * len(bills),
        now=NOW,
    )


def tell_all() -> None:
    assert not tell(now=datetime.now(UTC), batches=100)


def told(eic: str, role: str = Role.OPEN_SUPPLIER) -> list[list[Any]]:
    """Give the contents told to a participant, in order."""
    messages = market.scanned(eic, ResourceType.NETWORK_BILL, role)
    assert {message["reason"] for message in messages} <= {"CREATE"}
    return [message["content"] for message in messages]


def written(*bills: Bill) -> list[Any]:
    return [json.loads(one.written()) for one in bills]


def supplied(point: str = HOUSE, change: str = "2026-04-10") -> list[Any]:
    return [
        market.agreement("GRID", GO, point=point),
        market.agreement("SUPPLY", OS2, point=point, until=change),
        market.agreement("SUPPLY", STRANGER, point=point, since=change),
    ]


def test_a_bill_over_a_supplier_change_goes_whole_to_both_and_their_chains() -> None:
    make_market(*supplied())
    send(of_month(4))
    tell_all()
    for eic in (OS2, OS, BRP, STRANGER):
        assert told(eic) == [written(of_month(4))], eic
    assert told(GO, Role.GRID_OPERATOR) == []
    assert Message.objects.values("pack", "pack_offset").distinct().count() == 1


def test_a_message_with_many_bills_goes_to_each_with_its_own() -> None:
    make_market(*supplied(), *supplied(OTHER, "2026-04-01"))
    send(of_month(3), of_month(3, OTHER), of_month(4), of_month(4, OTHER))
    tell_all()
    assert sorted(told(OS2), key=str) == sorted(
        [written(of_month(3), of_month(4)), written(of_month(3, OTHER))], key=str
    )
    assert sorted(told(STRANGER), key=str) == sorted([written(of_month(4)), written(of_month(4, OTHER))], key=str)
    assert told(BRP) == told(OS) == told(OS2)


def test_the_content_has_the_form_of_the_seed_and_the_digits_that_were_sent() -> None:
    make_market(*supplied())
    send(of_month(4))
    tell_all()
    (message,) = market.scanned(STRANGER, ResourceType.NETWORK_BILL)
    assert message["content"] == [
        {
            "commodityType": "ELECTRICITY",
            "meterEic": HOUSE,
            "networkBillPeriod": {
                "calculationTimestamp": "2026-05-02T14:23:07.648663Z",
                "containsCalculatedValues": False,
                "measurements": [
                    {"day": 10.125, "direction": "OUT", "measurementUnit": "KWH", "night": 1.5, "total": 99.9}
                ],
                "periodEnd": "2026-04-30T21:00:00Z",
                "periodStart": "2026-03-31T21:00:00Z",
            },
        }
    ]
    assert '"total":99.90' in of_month(4).written()


def test_each_correction_is_told_in_the_order_of_its_saving() -> None:
    make_market(*supplied())
    versions = [of_month(4, calculated_at=CALCULATED + timedelta(seconds=number)) for number in range(3)]
    for version in versions:
        send(version)
    tell_all()
    assert told(STRANGER) == [written(version) for version in versions]


def test_a_refused_bill_tells_nobody() -> None:
    make_market(*supplied())
    send(of_month(4))
    with pytest.raises(DomainError, match="changes nothing"), transaction.atomic():
        send(of_month(3), of_month(4))
    assert Unit.objects.count() == 1


def test_the_general_service_is_told_and_the_operators_own_goes_to_its_chain_alone() -> None:
    make_market(
        market.agreement("GRID", GO, point=HOUSE),
        market.agreement("GENERAL_SERVICE", GO, point=HOUSE, until="2026-04-01", service_provider_role="GRID_OPERATOR"),
        market.agreement("GENERAL_SERVICE", STRANGER, point=HOUSE, since="2026-04-01"),
    )
    send(of_month(3), of_month(4))
    tell_all()
    assert told(GO, Role.GRID_OPERATOR) == []
    assert told(BRP) == [written(of_month(3))]
    assert told(STRANGER) == [written(of_month(4))]


def test_worked_late_after_everything_has_changed_it_gives_the_same_messages() -> None:
    make_market(*supplied())
    send(of_month(3), of_month(4))
    send(of_month(4, calculated_at=CALCULATED + timedelta(seconds=1)))
    with (
        transaction.atomic(),
        open_unit(lanes=[HOUSE], sender_eic=GO, saved_at=NOW, moves_portfolios=True) as unit,
    ):
        AgreementVersion.objects.update(known_to=unit.id)
    tell_all()
    corrected = of_month(4, calculated_at=CALCULATED + timedelta(seconds=1))
    assert told(STRANGER) == [written(of_month(4)), written(corrected)]
    assert told(OS2) == told(BRP) == [written(of_month(3), of_month(4)), written(corrected)]


def test_who_was_no_supplier_at_the_save_is_not_told_late() -> None:
    make_market(*supplied())
    send(of_month(3))
    with (
        transaction.atomic(),
        open_unit(lanes=[HOUSE], sender_eic=GO, saved_at=NOW, moves_portfolios=True) as unit,
    ):
        known = AgreementVersion.objects.filter(type="SUPPLY", point__eic=HOUSE)
        known.filter(service_provider__eic=OS2).update(known_to=unit.id)
        known.filter(service_provider__eic=STRANGER).update(known_from=unit.id, valid_from=day("2024-06-01"))
    tell_all()
    assert told(STRANGER) == []
    assert told(OS2) == [written(of_month(3))]
