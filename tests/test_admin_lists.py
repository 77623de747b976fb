"""Every list of the admin, found by walking the site: it opens, counts and sorts no table, and takes any input."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from datahub import partitions
from datahub.access.models import AccessLog
from datahub.access.models.access_log import ACCESS_LOG
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import Agreement
from datahub.metering.models import MeterDataDocument, MeteringPoint
from datahub.parties.models import Party, User
from datahub.staff import acts
from tests import cast
from tests.metering.points import register
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
MODELS = sorted((m for m in admin.site._registry if m is not Group), key=lambda m: m._meta.label_lower)
ODD = ["'", "\x00", "a\x00b", "%", "\\", "9" * 25, "9" * 5000, "-1", "²", "٣", "<script>", '"a', "38X", "38ZGO-1\x00"]
PAGED = {"_facets": "True", "o": "1.2.-3", "p": "99999999999999999999"}


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
        named = [f"{entry}__exact"] if isinstance(entry, str) else getattr(entry, "parameter_names", None)
        for name in named or [entry.parameter_name]:
            for odd in ("nonsense", "9999-99-99", "0001-01-01", "9999-12-31"):
                assert staff.get(list_of(model), {name: odd}).status_code in (200, 302)
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


def tables_with(trigger: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE %s", [trigger])
        return {table for (table,) in cursor.fetchall()}


def test_what_only_grows_is_never_emptied() -> None:
    # Partitions too, which are made as time goes on.
    partitions.ensure(ACCESS_LOG, since=date(2031, 5, 1), until=date(2031, 5, 1))
    tables = tables_with("%only_grows")
    assert {"access_log", "access_log_203105", "django_admin_log", "parties_historicaluser"} <= tables
    assert tables_with("log_is_never_emptied") == tables
    for table in tables:
        with pytest.raises(DatabaseError, match="never emptied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL datahub.keeps_logs = 'on'")
            cursor.execute(f'TRUNCATE "{table}" CASCADE')


def test_what_staff_did_is_said_in_the_readers_language(staff: Client) -> None:
    person = User.objects.get()
    changed = '[{"changed": {"name": "market role", "object": "x", "fields": ["Valid to", "Is active"]}}]'
    dropped = acts.DROPPED.format("KeyError: {0}")
    for message in (changed, "[broken", acts.SECRET_CHANGED, dropped, "Something older."):
        LogEntry.objects.create(
            user=person, content_type=None, object_id="1", object_repr="x", action_flag=2, change_message=message
        )
    with translation.override("et"):
        said = [acts.in_words(act) for act in LogEntry.objects.order_by("id")]
    assert "turuosalise roll" in said[0] and "Kehtib kuni" in said[0] and "Aktiivne" in said[0]
    assert said[1] == "[broken" and said[4] == "Something older."
    assert said[2] != acts.SECRET_CHANGED
    assert said[3].endswith("KeyError: {0}") and not said[3].startswith("Discarded")


def test_codes_are_shown_in_words_and_saved_as_codes(staff: Client) -> None:
    party = cast.participant(cast.GRID_OPERATOR)
    staff.cookies["django_language"] = "et"
    page = staff.get(list_of(Party)).content.decode()
    assert "Turuosaline</td>" in page and "Turuosaline</a>" in page
    assert "MARKET_PARTICIPANT</" not in page
    page = staff.get(reverse("admin:parties_party_change", args=[party.pk])).content.decode()
    assert '<option value="GRID_OPERATOR" selected>Võrguettevõtja</option>' in page
    assert "GRID_OPERATOR</" not in page
    assert party.type == "MARKET_PARTICIPANT"
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_list_says_where_it_ends_and_never_offers_all(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        User.objects.create_user(f"person{number}")
    page = staff.get(list_of(User)).content.decode()
    assert "4 users" in page and "Show all" not in page
    monkeypatch.setattr("datahub.staff.lists.LISTED_ROWS", 2)
    page = staff.get(list_of(User), {"q": "person", "all": ""}).content.decode()
    assert "2 or more results" in page and "The first 2 are listed" in page and "Show all" not in page


def log_reads(*instants: str) -> None:
    operator, mari = cast.participant(cast.GRID_OPERATOR), cast.mari()
    partitions.maintain(now=datetime(2026, 4, 15, tzinfo=UTC))
    for instant in instants:
        log_read(
            participant=operator,
            role="",
            commodity="",
            service="meter-data/search",
            reads=[Read(mari.eic)],
            now=datetime.fromisoformat(instant),
        )


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({"from": "2026-03-28", "to": "2026-03-28"}, 1),
        # The day on which the clock jumps has 23 hours.
        ({"from": "2026-03-29", "to": "2026-03-29"}, 2),
        ({"from": "2026-03-30"}, 3),
        ({"to": "2026-03-29"}, 3),
        ({"from": "2026-04-01", "to": "2026-04-30"}, 1),
        ({"from": "2026-04-20"}, 0),
        ({"from": "2026-03-30", "to": "2026-03-28"}, 0),
        ({}, 6),
    ],
)
def test_the_access_log_is_read_by_local_days(staff: Client, days: dict[str, str], found: int) -> None:
    log_reads(
        "2026-03-28T21:59:59+00:00",
        "2026-03-28T22:00:00+00:00",
        "2026-03-29T20:59:59+00:00",
        "2026-03-29T21:00:00+00:00",
        "2026-03-31T20:30:00+00:00",
        "2026-04-10T12:00:00+00:00",
    )
    page = staff.get(list_of(AccessLog), days)
    assert len(page.context["cl"].result_list) == found
    term = {"q": cast.MARI, **days}
    assert len(staff.get(list_of(AccessLog), term).context["cl"].result_list) == found


def test_days_of_a_long_log_are_found_by_halving_its_ids(staff: Client) -> None:
    start = datetime(2026, 4, 1, tzinfo=UTC)
    log_reads(*((start + timedelta(hours=hour)).isoformat() for hour in range(300)))
    with CaptureQueriesContext(connection) as queries:
        page = staff.get(list_of(AccessLog), {"from": "2026-04-05", "to": "2026-04-05"})
    assert len(page.context["cl"].result_list) == 24
    (rows,) = [one["sql"] for one in queries if " JOIN " in one["sql"] and 'FROM "access_log"' in one["sql"]]
    ids = sorted(int(number) for number in re.findall(r'"id" [<>]= ([0-9]+)', rows))
    assert len(ids) == 2
    assert ids[1] - ids[0] <= 24 + 3
    assert len(queries) < 40


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_nobody_but_staff_sees_a_list(model: type) -> None:
    client = Client()
    for user in (None, User.objects.create_user("customer", password="a-long-passphrase")):
        if user is not None:
            sign_in(client, user)
        response = client.get(list_of(model))
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")
    sign_in(client, User.objects.create_user("new", password="a-long-passphrase", is_staff=True))
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
