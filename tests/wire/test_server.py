"""The frame behind the product's own web server: bodies in chunks, bodies that are too large, clients that go away."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from django.db import connection

from datahub.local.services import free_port
from datahub.market import Role
from tests.api import Api, api
from tests.wire.conftest import GRID_OPERATOR, add_market

pytestmark = pytest.mark.django_db(transaction=True)

MEBIBYTE = 1024 * 1024
SEARCH = "/api/v1/meter/search"


@dataclass
class Server:
    url: str
    caller: Api

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def headers(self) -> dict[str, str]:
        return {**self.caller.headers(), "content-type": "application/json"}

    def post(self, content: object, path: str = SEARCH, **headers: str) -> httpx.Response:
        return httpx.post(self.url + path, content=content, headers={**self.headers(), **headers}, timeout=60)  # type: ignore[arg-type]


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    add_market()
    port = free_port()
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    environment = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "datahub.settings.test"}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--http", "1", "--no-ws", "--workers", "1", "--blocking-threads", "4", "datahub.wsgi:application"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield Server(url, api(GRID_OPERATOR))
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{url}/realms/estfeed/protocol/openid-connect/certs", timeout=10)
        except httpx.TransportError:
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.1)
        else:
            return


def body(server: Server) -> bytes:
    whole = {"marketParticipantContext": server.caller.context(Role.GRID_OPERATOR), "meterAttributes": {}}
    return json.dumps(whole).encode()


def in_chunks(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def test_bodies_and_refusals_behind_the_server(server: Server) -> None:
    whole = server.post(body(server))
    assert whole.status_code == 200, whole.text

    chunked = server.post(in_chunks(body(server), 10))
    assert chunked.request.headers["transfer-encoding"] == "chunked"
    assert chunked.status_code == 200, chunked.text

    for content in (b" " * (33 * MEBIBYTE), in_chunks(b" " * (33 * MEBIBYTE), 64 * 1024)):
        too_large = server.post(content, "/api/v1/meter-data")
        assert too_large.status_code == 413, too_large.text
        assert too_large.json()["cause"]["code"] == "opp.error.technical.body-too-large"
        assert too_large.headers["x-original-document-identification"]

    # Refused before its body is read: the client still gets the answer.
    stranger = server.post(b" " * (20 * MEBIBYTE), authorization="Bearer a.b.c")
    assert stranger.status_code == 401
    missing = server.post(b" " * (20 * MEBIBYTE), "/api/v1/nothing")
    assert missing.status_code == 404

    # On one connection the next request is understood after a refused one.
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for _ in range(2):
            refused = client.post(SEARCH, content=b" " * MEBIBYTE, headers={**server.headers(), "content-type": "a/b"})
            assert refused.status_code == 415
        assert client.post(SEARCH, content=body(server), headers=server.headers()).status_code == 200


def test_a_client_that_breaks_off_or_lies_harms_nobody(server: Server) -> None:
    lines = [f"POST {SEARCH} HTTP/1.1", "host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in server.headers().items()]
    for ending in (
        "content-length: 1000\r\n\r\n{",
        "transfer-encoding: chunked\r\n\r\n5\r\n{",
        "content-length: x\r\n\r\n{}",
    ):
        with socket.create_connection(server.address, timeout=10) as broken:
            broken.sendall("\r\n".join([*lines, ending]).encode())
    assert server.post(body(server)).status_code == 200
    huge = "\r\n".join([*lines, "content-length: 99999999999999", "", "{"]).encode()
    with socket.create_connection(server.address, timeout=20) as liar:
        liar.sendall(huge)
        assert b" 413 " in liar.recv(100)
    assert server.post(body(server)).status_code == 200
