"""The admin of parties: the rules hold there too, and what is wrong is said at its field."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from datahub.market import MetadataType
from datahub.parties import selectors
from datahub.parties.models import (
    EicRange,
    Identity,
    MarketRole,
    Party,
    RedirectHost,
)
from tests import cast
from tests.metering.points import register
from tests.parties.admin_forms import add, change_form, errors_at

pytestmark = pytest.mark.django_db


def test_staff_register_a_participant_with_all_that_it_holds(staff: Client) -> None:
    response = add(staff)
    assert response.status_code == 302, response.context["errors"]
    party = Party.objects.get()
    assert (party.eic, party.name) == (cast.GRID_OPERATOR, "Põhjavõrk OÜ")
    assert selectors.metadata_at(party, datetime.now(UTC)) == {MetadataType.COMPANY_NAME: "Põhjavõrk OÜ"}
    assert Identity.objects.get().party_type == "MARKET_PARTICIPANT"
    assert MarketRole.objects.get().valid_from == datetime(2025, 12, 31, 22, tzinfo=UTC)
    assert selectors.code_ranges(party) == ["38ZGO-1"]
    assert party.history.first().history_user.username == "staff"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"eic": "38X-EIN-GO-----1"}, "its check character must be 0"),
        ({"eic": "38ZGO-10000001-U"}, "its third character must be X"),
        ({"eic": "GO"}, "it must be 16 characters"),
        ({"identities-0-value": "14001375"}, "Estonian registry code"),
        ({"identities-0-type": "PERSONAL_ID"}, "can be registry code"),
        ({"identities-0-country": "XX"}, "ISO 3166"),
        ({"identities-TOTAL_FORMS": 0}, "Registry code under “Identities” is missing."),
        ({"metadata-TOTAL_FORMS": 0}, "Company name under “Metadata” is missing."),
        ({"metadata-0-type": "FIRST_NAME"}, "not first name"),
        (
            {"roles-0-role": "AGGREGATOR", "roles-0-commodity": "NATURAL_GAS"},
            "“Commodity” can be electricity for aggregator",
        ),
        ({"roles-0-valid_to_0": "2025-01-01", "roles-0-valid_to_1": "00:00:00"}, "before “Valid to” (1 Jan 2025"),
        ({"eic_ranges-0-prefix": "38XGO-1"}, "2 digits, Z"),
        ({"eic_ranges-0-prefix": "38ZGO-20"}, "outside the ranges of other participants"),
    ],
)
def test_what_the_rules_refuse_is_said_at_the_field_and_nothing_is_saved(
    staff: Client, fields: dict[str, Any], said: str
) -> None:
    cast.participant(cast.SOUTHERN_GRID_OPERATOR)
    response = add(staff, **fields)
    assert response.status_code == 200
    assert said in str(response.context["errors"])
    assert Party.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"eic": "GO"}, "EIC-kood"),
        ({"roles-0-role": "AGGREGATOR", "roles-0-commodity": "NATURAL_GAS"}, "elekter"),
        ({"roles-0-valid_to_0": "2025-01-01", "roles-0-valid_to_1": "00:00:00"}, "„Kehtib kuni“"),
        ({"identities-TOTAL_FORMS": 0}, "Registrikood jaotises „Tunnused“ puudub."),
        ({"metadata-TOTAL_FORMS": 0}, "Ettevõtte nimi jaotises „Andmed“ puudub."),
        ({"redirect_hosts-0-host": "https://a"}, "https://a"),
    ],
)
def test_what_is_refused_is_said_in_the_readers_language(staff: Client, fields: dict[str, Any], said: str) -> None:
    staff.cookies["django_language"] = "et"
    told = str(add(staff, **fields).context["errors"])
    assert said.lower() in told.lower()
    for english in ("must", "missing", "can be", "marketRole", "NATURAL_GAS", "COMPANY_ID"):
        assert english not in told


def test_a_role_that_is_held_already_is_not_given_again(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    data = change_form(party, **{"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0, "roles-TOTAL_FORMS": 2})
    data |= {"roles-1-role": "OPEN_SUPPLIER", "roles-1-commodity": "ELECTRICITY", "roles-1-participant": party.pk}
    data |= {"roles-1-valid_from_0": "2026-01-01", "roles-1-valid_from_1": "00:00:00"}
    response = staff.post(reverse("admin:parties_party_change", args=[party.pk]), data)
    assert "in that time already exists" in str(response.context["errors"])
    assert party.roles.count() == 1


def test_a_new_name_ends_the_former_and_becomes_the_partys(staff: Client) -> None:
    party = cast.participant(cast.GRID_OPERATOR)
    data = change_form(party, **{"metadata-TOTAL_FORMS": 1, "metadata-INITIAL_FORMS": 0})
    data |= {"metadata-0-id": "", "metadata-0-type": "COMPANY_NAME", "metadata-0-value": "Uus Võrk OÜ"}
    response = staff.post(reverse("admin:parties_party_change", args=[party.pk]), data)
    assert response.status_code == 302, response.context["errors"]
    party.refresh_from_db()
    assert party.name == "Uus Võrk OÜ"
    assert party.metadata.count() == 2
    assert selectors.metadata_at(party, cast.BEGINNING)[MetadataType.COMPANY_NAME] == "Põhjavõrk OÜ"


def test_code_type_and_given_roles_cannot_be_changed(staff: Client) -> None:
    party = cast.participant(cast.GRID_OPERATOR)
    data = change_form(party, **{"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0})
    data |= {"eic": cast.OPEN_SUPPLIER, "type": "LEGAL_PERSON", "roles-0-role": "OPEN_SUPPLIER"}
    response = staff.post(reverse("admin:parties_party_change", args=[party.pk]), data)
    assert response.status_code == 302, response.context["errors"]
    party.refresh_from_db()
    assert (party.eic, party.type) == (cast.GRID_OPERATOR, "MARKET_PARTICIPANT")
    assert set(party.roles.values_list("role", flat=True)) == {"GRID_OPERATOR"}


def test_a_range_in_which_points_stand_is_not_taken_back(staff: Client) -> None:
    register()
    party = cast.participant(cast.GRID_OPERATOR)
    data = change_form(party, **{"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0})
    data["eic_ranges-0-DELETE"] = "on"
    response = staff.post(reverse("admin:parties_party_change", args=[party.pk]), data)
    assert "there are metering points in it" in str(response.context["errors"])
    assert EicRange.objects.count() == 1


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("38X-EIN-GO", [cast.GRID_OPERATOR]),
        ("põhja", [cast.GRID_OPERATOR]),
        ("14002741", [cast.SOUTHERN_GRID_OPERATOR]),
        ("1400", []),
        ("võrk", []),
    ],
)
def test_parties_are_searched_by_code_name_and_identity(staff: Client, term: str, found: list[str]) -> None:
    cast.participant(cast.GRID_OPERATOR)
    cast.participant(cast.SOUTHERN_GRID_OPERATOR)
    response = staff.get(reverse("admin:parties_party_changelist"), {"q": term})
    assert [party.eic for party in response.context["cl"].result_list] == found


@pytest.mark.parametrize("eic", [cast.GRID_OPERATOR, "38X-EIN-GO-----1"])
def test_all_faults_of_a_new_participant_are_told_at_once(staff: Client, eic: str) -> None:
    wrong = {"roles-0-valid_to_0": "2025-01-01", "roles-0-valid_to_1": "00:00:00"}
    wrong |= {"eic_ranges-0-prefix": "XX", "redirect_hosts-0-host": "https://a"}
    response = add(staff, eic=eic, **{"identities-0-value": "1"}, **wrong)
    assert response.status_code == 200
    told = {inline.opts.model for inline in response.context["inline_admin_formsets"] if any(inline.formset.errors)}
    assert told == {Identity, MarketRole, EicRange, RedirectHost}
    assert bool(response.context["adminform"].form.errors) is (eic != cast.GRID_OPERATOR)
    assert not Party.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("year", ["0001", "1969", "2200", "9999"])
def test_no_year_out_of_the_calendar_is_saved(staff: Client, year: str) -> None:
    response = add(staff, **{"roles-0-valid_from_0": f"{year}-07-01"})
    assert response.status_code == 200
    roles = response.context["inline_admin_formsets"][2].formset
    assert "a time between 1970 and 2199" in str(roles.forms[0].errors["valid_from"])
    assert not Party.objects.exists()
    response = add(staff, **{"roles-0-valid_to_0": f"{year}-07-01", "roles-0-valid_to_1": "00:00:00"})
    assert "a time between 1970 and 2199" in str(response.context["inline_admin_formsets"][2].formset.forms[0].errors)
    assert not Party.objects.exists()


def test_an_identity_of_another_party_is_refused_at_its_field(staff: Client) -> None:
    taken = cast.participant(cast.SOUTHERN_GRID_OPERATOR).identities.get().value
    response = add(staff, **{"identities-0-value": taken})
    assert response.status_code == 200
    assert "14002741 EE already exists" in errors_at(response, "identities", "value")
    twice = {"identities-TOTAL_FORMS": 2, "identities-1-type": "COMPANY_ID", "identities-1-value": "14001374"}
    response = add(staff, **{**twice, "identities-1-country": "EE"})
    assert "it is already at “Codes”" in str(response.context["errors"])
    assert Party.objects.count() == 1


@pytest.mark.parametrize(
    ("inline", "field", "wrong"),
    [
        ("identities", "value", {"identities-0-value": "14001375"}),
        ("identities", "type", {"identities-0-type": "PERSONAL_ID"}),
        ("identities", "country", {"identities-0-country": "E1"}),
        ("metadata", "value", {"metadata-0-type": "EMAIL", "metadata-0-value": "nobody"}),
    ],
)
def test_what_is_wrong_stands_at_its_field(staff: Client, inline: str, field: str, wrong: dict[str, Any]) -> None:
    assert errors_at(add(staff, **wrong), inline, field) != ""


def test_a_new_party_is_named_where_staff_read_that_they_added_it(staff: Client) -> None:
    add(staff)
    assert LogEntry.objects.get().object_repr == f"{cast.GRID_OPERATOR} Põhjavõrk OÜ"
    page = staff.get(reverse("admin:parties_party_changelist")).content.decode()
    assert f"{cast.GRID_OPERATOR} Põhjavõrk OÜ</a>” was added" in page


def test_staff_register_redirect_hosts_and_take_them_back(staff: Client) -> None:
    host = {"redirect_hosts-0-host": "www.example.com"}
    assert add(staff, **host).status_code == 302
    party = Party.objects.get()
    assert [one.host for one in party.redirect_hosts.all()] == ["www.example.com"]
    assert party.redirect_hosts.get().history.get().history_user.username == "staff"
    data = change_form(party, **{"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0})
    data |= {"redirect_hosts-0-host": "www.example.org", "redirect_hosts-0-DELETE": "on"}
    response = staff.post(reverse("admin:parties_party_change", args=[party.pk]), data)
    assert response.status_code == 302, response.context["errors"]
    assert not party.redirect_hosts.exists()


def test_what_is_no_host_is_said_at_its_field(staff: Client) -> None:
    response = add(staff, **{"redirect_hosts-0-host": "https://www.example.com/"})
    assert "without https://" in errors_at(response, "redirect_hosts", "host")
    assert not Party.objects.exists()


def test_an_identity_is_compared_as_it_stands_however_it_was_pasted(staff: Client) -> None:
    assert add(staff, **{"identities-0-value": " 1400 1374 ", "identities-0-country": "ee"}).status_code == 302
    assert (Identity.objects.get().value, Identity.objects.get().country) == ("14001374", "EE")
    for term in ("14001374", "1400 1374"):
        page = staff.get(reverse("admin:parties_party_changelist"), {"q": term})
        assert [party.eic for party in page.context["cl"].result_list] == [cast.GRID_OPERATOR]
