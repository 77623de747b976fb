"""The admin of parties: the rules hold there too, a secret is shown once, nothing is counted or deleted."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datahub.market import MetadataType, Permission
from datahub.parties import selectors
from datahub.parties.models import (
    EicRange,
    Identity,
    MarketRole,
    Party,
    Representation,
    TechnicalUser,
    TechnicalUserSecret,
    User,
)
from datahub.parties.services import technical_users
from tests import cast
from tests.metering.points import register

pytestmark = pytest.mark.django_db
INLINES = ["identities", "metadata", "roles", "eic_ranges"]


@pytest.fixture
def staff() -> Client:
    user = User.objects.create_superuser("staff", password="a-long-passphrase")
    client = Client()
    client.force_login(user)
    return client


def form(**more: Any) -> dict[str, Any]:
    """Give the form of a new participant, with fields of its inlines changed or added."""
    data: dict[str, Any] = {"eic": cast.GRID_OPERATOR, "type": "MARKET_PARTICIPANT"}
    for inline in INLINES:
        data |= {f"{inline}-TOTAL_FORMS": 1, f"{inline}-INITIAL_FORMS": 0}
    data |= {"identities-0-type": "COMPANY_ID", "identities-0-value": "14001374", "identities-0-country": "EE"}
    data |= {"metadata-0-type": "COMPANY_NAME", "metadata-0-value": "Põhjavõrk OÜ"}
    data |= {"roles-0-role": "GRID_OPERATOR", "roles-0-commodity": "ELECTRICITY"}
    data |= {"roles-0-valid_from_0": "2026-01-01", "roles-0-valid_from_1": "00:00:00", "eic_ranges-0-prefix": "38ZGO-1"}
    return data | more


def add(staff: Client, **more: Any) -> Any:
    return staff.post(reverse("admin:parties_party_add"), form(**more))


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
        ({"identities-0-type": "PERSONAL_ID"}, "can be COMPANY_ID"),
        ({"identities-0-country": "XX"}, "ISO 3166"),
        ({"identities-TOTAL_FORMS": 0}, "of the type COMPANY_ID is missing"),
        ({"metadata-TOTAL_FORMS": 0}, "of the type COMPANY_NAME is missing"),
        ({"metadata-0-type": "FIRST_NAME"}, "FIRST_NAME"),
        ({"roles-0-role": "AGGREGATOR", "roles-0-commodity": "NATURAL_GAS"}, "can be ELECTRICITY for AGGREGATOR"),
        ({"roles-0-valid_to_0": "2025-01-01", "roles-0-valid_to_1": "00:00:00"}, "must be before marketRole.validTo"),
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


def test_a_role_that_is_held_already_is_not_given_again(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    data = change_form(party, **{"metadata-TOTAL_FORMS": 0, "metadata-INITIAL_FORMS": 0, "roles-TOTAL_FORMS": 2})
    data |= {"roles-1-role": "OPEN_SUPPLIER", "roles-1-commodity": "ELECTRICITY", "roles-1-participant": party.pk}
    data |= {"roles-1-valid_from_0": "2026-01-01", "roles-1-valid_from_1": "00:00:00"}
    response = staff.post(reverse("admin:parties_party_change", args=[party.pk]), data)
    assert "in that time exists already" in str(response.context["errors"])
    assert party.roles.count() == 1


def change_form(party: Party, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for inline in INLINES:
        rows = list(getattr(party, inline).order_by("pk"))
        data |= {f"{inline}-TOTAL_FORMS": len(rows), f"{inline}-INITIAL_FORMS": len(rows)}
        for number, row in enumerate(rows):
            data |= {f"{inline}-{number}-id": row.pk, f"{inline}-{number}-party": party.pk}
            data[f"{inline}-{number}-participant"] = party.pk
            if isinstance(row, Identity):
                data |= {f"{inline}-{number}-{name}": getattr(row, name) for name in ("type", "value", "country")}
    return data | more


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
    assert "metering points stand in it" in str(response.context["errors"])
    assert EicRange.objects.count() == 1


@pytest.mark.parametrize("model", ["party", "user", "technicaluser", "representation"])
def test_nothing_is_deleted(staff: Client, model: str) -> None:
    party = cast.participant(cast.GRID_OPERATOR)
    rows = {"party": party.pk, "user": User.objects.get().pk}
    response = staff.post(reverse(f"admin:parties_{model}_delete", args=[rows.get(model, 1)]), {"post": "yes"})
    assert response.status_code in (403, 302)
    assert Party.objects.filter(pk=party.pk).exists()
    assert User.objects.exists()


@pytest.mark.parametrize("model", ["party", "user", "technicaluser", "representation"])
def test_lists_open_and_never_count_the_whole_table(staff: Client, model: str) -> None:
    cast.participant(cast.GRID_OPERATOR)
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(reverse(f"admin:parties_{model}_changelist")).status_code == 200
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert all("LIMIT" in sql for sql in counts)
    assert staff.get(reverse(f"admin:parties_{model}_add")).status_code == 200


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


def shown_secret(response: Any) -> str:
    match = re.search(r'id="client-secret">([^<]+)<', response.content.decode())
    assert match is not None, response.content.decode()
    assert "no-store" in response["Cache-Control"]
    return match[1]


def test_a_technical_users_secret_is_shown_once_and_rotated_with_an_overlap(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    data = {"participant": party.pk, "suffix": "erp", "permissions": ["ADMIN"], "allowed_networks": "192.0.2.0/24"}
    secret = shown_secret(staff.post(reverse("admin:parties_technicaluser_add"), data))
    user = TechnicalUser.objects.get()
    assert (user.client_id, user.allowed_networks) == (f"{cast.OPEN_SUPPLIER}-erp", ["192.0.2.0/24"])
    now = datetime.now(UTC)
    assert technical_users.verify_secret(client_id=user.client_id, secret=secret, now=now) == user
    page = staff.get(reverse("admin:parties_technicaluser_change", args=[user.pk])).content.decode()
    assert secret not in page
    rotate = reverse("admin:parties_technicaluser_rotate_secret", args=[user.pk])
    assert rotate in page
    assert staff.get(rotate).status_code == 200
    assert TechnicalUserSecret.objects.count() == 1
    new = shown_secret(staff.post(rotate, {"overlap_hours": 2}))
    assert new != secret
    for valid in (secret, new):
        assert technical_users.verify_secret(client_id=user.client_id, secret=valid, now=datetime.now(UTC)) == user
    assert staff.post(rotate, {"overlap_hours": -1}).status_code == 200
    assert TechnicalUserSecret.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"suffix": "a b"}, "letters, digits"),
        ({"suffix": "taken"}, "already"),
        ({"allowed_networks": "192.0.2.1/24"}, "IP network"),
        ({"permissions": []}, "required"),
    ],
)
def test_a_wrong_technical_user_is_refused(staff: Client, fields: dict[str, Any], said: str) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    technical_users.register_technical_user(
        participant=party, suffix="taken", permissions=[Permission.ADMIN], now=cast.BEGINNING
    )
    data = {"participant": party.pk, "suffix": "erp", "permissions": ["ADMIN"], "allowed_networks": "", **fields}
    response = staff.post(reverse("admin:parties_technicaluser_add"), data)
    assert response.status_code == 200
    assert said in str(response.context["errors"])
    assert TechnicalUser.objects.count() == 1


def test_staff_who_may_only_look_rotate_no_secret() -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    user, _ = technical_users.register_technical_user(
        participant=party, suffix="erp", permissions=[Permission.ADMIN], now=cast.BEGINNING
    )
    looker = User.objects.create_user("looker", password="a-long-passphrase", is_staff=True)
    looker.user_permissions.add(DjangoPermission.objects.get(codename="view_technicaluser"))
    client = Client()
    client.force_login(looker)
    assert client.get(reverse("admin:parties_technicaluser_change", args=[user.pk])).status_code == 200
    rotate = reverse("admin:parties_technicaluser_rotate_secret", args=[user.pk])
    assert client.post(rotate, {"overlap_hours": 2}).status_code == 403
    assert TechnicalUserSecret.objects.count() == 1


def test_a_company_is_represented_and_a_person_is_not(staff: Client) -> None:
    data = {"person": User.objects.get().pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}
    data["customer"] = cast.mari().pk
    response = staff.post(reverse("admin:parties_representation_add"), data)
    assert "LEGAL_PERSON or ORGANIZATION" in str(response.context["errors"])


@pytest.mark.parametrize(
    ("customer", "role", "commodity", "granted"),
    [
        (False, "OPEN_SUPPLIER", "ELECTRICITY", True),
        (False, "AGGREGATOR", "NATURAL_GAS", False),
        (True, "OPEN_SUPPLIER", "ELECTRICITY", False),
    ],
)
def test_people_are_granted_what_a_participant_can_hold(
    staff: Client, customer: bool, role: str, commodity: str, granted: bool
) -> None:
    participant = cast.mari() if customer else cast.participant(cast.OPEN_SUPPLIER)
    person = User.objects.create_user("supplier", password="a-long-passphrase")
    data = {"username": "supplier", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}
    data |= {"grants-TOTAL_FORMS": "1", "grants-INITIAL_FORMS": "0", "grants-0-user": str(person.pk)}
    data |= {"grants-0-participant": str(participant.pk), "grants-0-role": role, "grants-0-commodity": commodity}
    data |= {"grants-0-permission": "VIEWER_AGREEMENT"}
    response = staff.post(reverse("admin:parties_user_change", args=[person.pk]), data)
    assert (response.status_code == 302) == granted
    assert person.grants.count() == int(granted)


def test_an_identity_of_another_party_is_refused_at_its_field(staff: Client) -> None:
    other = cast.participant(cast.SOUTHERN_GRID_OPERATOR)
    taken = other.identities.get().value
    response = add(staff, **{"identities-0-value": taken})
    assert response.status_code == 200
    (said,) = response.context["errors"]
    assert "identity of another party already" in str(said)
    assert str(other) in str(said)
    twice = {"identities-TOTAL_FORMS": 2, "identities-1-type": "COMPANY_ID", "identities-1-value": "14001374"}
    response = add(staff, **{**twice, "identities-1-country": "EE"})
    assert "twice" in str(response.context["errors"])
    assert Party.objects.count() == 1


def errors_at(response: Any, inline: str, field: str) -> str:
    formsets = {one.formset.prefix: one.formset for one in response.context["inline_admin_formsets"]}
    return str(formsets[inline].forms[0].errors.get(field, ""))


@pytest.mark.parametrize(
    ("inline", "field", "wrong"),
    [
        ("identities", "value", {"identities-0-value": "14001375"}),
        ("identities", "type", {"identities-0-type": "PERSONAL_ID"}),
        ("identities", "country", {"identities-0-country": "ee"}),
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


def test_nothing_is_put_back_from_the_history(staff: Client) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    user, _ = technical_users.register_technical_user(
        participant=party, suffix="erp", permissions=[Permission.ADMIN], now=cast.BEGINNING
    )
    technical_users.set_active(technical_user=user, is_active=False)
    path = reverse("admin:parties_technicaluser_simple_history", args=[user.pk, user.history.first().history_id])
    page = staff.get(path)
    assert page.status_code == 200
    assert 'name="permissions"' not in page.content.decode()
    assert staff.post(path, {"permissions": ["ADMIN"], "is_active": "on"}).status_code == 405
    user.refresh_from_db()
    assert not user.is_active


def test_the_history_of_a_person_shows_no_password_and_leads_nowhere_else(staff: Client) -> None:
    person = User.objects.get()
    path = reverse("admin:parties_user_simple_history", args=[person.pk, person.history.first().history_id])
    page = staff.get(path).content.decode()
    assert person.username in page
    assert person.password not in page
    assert "password/" not in page.replace("/admin/password_change/", "")


@pytest.mark.parametrize("model", ["party", "user", "technicaluser", "representation"])
def test_those_who_may_only_look_see_the_history(model: str) -> None:
    party = cast.participant(cast.OPEN_SUPPLIER)
    looker = User.objects.create_user("looker", password="a-long-passphrase", is_staff=True)
    looker.user_permissions.add(DjangoPermission.objects.get(codename=f"view_{model}"))
    technical_user, _ = technical_users.register_technical_user(
        participant=party, suffix="erp", permissions=[Permission.ADMIN], now=cast.BEGINNING
    )
    representation = Representation.objects.create(person=looker, customer=party, valid_from=cast.BEGINNING)
    rows = {"party": party, "user": looker, "technicaluser": technical_user, "representation": representation}
    row = rows[model]
    client = Client()
    client.force_login(looker)
    assert client.get(reverse(f"admin:parties_{model}_history", args=[row.pk])).status_code == 200
    path = reverse(f"admin:parties_{model}_simple_history", args=[row.pk, row.history.first().history_id])
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("odd", ["abc", "password", "9" * 5000, "_00"])
def test_a_history_of_nothing_is_not_found(staff: Client, odd: str) -> None:
    person = User.objects.get()
    for path in (f"/admin/parties/user/{odd}/history/", f"/admin/parties/user/{person.pk}/history/{odd}/"):
        assert staff.get(path).status_code == 404


def test_a_person_represents_a_customer_once_at_a_time(staff: Client) -> None:
    person = User.objects.get()
    company = cast.participant(cast.OPEN_SUPPLIER)
    Party.objects.filter(pk=company.pk).update(type="LEGAL_PERSON")
    data = {"person": person.pk, "customer": company.pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}
    assert staff.post(reverse("admin:parties_representation_add"), data).status_code == 302
    response = staff.post(reverse("admin:parties_representation_add"), data)
    assert "in some of that time exists already" in str(response.context["errors"])
    assert Representation.objects.count() == 1
    for term, found in ((company.eic, 1), (person.username, 1), ("nobody", 0)):
        page = staff.get(reverse("admin:parties_representation_changelist"), {"q": term})
        assert len(page.context["cl"].result_list) == found


def test_the_form_of_a_technical_user_says_how_its_id_is_made(staff: Client) -> None:
    page = staff.get(reverse("admin:parties_technicaluser_add")).content.decode()
    assert "The id will be the participant's EIC, a dash and this." in page


def test_who_registers_users_makes_nobody_staff_and_touches_no_staff() -> None:
    registrar = User.objects.create_user("registrar", password="a-long-passphrase", is_staff=True)
    codenames = ["view_user", "change_user", "add_user"]
    registrar.user_permissions.set(DjangoPermission.objects.filter(codename__in=codenames))
    person = User.objects.create_user("person", password="a-long-passphrase")
    superuser = User.objects.create_superuser("superuser", password="a-long-passphrase")
    client = Client()
    client.force_login(registrar)
    data = {"username": "person", "first_name": "Anu", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    data |= {"is_active": "on", "is_staff": "on", "is_superuser": "on", "grants-TOTAL_FORMS": "0"}
    data |= {"grants-INITIAL_FORMS": "0"}
    path = reverse("admin:parties_user_change", args=[person.pk])
    assert client.post(path, data).status_code == 302
    person.refresh_from_db()
    assert (person.first_name, person.is_staff, person.is_superuser) == ("Anu", False, False)
    passwords = {"password1": "another-passphrase", "password2": "another-passphrase", "usable_password": "true"}
    for member in (superuser, registrar):
        path = reverse("admin:parties_user_change", args=[member.pk])
        assert client.get(path).status_code == 200
        assert client.post(path, {**data, "username": member.username}).status_code == 403
        path = reverse("admin:auth_user_password_change", args=[member.pk])
        assert client.post(path, passwords).status_code == 403
    superuser.refresh_from_db()
    assert superuser.check_password("a-long-passphrase")
