"""What the pages for operators say is so: the variables that they list, the commands that they name."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from prometheus_client import Counter, Histogram

from datahub.celery import app
from datahub.errors import codes
from datahub.errors.codes import Code
from datahub.health.checks import QUEUES
from datahub.local.supervisor import ROOT
from datahub.metrics import counters, hub
from datahub.metrics.services import _of_route

# Read beside the settings: by the supervisor, by what chooses the settings, by what writes logs before there are any.
_ELSEWHERE = {"DJANGO_SETTINGS_MODULE", "DATAHUB_ENV", "WEB_WORKERS", "WEB_THREADS", "LOG_FORMAT"}


def _asked_for(source: str) -> Iterator[str]:
    """Give the names of the variables that a module asks `env` for."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        function = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        if isinstance(function, ast.Name) and function.id == "env":
            yield str(node.args[0].value)


def variables_of_the_settings() -> set[str]:
    """Give every variable that the settings read."""
    modules = (ROOT / "datahub/settings").glob("*.py")
    return {name for module in modules for name in _asked_for(module.read_text())}


def listed_variables() -> set[str]:
    """Give the variables of the table in docs/operations.md."""
    table = re.search(
        r"## Configuration\n.*?\n\| variable \|.*?\n\n", (ROOT / "docs/operations.md").read_text(), re.DOTALL
    )
    assert table is not None
    return {name for row in table[0].splitlines() for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split(" | ")[0])}


def test_the_table_of_variables_is_that_of_the_settings() -> None:
    known = variables_of_the_settings()
    assert {"SECRET_KEY", "S3_BUCKET", "METRICS_TOKEN"} <= known and len(known) > 45
    assert listed_variables() == known | _ELSEWHERE


def test_what_is_read_beside_the_settings_is_read() -> None:
    code = "".join(module.read_text() for module in (ROOT / "datahub").rglob("*.py"))
    assert all(f'"{name}"' in code for name in _ELSEWHERE)


# --- Alarms -----------------------------------------------------------------------------------------------------------
def _rules() -> list[dict[str, Any]]:
    """Give the alarms of deploy/alerts.yml."""
    written = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())
    return [rule for group in written["groups"] for rule in group["rules"]]


def _sections() -> dict[str, str]:
    """Give the sections of docs/on-call.md by their heading."""
    parts = re.split(r"^## (.+)\n", (ROOT / "docs/on-call.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_each_alarm_has_its_section_and_each_section_its_alarm() -> None:
    rules = _rules()
    assert len({rule["alert"] for rule in rules}) == len(rules) > 25
    assert set(_sections()) - {"First"} == {rule["alert"] for rule in rules}
    for rule in rules:
        section = _sections()[rule["alert"]]
        severity = rule["labels"]["severity"]
        assert severity in ("page", "ticket")
        assert section.lstrip().startswith(f"*{severity}.* "), rule["alert"]
        assert len(section) > 100, f"{rule['alert']}: what it means and what to do"
        assert rule["annotations"]["summary"]


@pytest.mark.django_db
def test_each_metric_of_the_alarms_and_of_the_page_is_one_that_is_told() -> None:
    told = {sample.name for metric in hub._of_database(hub.read_database()) for sample in metric.samples}
    told |= {sample.name for metric in hub._of_heartbeats({"jobs": 1.0}) for sample in metric.samples}
    told |= {"datahub_database_up", "datahub_redis_up"}
    for metric in vars(counters).values():
        if isinstance(metric, Counter):
            told.add(f"{metric._name}_total")
        if isinstance(metric, Histogram):
            told |= {f"{metric._name}_{part}" for part in ("bucket", "sum", "count")} | {metric._name}
    expressions = " ".join(rule["expr"] for rule in _rules())
    asked = set(re.findall(r"\bdatahub_[a-z_]+", expressions))
    assert len(asked) > 20
    assert asked <= told
    for page in ("docs/on-call.md", "docs/operations.md"):
        named = set(re.findall(r"\bdatahub_[a-z_]+", (ROOT / page).read_text()))
        # What PostgreSQL calls what the migration made.
        assert named - {"datahub_make_partition", "datahub_drop_partition"} <= told, page


def test_each_value_that_the_alarms_look_for_can_be_told() -> None:
    known_codes = {code.name for code in vars(codes).values() if isinstance(code, Code)}
    app.loader.import_default_modules()
    services = {_of_route(route) for route in _routes()}
    found = 0
    for rule in _rules():
        for label, is_pattern, value in re.findall(r'(\w+)(?:=|!=)(~?)"([^"]*)"', rule["expr"]):
            possible = {
                "code": known_codes,
                "task": set(app.tasks),
                "service": services,
                "process": {*QUEUES, "beat"},
                "outcome": {"SUCCESS", "FAILURE"},
                "status": {"401", "429", "500", "503", "SUCCESSFUL", "ERROR"},
                "job": {"datahub"},
            }[label]
            fits = [one for one in possible if re.fullmatch(value if is_pattern else re.escape(value), one)]
            assert fits, f"{rule['alert']}: {label} is never {value}"
            found += 1
    assert found > 10


def _routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, here)
        else:
            yield here


# --- What the pages tell to do ----------------------------------------------------------------------------------------
PAGES = ("docs/on-call.md", "docs/operations.md", "README.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_that_a_page_names_are_there(page: str) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", (ROOT / page).read_text()))
    assert named and named <= set(get_commands())


@pytest.mark.parametrize("page", PAGES)
def test_the_addresses_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    for address in re.findall(r"`(/(?:admin|health|metrics)[\w/]*)(?:\?[^`]*)?`", text):
        if address != "/health":
            resolve(address)


@pytest.mark.django_db
def test_the_lists_that_the_page_leads_to_show_what_it_says(staff: Client) -> None:
    for address in set(re.findall(r"`(/admin/[\w/]+(?:\?[\w=&]+)?)`", (ROOT / "docs/on-call.md").read_text())):
        answer = staff.get(address)
        assert answer.status_code == 200, address
        # The admin leads a list that it is asked for in a way it does not know to one without.
        assert "e=1" not in answer.request["QUERY_STRING"]


def test_the_page_names_sections_that_are_there() -> None:
    text = (ROOT / "docs/on-call.md").read_text()
    alarms = {rule["alert"] for rule in _rules()}
    named = set(re.findall(r"\*([A-Z][a-z]+(?:[A-Z][a-z]+)+)\*", text))
    assert named and named <= alarms
    operations = (ROOT / "docs/operations.md").read_text()
    for heading in ("Back again", "Growing", "How many connections"):
        assert f"*{heading}*" in text and f"{heading}" in operations
