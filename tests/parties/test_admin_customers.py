"""What staff save of a customer is told as if a participant had saved it, and held to the same rules."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datahub.access.services.access_log import Read, log_read
from datahub.outbox.models import Unit
from datahub.parties.models import Identity, Metadata, Party
from distribution.services.tell import tell
from tests.distribution.market import scanned
from tests.parties.customers import GO, MARI, NOW, OS2, build, tie

pytestmark = pytest.mark.django_db


def save(staff: Client, **more: Any) -> Any:
    mari = Party.objects.get(eic=MARI)
    (known,) = Identity.objects.filter(party=mari, type="PERSONAL_ID")
    data: dict[str, Any] = {"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0}
    data |= {"identities-TOTAL_FORMS": 1, "identities-INITIAL_FORMS": 1}
    data |= {"identities-0-id": known.pk, "identities-0-party": mari.pk, "identities-0-type": known.type}
    data |= {"identities-0-value": known.value, "identities-0-country": known.country}
    return staff.post(reverse("admin:parties_party_change", args=[mari.pk]), data | more)


def new_value(kind: str, text: str) -> dict[str, Any]:
    return {"metadata-TOTAL_FORMS": 1, "metadata-0-id": "", "metadata-0-type": kind, "metadata-0-value": text}


def test_a_name_that_staff_save_is_told_to_all_its_providers(staff: Client) -> None:
    build(tie("GRID", GO), tie("GENERAL_SERVICE", OS2))
    response = save(staff, **new_value("LAST_NAME", "Mets"))
    assert response.status_code == 302, response.context["errors"]
    unit = Unit.objects.get()
    assert (unit.sender_eic, unit.lanes) == ("", [MARI])
    assert not tell(now=NOW, batches=10)
    for eic, role in ((GO, "GRID_OPERATOR"), (OS2, "OPEN_SUPPLIER")):
        (message,) = scanned(eic, "CUSTOMER_DATA", role)
        assert "Mets" in [value["metadataValue"] for value in message["content"]["customerMetadata"]]


def test_the_access_log_lists_the_period_that_was_read(staff: Client) -> None:
    build(tie("GRID", GO))
    period = {"period_from": datetime(2031, 4, 5, tzinfo=UTC), "period_to": datetime(2031, 6, 7, tzinfo=UTC)}
    read = Read(MARI, **period)
    operator = Party.objects.get(eic=GO)
    log_read(participant=operator, role="", commodity="", service="meter-data/search", reads=[read], now=NOW)
    page = staff.get(reverse("admin:access_accesslog_changelist")).content.decode()
    assert "5 Apr 2031" in page
    assert "7 Jun 2031" in page


def test_a_value_that_is_known_is_no_change(staff: Client) -> None:
    build(tie("GRID", GO))
    assert save(staff, **new_value("LAST_NAME", "Maasikas")).status_code == 302
    assert not Unit.objects.exists()
    assert Metadata.objects.filter(party__eic=MARI).count() == 2


def test_staff_mend_an_identity_and_its_history_stays(staff: Client) -> None:
    build(tie("GRID", GO))
    assert save(staff, **{"identities-0-value": "38502030021"}).status_code == 302
    assert Identity.objects.get(party__eic=MARI).value == "38502030021"
    assert {row.value for row in Identity.history.filter(party__eic=MARI)} == {"47101010033", "38502030021"}
    assert not Unit.objects.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"identities-0-value": "38502030022"}, "Estonian personal code"),
        ({"identities-0-DELETE": "on"}, "Personal code or document number under “Identities” is missing"),
        (new_value("EMAIL", "mari"), "must be an e-mail address"),
        (new_value("BILLING_METHOD", "POST"), "“Billing address” is missing"),
        (
            {
                "identities-TOTAL_FORMS": 2,
                "identities-1-type": "PERSONAL_ID",
                "identities-1-value": "38502030021",
                "identities-1-country": "EE",
            },
            "a party has one personal code in a country",
        ),
    ],
)
def test_the_rules_hold_for_staff_too(staff: Client, more: dict[str, Any], said: str) -> None:
    build(tie("GRID", GO))
    response = save(staff, **more)
    assert response.status_code == 200
    assert said in str(response.context["errors"])
    assert not Unit.objects.exists()
    assert Identity.objects.get(party__eic=MARI).value == "47101010033"
