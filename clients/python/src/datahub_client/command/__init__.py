"""The command line: `datahub-client`. What each command does, and how it ends, is said by `--help` and the README."""

import logging
import os
import sys
from collections.abc import Sequence

from datahub_client.command import exits, looks, messages, options, scans
from datahub_client.command.interrupts import Interrupted, Interrupts
from datahub_client.errors import (
    DatahubError,
    Gap,
    PositionError,
    ReadingsRejected,
    Refused,
    ScanError,
    SettingsError,
    Unreachable,
)
from datahub_client.hub import Hub
from datahub_client.patience import Patience
from datahub_client.settings import Secret, Settings

_COMMANDS = {
    "scan": scans.scan,
    "changes": scans.changes,
    "call": messages.call,
    "send-readings": messages.send_readings,
    "readings-status": messages.readings_status,
    "token": looks.token,
    "status": looks.status,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give how the process ends."""
    given = options.parser().parse_args(arguments)
    level = logging.INFO if given.verbose else logging.WARNING
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        with Interrupts() as interrupts, Hub(_settings(given), patience=_patience(given)) as hub:
            return _COMMANDS[given.command](hub, given, interrupts)
    except Interrupted as interrupted:
        # A scan without end has no other one.
        return exits.DONE if getattr(given, "follow", False) else 128 + interrupted.number
    except BrokenPipeError:
        # Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return exits.BROKEN_PIPE
    except (DatahubError, OSError, ValueError) as error:
        print(f"datahub-client: {error}", file=sys.stderr)
        return _exit_of(error)


def _settings(given: options.Given) -> Settings:
    names = ("url", "client_id", "participant", "role", "commodity", "purpose", "realm", "token_url", "allow_http")
    said = {name: getattr(given, name) for name in names if getattr(given, name)}
    if given.client_secret_file:
        said["client_secret"] = Secret(file=given.client_secret_file)
    return Settings.from_environment(**said)


def _patience(given: options.Given) -> Patience:
    return Patience() if given.patience is None else Patience(seconds=given.patience)


def _exit_of(error: Exception) -> int:
    """Give how the process ends after an error."""
    kinds: list[tuple[type[Exception], int]] = [
        (SettingsError, exits.USAGE),
        (PositionError, exits.POSITION),
        (Gap, exits.DECISION),
        (ScanError, exits.DECISION),
        (Unreachable, exits.UNREACHABLE),
        (TimeoutError, exits.UNREACHABLE),
        (Refused, exits.REFUSED),
        (ReadingsRejected, exits.REFUSED),
        (DatahubError, exits.UNREACHABLE),
        (OSError, exits.FILES),
        (ValueError, exits.USAGE),
    ]
    return next((number for kind, number in kinds if isinstance(error, kind)), exits.REFUSED)
