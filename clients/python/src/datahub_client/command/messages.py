"""`call`, `send-readings`, `readings-status`: single messages."""

import re
import sys
from pathlib import Path
from typing import Any

from datahub_client import codec
from datahub_client.command import exits
from datahub_client.command.interrupts import Interrupts
from datahub_client.command.options import Given
from datahub_client.command.output import Lines
from datahub_client.errors import ReadingsRejected, SettingsError
from datahub_client.hub import Hub

_PATH = re.compile(r"(/[A-Za-z0-9-]+)+")


def call(hub: Hub, given: Given, interrupts: Interrupts) -> int:
    """Send a message and print the answer."""
    path = "/" + given.service.removeprefix("/api/v1").strip("/")
    if not _PATH.fullmatch(path):
        raise SettingsError(f"{given.service!r} is no service: give its path, like /meter/search")
    body = _read(given.body)
    if not isinstance(body, dict):
        raise SettingsError(f"{given.body}: the body must be a JSON object")
    Lines().write(hub.call(given.method, path, body, identification=given.identification).body)
    return exits.DONE


def send_readings(hub: Hub, given: Given, interrupts: Interrupts) -> int:
    """Send readings; print the document's identification, or with `--wait` how it ended."""
    said = _read(given.file)
    readings = said.get("meterData") if isinstance(said, dict) else said
    if not isinstance(readings, list):
        raise SettingsError(f'{given.file}: give {{"meterData": […]}} or the list alone')
    options: Any = {"identification": given.identification} if given.identification else {}
    document = hub.readings.send(readings, **options)
    if given.wait is None:
        Lines().write({"originalDocumentIdentification": document})
        return exits.DONE
    return _wait(hub, document, given.wait)


def readings_status(hub: Hub, given: Given, interrupts: Interrupts) -> int:
    """Print how far a document is."""
    if given.wait is not None:
        return _wait(hub, given.document, given.wait)
    found = hub.readings.status(given.document)
    if found is None:
        print(f"datahub-client: the hub knows of no document {given.document} of ours", file=sys.stderr)
        return exits.REFUSED
    Lines().write(found)
    return exits.DONE


def _wait(hub: Hub, document: str, seconds: float) -> int:
    try:
        Lines().write(hub.readings.wait(document, seconds=seconds))
    except ReadingsRejected as rejected:
        Lines().write(rejected.status)
        return exits.REFUSED
    return exits.DONE


def _read(name: str) -> Any:
    text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        return codec.decode(text)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None
