"""`token` and `status`: whether we are known, and how things stand."""

from pathlib import Path
from typing import Any, get_args

import httpx

from datahub_client import codec
from datahub_client.command import exits
from datahub_client.command.interrupts import Interrupts
from datahub_client.command.options import Given
from datahub_client.command.output import Lines
from datahub_client.errors import DatahubError, PositionError, Unreachable
from datahub_client.hub import Hub
from datahub_client.scanning.file_position import read_file
from datahub_client.scanning.positions import Stream
from datahub_client.types import ResourceType


def token(hub: Hub, given: Given, interrupts: Interrupts) -> int:
    """Fetch a token."""
    _fetch_token(hub)
    seconds = round(hub.channel.tokens.seconds_left())
    Lines().write({"clientId": hub.settings.client_id, "usedForSeconds": seconds})
    return exits.DONE


def _fetch_token(hub: Hub) -> None:
    try:
        hub.channel.tokens.get()
    except httpx.TransportError as error:
        raise Unreachable(f"{hub.settings.tokens_from} does not answer: {type(error).__name__}") from None


def status(hub: Hub, given: Given, interrupts: Interrupts) -> int:
    """Print how things stand; ends with 3 if the hub is not up."""
    is_ready, said = hub.ready()
    answer: dict[str, Any] = {"url": hub.settings.url, "ready": is_ready, "said": said}
    try:
        _fetch_token(hub)
        answer["token"] = "given"  # noqa: S105 - it says that one came
    except DatahubError as error:
        answer["token"] = str(error)
    if given.position:
        answer["positions"] = {name: _progress(hub, Path(name)) for name in given.position}
    Lines().write(answer)
    return exits.DONE if is_ready and answer["token"] == "given" else exits.UNREACHABLE  # noqa: S105


def _progress(hub: Hub, path: Path) -> dict[str, Any]:
    """Say how far a position has come, and if it is ours to scan, how far the hub's log goes."""
    found = read_file(path)
    if found is None:
        raise PositionError(f"there is no {path}")
    name, place = found
    said: dict[str, Any] = {"stream": name, "place": codec.decode(place) if place.startswith("{") else place}
    for kind in get_args(ResourceType):
        if name == Stream.of(hub.settings.context, kind).name:
            page = hub.distribution.search({"resourceType": kind, "idFrom": 1, "idTo": 1}, page_size=1)
            said["highestId"] = page.highest_id
            said["completeUntil"] = codec.instant_text(page.complete_until)
    return said
