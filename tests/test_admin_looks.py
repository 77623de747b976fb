"""Whatever the admin shows of a customer stands in the log that she sees: every page of every model."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datahub.access.models import AccessLog
from datahub.market import PartyType
from datahub.parties import eic
from datahub.parties.models import Party, Representation, User
from datahub.staff import looks
from datahub.staff.looks import Of
from tests import cast
from tests.admin_pages import LOGS, SHOWN_OF_CUSTOMERS, Rows, url_of, urls
from tests.admin_rows import one_of_each
from tests.distribution.market import HOUSE, MARI, OS2
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
CUSTOMERS = (MARI, eic.complete("38X-AVP-COMPANY"))


@pytest.fixture
def rows(staff: Client) -> Rows:
    return one_of_each(by=User.objects.get(username="staff"))


def logged(*, after: int = 0) -> Iterator[AccessLog]:
    return AccessLog.objects.filter(participant=None, pk__gt=after).order_by("pk").iterator()


def last() -> int:
    return AccessLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def seen_at(client: Client, url: str, **query: str) -> set[tuple[str, str, str]]:
    """Open a page; give the services, points and customers that were logged."""
    before = last()
    assert client.get(url, query).status_code == 200, url
    return {(row.service, row.meter_eic, row.customer_eic) for row in logged(after=before)}


def test_every_model_says_what_it_shows_of_customers() -> None:
    """Who adds a page to the admin says here what it shows; the next test finds what is not said."""
    assert {model._meta.label_lower for model in admin.site._registry} == SHOWN_OF_CUSTOMERS.keys() | LOGS


def test_no_page_names_a_customer_without_logging_it(staff: Client, rows: Rows) -> None:
    unlogged = []
    for model, _name, url in urls(rows):
        before = last()
        answer = staff.get(url)
        said = answer.content.decode()
        if answer.status_code != 200 or model in LOGS:
            assert last() == before, url
            continue
        of = {row.customer_eic for row in logged(after=before)}
        named = {code for code in CUSTOMERS if code in said} | (
            {MARI} if HOUSE in said or "Maasikas" in said else set()
        )
        if not named <= of:
            unlogged.append((url, named - of))
    assert not unlogged


@pytest.mark.parametrize("model", SHOWN_OF_CUSTOMERS)
def test_lists_and_pages_log_what_they_show(staff: Client, rows: Rows, model: str) -> None:
    for page, of in zip(("changelist", "change"), SHOWN_OF_CUSTOMERS[model], strict=True):
        found = seen_at(staff, url_of(f"{model.replace('.', '_')}_{page}", rows[model]))
        assert (of in {service for service, *_ in found}) if of else not found, (page, found)
    for row in logged():
        assert (row.participant, row.role, row.commodity, row.technical_user, row.ground) == (None, "", "", "", "")
        assert row.user is not None and row.user.username == "staff"
        assert row.meter_eic in ("", HOUSE)
        assert row.customer_eic in CUSTOMERS


def test_a_refused_look_logs_nothing(rows: Rows) -> None:
    before = last()
    nobody = sign_in(Client(), User.objects.create_user("new", is_staff=True))
    for client in (Client(), nobody):
        for _model, _name, url in urls(rows):
            assert client.get(url).status_code in (302, 403), url
    assert last() == before


def test_what_is_not_there_logs_nothing(staff: Client, rows: Rows) -> None:
    before = last()
    for model in SHOWN_OF_CUSTOMERS:
        name = model.replace(".", "_")
        assert staff.get(reverse(f"admin:{name}_change", args=["999999999"])).status_code in (302, 404)
        assert staff.get(reverse(f"admin:{name}_history", args=["999999999"])).status_code in (302, 404)
    assert staff.get(reverse("admin:parties_party_changelist"), {"q": "nobody"}).status_code == 200
    assert last() == before


def test_what_cannot_be_logged_is_not_shown(staff: Client, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(looks, "_keepers", [refuse])
    staff.raise_request_exception = False
    for model, (of_list, of_page) in SHOWN_OF_CUSTOMERS.items():
        for page, of in (("changelist", of_list), ("change", of_page)):
            if of is not None:
                answer = staff.get(url_of(f"{model.replace('.', '_')}_{page}", rows[model]))
                assert answer.status_code == 500 and MARI not in answer.content.decode()


def test_histories_are_looks_too(staff: Client, rows: Rows) -> None:
    mari = Party.objects.get(eic=MARI)
    person = User.objects.get(party=mari)
    company = Party.objects.create(eic=eic.complete("38X-AVP-FORMER-"), type=PartyType.LEGAL_PERSON, name="Endine OÜ")
    person.party = company
    person.save()
    of = {
        reverse("admin:parties_party_history", args=[mari.pk]): {MARI},
        reverse("admin:parties_party_simple_history", args=[mari.pk, mari.history.first().pk]): {MARI},
        # Whom she was before is told there as well.
        reverse("admin:parties_user_history", args=[person.pk]): {MARI, company.eic},
        reverse("admin:parties_user_simple_history", args=[person.pk, person.history.last().pk]): {MARI},
        reverse("admin:metering_meteringpoint_history", args=[rows["metering.meteringpoint"].pk]): {MARI},
    }
    for url, customers in of.items():
        assert {customer for *_, customer in seen_at(staff, url)} == customers, url


def autocomplete(client: Client, term: str) -> set[tuple[str, str, str]]:
    path, of = reverse("admin:autocomplete"), {"app_label": "parties", "model_name": "representation"}
    return seen_at(client, path, **of, field_name="customer", term=term)


def test_what_is_offered_as_one_types_is_logged(staff: Client, rows: Rows) -> None:
    assert autocomplete(staff, "Mari") == {(Of.CUSTOMERS, "", MARI)}
    assert autocomplete(staff, "38X-EIN-GO") == set()
    before = last()
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_representation"))
    query = {"app_label": "parties", "model_name": "representation", "field_name": "customer", "term": "Mari"}
    assert sign_in(Client(), viewer).get(reverse("admin:autocomplete"), query).status_code == 403
    assert last() == before


def test_whom_a_form_names_is_logged_however_it_was_chosen(staff: Client, rows: Rows) -> None:
    mari = Party.objects.get(eic=MARI)
    page = reverse("admin:parties_technicaluser_add")
    assert seen_at(staff, page) == set()
    assert seen_at(staff, page, participant=str(mari.pk)) == {(Of.CUSTOMERS, "", MARI)}
    before = last()
    answer = staff.post(page, {"participant": mari.pk})
    assert "Maasikas" in answer.content.decode()
    assert [row.customer_eic for row in logged(after=before)] == [MARI]
    for odd in ("999999", "-1", ""):
        assert seen_at(staff, page, participant=odd) == set()


def test_a_page_that_is_shown_again_with_faults_is_logged_though_its_save_was_taken_back(
    staff: Client, rows: Rows
) -> None:
    one = rows["parties.representation"]
    before = last()
    sent = {f"valid_from_{part}": value for part, value in enumerate(("2020-01-01", "00:00"))}
    sent |= {f"valid_to_{part}": value for part, value in enumerate(("2019-01-01", "00:00"))}
    assert staff.post(reverse("admin:parties_representation_change", args=[one.pk]), sent).status_code == 200
    assert isinstance(one, Representation)
    assert [row.customer_eic for row in logged(after=before)] == [one.customer.eic]


@pytest.mark.parametrize("model", [model for model, (of_list, _) in SHOWN_OF_CUSTOMERS.items() if of_list])
def test_a_look_costs_as_many_statements_however_many_rows_are_shown(staff: Client, rows: Rows, model: str) -> None:
    def statements() -> int:
        staff.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(url).status_code == 200
        return len([one for one in captured if "INSERT INTO access_log" in one["sql"] or "SELECT" in one["sql"]])

    url = url_of(f"{model.replace('.', '_')}_changelist", rows[model])
    few = statements()
    cast.participant(OS2)
    before = last()
    more_customers(5)
    if model in ("parties.party", "parties.user", "parties.representation"):
        assert statements() == few
        assert len({row.customer_eic for row in logged(after=before)}) >= 5
    else:
        assert statements() == few


def more_customers(number: int) -> None:
    for one in range(number):
        party = Party.objects.create(
            eic=eic.complete(f"38X-AVP-MORE{one:03}"), type=PartyType.PHYSICAL_PERSON, name=f"Klient {one}"
        )
        person = User.objects.create_user(f"more-{one}", party=party)
        Representation.objects.create(person=person, customer=party, valid_from="2020-01-01T00:00Z")
