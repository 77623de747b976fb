"""deploy/: what its files name is there, and they say the same as the code and as one another.

Docker's engine is not needed here: what it would run was run by hand (docs/operations.md, *What was tried*).
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.test import Client

from datahub.errors import codes
from datahub.errors.codes import Code
from datahub.health.checks import QUEUES
from datahub.local.supervisor import ROOT, product
from datahub.metering.api.meter_data import MeterDataView
from tests.test_operations import listed_variables

DEPLOY = ROOT / "deploy"
# Whose image is the hub's own.
OURS = {"migrate", "web", "documents", "distribution", "jobs", "beat"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, with its anchors put in."""
    return dict(yaml.safe_load((DEPLOY / "compose.yml").read_text()))


@pytest.fixture(scope="module")
def supervised() -> dict[str, list[str]]:
    """The commands of the product's own supervisor, without the interpreter."""
    children = product(port=8000, logs=Path("logs"), environment={})
    return {child.name: [part.replace(f"{ROOT}/", "") for part in child.command[2:]] for child in children}


# --- The compose file -------------------------------------------------------------------------------------------------
def test_every_variable_that_a_service_of_ours_is_given_is_one_that_the_hub_reads(compose: dict[str, Any]) -> None:
    known = listed_variables()
    for name in OURS:
        given = {variable.removesuffix("_FILE") for variable in compose["services"][name]["environment"]}
        assert given <= known, name
        assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "DATAHUB_TOKEN_KEY"} <= given


def test_every_secret_that_a_variable_names_is_given_to_the_service_and_made_by_the_script(
    compose: dict[str, Any],
) -> None:
    made = (DEPLOY / "make_secrets.sh").read_text()
    for name, service in compose["services"].items():
        written = json.dumps(service)
        named = set(re.findall(r"/run/secrets/([\w.]+)", written))
        assert named <= set(service.get("secrets", ())), name
    for secret, where in compose["secrets"].items():
        assert where == {"file": f"./secrets/{secret}"}
        assert re.search(rf"\b{re.escape(secret)}\b", made), secret


def test_the_owners_password_is_known_to_nobody_but_migrate(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name not in ("migrate", "postgres"):
            assert not [
                secret for secret in service.get("secrets", ()) if "owner" in secret or secret.startswith("post")
            ]
    migrate = compose["services"]["migrate"]
    assert migrate["environment"]["DATABASE_URL_FILE"] == "/run/secrets/owner_database_url"
    role = migrate["environment"]["DATABASE_APPLICATION_ROLE"]
    assert f"postgres://{role}:" in (DEPLOY / "make_secrets.sh").read_text()
    assert f"CREATE ROLE {role} LOGIN" in (DEPLOY / "postgres/roles.sh").read_text()


def test_what_is_secret_never_comes_into_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"deploy/secrets/", "deploy/.env"} <= set(ignored)


def test_the_script_makes_each_secret_once_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "make_secrets.sh").write_text((DEPLOY / "make_secrets.sh").read_text())

    def run() -> dict[str, str]:
        subprocess.run(["sh", str(tmp_path / "make_secrets.sh")], check=True, capture_output=True)
        return {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}

    made = run()
    assert oct((tmp_path / "secrets").stat().st_mode & 0o777) == "0o700"
    assert run() == made
    assert made["application_password"] in made["database_url"]
    assert made["owner_password"] in made["owner_database_url"]
    assert made["redis_password"] in made["redis_url"]
    assert len(made["secret_key"]) >= 50 and len(made["metrics_token"]) >= 16
    assert made["token_key"].startswith("-----BEGIN PRIVATE KEY-----")
    assert len(set(made.values())) == len(made)


def test_the_commands_are_those_of_the_supervisor(compose: dict[str, Any], supervised: dict[str, list[str]]) -> None:
    # What differs from machine to machine.
    own = {"--host", "--port", "--workers", "--blocking-threads", "--backpressure", "--concurrency"}

    def plain(command: list[str]) -> list[str]:
        kept = []
        parts = iter(command)
        for part in parts:
            if part in own:
                next(parts)
            else:
                kept.append(part)
        return kept

    for name, command in supervised.items():
        assert plain(compose["services"][name]["command"]) == plain(command), name
    assert compose["services"]["migrate"]["command"][:2] == ["python", "manage.py"]
    assert compose["services"]["migrate"]["command"][2] in get_commands()
    assert set(QUEUES) <= set(compose["services"])


def test_the_containers_look_at_themselves_where_something_answers(compose: dict[str, Any], settings: Any) -> None:
    looked_at = 0
    for name in OURS - {"migrate"}:
        check = compose["services"][name]["healthcheck"]
        if check.get("disable"):
            continue
        (url,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", json.dumps(check["test"]))
        looked_at += 1
        if name == "web":
            settings.ALLOWED_HOSTS = ["hub.example"]
            assert url[0] == "8000" and url[1] == "/health/serves"
        else:
            assert url == (compose["services"][name]["environment"]["WORKER_METRICS_PORT"], "/metrics")
            assert "127.0.0.1" in compose["services"][name]["environment"]["METRICS_NETWORKS"]
    assert looked_at == 4


def test_the_containers_may_do_little_and_take_no_more_than_their_part(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name in OURS:
            assert service["read_only"] and service["cap_drop"] == ["ALL"]
            assert service["user"].split(":")[0] not in ("", "0", "root")
            assert "no-new-privileges:true" in service["security_opt"]
        if name != "migrate":
            assert service["deploy"]["resources"]["limits"]["memory"], name
            assert service["restart"] == "unless-stopped"
        # Nothing but the proxy is reached from outside, and Prometheus from this machine.
        published = service.get("ports", [])
        assert not published or name == "proxy" or all(port.startswith("127.0.0.1:") for port in published)


def test_what_may_be_chosen_stands_in_the_example_and_nothing_else(compose: dict[str, Any]) -> None:
    text = "\n".join(
        line for line in (DEPLOY / "compose.yml").read_text().splitlines() if not line.lstrip().startswith("#")
    )
    chosen = {*re.findall(r"\$\{([A-Z0-9_]+)", text)}
    defaults = dict(re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", text))
    example = dict(re.findall(r"^#?([A-Z0-9_]+)=(.*)$", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert set(example) == chosen
    for name, value in defaults.items():
        assert example[name] == value, name


# --- The image --------------------------------------------------------------------------------------------------------
def test_the_image_is_made_of_files_that_are_there_and_runs_as_nobody() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / one).exists() for one in source.split()), source
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    copied = set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE))
    assert packages <= copied and {"templates", "static", "locale"} <= copied
    assert "--require-hashes" in text and "--only-binary :all:" in text
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["python:3.11-slim"] * 2
    assert text.index("USER 10001") < text.index("CMD")
    ignored = (ROOT / ".containerignore").read_text().splitlines()
    assert {"deploy/secrets", ".git", "var"} <= set(ignored)


def test_the_images_own_command_is_that_of_the_web_servers(compose: dict[str, Any]) -> None:
    (command,) = re.findall(r"CMD (\[.*?\])", (DEPLOY / "Containerfile").read_text().replace("\\\n", " "), re.DOTALL)
    web = [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", part) for part in compose["services"]["web"]["command"]]
    assert json.loads(command) == web


# --- The proxy --------------------------------------------------------------------------------------------------------
def _proxys_errors() -> list[dict[str, Any]]:
    text = (DEPLOY / "nginx.conf").read_text()
    made = re.findall(r"return (\d+) '(\{\"id\".*?\})';", text)
    assert len(made) == 2
    return [{"status": int(status), **json.loads(body)} for status, body in made]


def test_what_the_proxy_answers_to_systems_is_what_the_hub_would(client: Client) -> None:
    by_name = {code.name: code for code in vars(codes).values() if isinstance(code, Code)}
    ours = client.post("/api/v1/nothing").json()
    for error in _proxys_errors():
        code = by_name[error["cause"]["code"]]
        assert error["status"] == code.status
        assert error["cause"]["message"] == code.message.format(*error["cause"]["args"])
        assert set(error) - {"status"} == set(ours) and set(error["cause"]) == set(ours["cause"])


def test_the_proxy_takes_what_the_hub_takes_and_keeps_what_is_not_for_everybody() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", text)
    largest = max(service.max_body for service in MeterDataView.services.values())
    assert int(megabytes) * 1024 * 1024 > largest
    assert json.dumps(_proxys_errors()).count(str(largest)) >= 2
    assert re.search(r"location = /metrics \{\s*return 404;", text)
    assert "proxy_request_buffering on;" in text
    assert "Strict-Transport-Security" not in text
    assert text.count("{") == text.count("}")
    # The query and the path may hold anything.
    (form,) = re.findall(r"log_format line.*?;", text, re.DOTALL)
    assert not re.search(r"\$(request|args|query_string|uri|request_uri|http_authorization)\b", form)


# --- Prometheus -------------------------------------------------------------------------------------------------------
def test_prometheus_asks_those_who_answer(compose: dict[str, Any]) -> None:
    watched = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    (job,) = watched["scrape_configs"]
    assert watched["rule_files"] == ["alerts.yml"]
    assert f'up{{job="{job["job_name"]}"}}' in (DEPLOY / "alerts.yml").read_text()
    for asked in job["dns_sd_configs"]:
        for name in asked["names"]:
            service = compose["services"][name]
            port = service["environment"].get("WORKER_METRICS_PORT", "8000")
            assert asked["port"] == int(port), name
