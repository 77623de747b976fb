"""Who we are: from the environment, and never where others could read it."""

import copy
import pickle
from pathlib import Path

import pytest

from datahub_client import Secret, Settings, SettingsError
from fake_hub import CLIENT, PARTICIPANT, SECRET, FakeHub, environment, settings


def test_settings_come_from_the_environment() -> None:
    variables = environment("https://hub.example/") | {"DATAHUB_COMMODITY": "NATURAL_GAS", "DATAHUB_PURPOSE": "billing"}
    found = Settings.from_environment(variables, role="GRID_OPERATOR")
    assert (found.url, found.client_id, found.participant) == ("https://hub.example", CLIENT, PARTICIPANT)
    assert found.context == {
        "marketParticipantIdentification": PARTICIPANT,
        "marketParticipantRole": "GRID_OPERATOR",
        "commodityType": "NATURAL_GAS",
        "purpose": "billing",
    }
    assert found.tokens_from == "https://hub.example/realms/estfeed/protocol/openid-connect/token"
    assert found.client_secret.reveal() == SECRET


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(SettingsError, match=r"DATAHUB_CLIENT_ID, DATAHUB_PARTICIPANT, DATAHUB_ROLE, DATAHUB_CLIENT"):
        Settings.from_environment({"DATAHUB_URL": "https://hub.example"})


def test_a_secret_may_stand_in_a_file_and_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    variables = environment("https://hub.example") | {"DATAHUB_CLIENT_SECRET_FILE": str(file)}
    with pytest.raises(SettingsError, match="one of"):
        Settings.from_environment(variables)
    del variables["DATAHUB_CLIENT_SECRET"]
    secret = Settings.from_environment(variables).client_secret
    with pytest.raises(SettingsError, match="cannot be read"):
        secret.reveal()
    file.write_text("")
    with pytest.raises(SettingsError, match="empty"):
        secret.reveal()
    file.write_text("first\n")
    assert secret.reveal() == "first"
    file.write_text("second\n")
    assert secret.reveal() == "second"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hub.example", "over http"),
        ("https://someone:something@hub.example", "no user and no password"),
        ("hub.example", "must be like"),
        ("ftp://hub.example", "must be like"),
        ("https://hub.example?x=1", "must be like"),
        ("https://[", "is none"),
    ],
)
def test_addresses_that_would_give_a_secret_away_are_refused(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        settings(url)
    assert "something" not in str(refused.value)
    with pytest.raises(SettingsError, match=said):
        settings("https://hub.example", token_url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000/"])
def test_this_machine_needs_no_https(url: str) -> None:
    assert settings(url).url == url.rstrip("/")
    assert settings("http://hub.example", allow_http=True).url == "http://hub.example"


def test_no_repr_shows_the_secret() -> None:
    given = settings()
    careless = Settings(**{**vars(given), "client_secret": SECRET})
    hub = FakeHub().hub()
    hub.channel.tokens.get()
    said = f"{given} {given!r} {careless!r} {Secret(SECRET)} {hub!r} {hub.channel.tokens!r} {copy.copy(given)!r}"
    assert SECRET not in said
    assert "token-" not in said
    assert Secret(file="/run/secret").__repr__() == "Secret(file='/run/secret')"
    assert pickle.loads(pickle.dumps(careless)).client_secret.reveal() == SECRET  # noqa: S301 - our own
