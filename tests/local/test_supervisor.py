"""What the supervisor starts, as the environment says."""

from pathlib import Path

import pytest

from datahub.local.supervisor import CannotStart, product


def web(**environment: str) -> list[str]:
    children = product(port=8000, logs=Path("logs"), environment=environment)
    return next(child.command for child in children if child.name == "web")


def after(command: list[str], option: str) -> str:
    return command[command.index(option) + 1]


def test_the_environment_says_how_many_processes_and_threads_serve() -> None:
    command = web(WEB_WORKERS="3", WEB_THREADS="5")
    assert after(command, "--workers") == "3"
    assert after(command, "--blocking-threads") == "5"
    assert int(after(command, "--backpressure")) >= 5


def test_without_it_there_are_some() -> None:
    assert 1 <= int(after(web(WEB_WORKERS=""), "--workers")) <= 8


@pytest.mark.parametrize("value", ["many", "0", "-1", "2.5", "1001"])
def test_what_is_no_number_of_processes_is_refused_by_name(value: str) -> None:
    with pytest.raises(CannotStart, match=f"WEB_WORKERS is '{value}': use a whole number from 1 to 1000"):
        web(WEB_WORKERS=value)
