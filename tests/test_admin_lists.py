"""Every list of the admin, found by walking the site: it opens, counts and sorts no table, and takes any input."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datahub.agreements.models import Agreement
from datahub.metering.models import MeterDataDocument, MeteringPoint, ReadingDay
from datahub.parties.models import Party, User
from tests import cast
from tests.metering.points import register

pytestmark = pytest.mark.django_db
MODELS = sorted((m for m in admin.site._registry if m is not Group), key=lambda m: m._meta.label_lower)
ODD = ["'", "\x00", "a\x00b", "%", "\\", "9" * 25, "9" * 5000, "-1", "²", "٣", "<script>", '"a', "38X", "38ZGO-1\x00"]
PAGED = {"_facets": "True", "o": "1.2.-3", "p": "99999999999999999999"}


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff", password="a-long-passphrase"))
    return client


def list_of(model: type) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
@pytest.mark.parametrize("query", [{}, PAGED, *({"o": str(column)} for column in range(1, 11))], ids=str)
def test_no_list_counts_or_sorts_a_whole_table(staff: Client, model: type, query: dict[str, str]) -> None:
    register()
    with CaptureQueriesContext(connection) as plain:
        assert staff.get(list_of(model)).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(list_of(model), query).status_code == 200
    asked = [one["sql"] for one in queries]
    assert all("LIMIT" in sql for sql in asked if "COUNT(" in sql)
    # Whatever column is asked for, the rows come in the order in which an index gives them.
    assert {sql.partition("ORDER BY")[2] for sql in asked} <= {sql["sql"].partition("ORDER BY")[2] for sql in plain}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_no_input_makes_a_list_fail(staff: Client, model: type) -> None:
    for term in ODD:
        assert staff.get(list_of(model), {"q": term}).status_code == 200, term
    for entry in admin.site._registry[model].list_filter:
        name = f"{entry}__exact" if isinstance(entry, str) else entry.parameter_name
        assert staff.get(list_of(model), {name: "nonsense"}).status_code in (200, 302)
        assert staff.get(list_of(model), {name: "\x00"}).status_code == 400


@pytest.mark.parametrize("lookup", ["eic__regex", "eic__contains", "name__icontains", "roles__role__exact"])
def test_a_list_is_filtered_by_what_it_offers_alone(staff: Client, lookup: str) -> None:
    assert staff.get(list_of(Party), {lookup: "((("}).status_code == 400


def test_staff_look_up_parties_whatever_they_type(staff: Client) -> None:
    cast.participant(cast.GRID_OPERATOR)
    asked = {"app_label": "parties", "model_name": "technicaluser", "field_name": "participant"}
    path = reverse("admin:autocomplete")
    assert len(staff.get(path, {**asked, "term": "38X-EIN-GO"}).json()["results"]) == 1
    assert staff.get(path, {**asked, "term": "\x00"}).json()["results"] == []


def test_staff_see_every_act_of_staff_and_change_none(staff: Client) -> None:
    person = User.objects.get()
    act = LogEntry.objects.create(
        user=person,
        content_type=ContentType.objects.get_for_model(Party),
        object_id="1",
        object_repr="38X-EIN-GO-----0 Põhjavõrk OÜ",
        action_flag=2,
        change_message='[{"changed": {"name": "market role", "object": "GRID_OPERATOR", "fields": ["Valid to"]}}]',
    )
    for term, found in (("staff", True), ("nobody", False)):
        page = staff.get(list_of(LogEntry), {"q": term}).content.decode()
        assert ("what was done" in page.lower()) == found
        assert ("Changed Valid to for market role “GRID_OPERATOR”" in page) == found
    # To the second, as the clock on the wall has it.
    at = timezone.localtime(act.action_time)
    assert f"{at:%H:%M:%S}" in staff.get(list_of(LogEntry)).content.decode()
    path = reverse("admin:admin_logentry_change", args=[act.pk])
    assert "Põhjavõrk" in staff.get(path).content.decode()
    assert staff.post(path, {"change_message": ""}).status_code == 403
    assert staff.post(reverse("admin:admin_logentry_delete", args=[act.pk]), {"post": "yes"}).status_code == 403


def test_what_staff_did_is_added_to_and_never_changed() -> None:
    person = User.objects.create_user("staff", password="a-long-passphrase")
    act = LogEntry.objects.create(user=person, object_repr="x", action_flag=1)
    former = person.history.get()
    for rows in (LogEntry.objects.filter(pk=act.pk), User.history.filter(pk=former.pk)):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            rows.update(**{"object_repr" if rows.model is LogEntry else "username": "another"})
        with pytest.raises(DatabaseError, match="kept for three years"), transaction.atomic():
            rows._raw_delete(rows.db)
    old = LogEntry.objects.create(
        user=person, object_repr="x", action_flag=1, action_time=datetime.now(UTC) - timedelta(days=3 * 366)
    )
    LogEntry.objects.filter(pk=old.pk).delete()
    assert list(LogEntry.objects.all()) == [act]


@pytest.mark.parametrize("model", [m for m in apps.get_models() if hasattr(m, "history_date")], ids=str)
def test_every_history_only_grows(model: type) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'staff_audit_only_grows'",
            [model._meta.db_table],  # type: ignore[attr-defined]
        )
        assert cursor.fetchone() == (1,)


def test_readings_are_in_no_form(staff: Client) -> None:
    assert ReadingDay not in admin.site._registry


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_nobody_but_staff_sees_a_list(model: type) -> None:
    client = Client()
    for user in (None, User.objects.create_user("customer", password="a-long-passphrase")):
        if user is not None:
            client.force_login(user)
        response = client.get(list_of(model))
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")
    client.force_login(User.objects.create_user("new", password="a-long-passphrase", is_staff=True))
    assert client.get(list_of(model)).status_code == 403


@pytest.mark.parametrize(
    ("model", "query", "column"),
    [
        (Party, {"type__exact": "ORGANIZATION"}, "type"),
        (User, {"is_staff__exact": "1"}, "is_staff"),
        (User, {"is_active__exact": "0"}, "is_active"),
        (MeteringPoint, {"type__exact": "BORDER"}, "type"),
        (MeteringPoint, {"commodity__exact": "NATURAL_GAS"}, "commodity"),
        (Agreement, {"type__exact": "JOINT_INVOICE"}, "type"),
        (Agreement, {"commodity__exact": "NATURAL_GAS"}, "commodity"),
        (MeterDataDocument, {"status__exact": "ERROR"}, "status"),
        (MeterDataDocument, {"status__exact": "PROCESSING"}, "status"),
    ],
    ids=str,
)
def test_the_few_are_found_by_an_index(staff: Client, model: type, query: dict[str, str], column: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(list_of(model), query).status_code == 200
    table = model._meta.db_table  # type: ignore[attr-defined]
    asked = [one["sql"] for one in queries if f'FROM "{table}"' in one["sql"] and "WHERE" in one["sql"]]
    assert asked
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            # The filter alone: an index on the order's column or on that of a join could serve those and filter what it
            # finds. So only one that finds the few is left, whatever the planner has heard of these small tables. Whole
            # rows, as the list wants them: of an index that merely holds the column too, all would be read.
            asked_of_rows = sql.partition(" WHERE ")[2].partition(" ORDER BY ")[0].partition(" LIMIT ")[0]
            cursor.execute(f'EXPLAIN SELECT * FROM "{table}" WHERE {asked_of_rows}')  # noqa: S608 - our own text
            filters = [line for (line,) in cursor.fetchall() if "Filter:" in line and column in line]
            assert not filters, f"{filters} in {sql}"
