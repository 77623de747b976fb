"""Requests that no client library makes, sent to the running hub over bare connections: bombs, lies, endless heads."""

import gzip
import socket
import zlib
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product

Clients = Callable[..., Client]
MEBIBYTE = 1024 * 1024
SEARCH = "/api/v1/meter/search"
ENCODINGS = ["gzip", "gzip, gzip", "identity, gzip", "GZIP", "deflate", "br", "zstd", "x-gzip", "nothing"]


@pytest.fixture
def grid(product: Product, client: Clients) -> Client:
    return client(cast.NORTH_GRID, "GRID_OPERATOR")


def is_well(grid: Client) -> bool:
    """Tell whether the hub answers as ever."""
    return grid.post("/meter/search", meterAttributes={}).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/meter-data", SEARCH])
def test_a_packed_body_is_refused_and_never_unpacked(grid: Client, path: str) -> None:
    """Sixteen mebibytes of blanks packed once are sixteen kibibytes, packed twice next to nothing."""
    once = gzip.compress(b" " * (16 * MEBIBYTE))
    bombs = [once, gzip.compress(once), zlib.compress(b" " * (16 * MEBIBYTE))]
    for bomb in bombs:
        for encoding in ENCODINGS:
            for content in (bomb, iter([bomb[:50], bomb[50:]])):
                headers = {**grid.headers(), "content-encoding": encoding}
                answer = grid.http.post(path, content=content, headers=headers)
                assert answer.status_code == 415, answer.text
        # Without the header it is what it is: no JSON.
        assert grid.http.post(path, content=bomb, headers=grid.headers()).status_code == 400
    assert is_well(grid)


def say(product: Product, head: list[str], body: bytes = b"") -> bytes:
    """Send bytes as they are over a connection of their own; give all that comes back until it is closed or quiet."""
    parts = urlsplit(product.url)
    answer = b""
    with socket.create_connection((str(parts.hostname), int(parts.port or 80)), timeout=3) as connection:
        try:
            connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
            connection.settimeout(1)
            while piece := connection.recv(65_536):
                answer += piece
        except (ConnectionError, TimeoutError):
            pass
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def head(grid: Client, *more: str, path: str = SEARCH) -> list[str]:
    sent = [f"{name}: {value}" for name, value in grid.headers().items()]
    return [f"POST {path} HTTP/1.1", "host: 127.0.0.1", *sent, *more]


def test_lies_about_a_body_smuggle_no_second_request(product: Product, grid: Client) -> None:
    """Whichever of two lengths counts, what is left over is not taken for the next request."""
    hidden = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
    whole = grid.body({"meterAttributes": {}})
    chunked = f"{len(whole):x}\r\n".encode() + whole + b"\r\n0\r\n\r\n"
    both = head(grid, f"content-length: {len(chunked) + len(hidden)}", "transfer-encoding: chunked")
    lies = [
        say(product, both, chunked + hidden),
        say(product, head(grid, "content-length: 5", "content-length: 6"), whole + hidden),
        say(product, head(grid, "transfer-encoding: gzip, chunked"), chunked),
        say(product, head(grid, "transfer-encoding: chunked, identity"), chunked + hidden),
        say(product, head(grid, "transfer-encoding : chunked", f"content-length: {len(whole)}"), whole),
        say(product, head(grid, "content-length: -1"), whole),
        say(product, head(grid, "content-length: +5"), whole),
        say(product, head(grid, f"content-length: {10**30}"), whole),
        say(product, head(grid, "transfer-encoding: chunked"), b"-5\r\nabc\r\n0\r\n\r\n"),
        say(product, head(grid, "transfer-encoding: chunked"), b"ffffffffffffffffff\r\nabc"),
    ]
    for answer in lies:
        assert all(status < 500 for status in statuses(answer)), answer[:500]
        # What is hidden behind a body would be answered with 200 and the word of `/health/live`.
        assert b'"live"' not in answer and b"alive" not in answer and statuses(answer).count(200) <= 1, answer[:2000]
    assert is_well(grid)


def test_endless_heads_and_addresses_are_refused(product: Product, grid: Client) -> None:
    for heads in (
        head(grid, "x-much: " + "x" * (2 * MEBIBYTE)),
        head(grid, *(f"x-many-{number}: x" for number in range(5_000))),
        head(grid, path=SEARCH + "?" + "x" * (2 * MEBIBYTE)),
        ["G" * 100_000 + " / HTTP/1.1", "host: x"],
        ["GET / HTTP/9.9", "host: x"],
        ["\x16\x03\x01\x02", "\x00" * 100],
        ["PRI * HTTP/2.0", "", "SM"],
        ["GET /%00%ff%2e%2e/etc/passwd HTTP/1.1", "host: 127.0.0.1"],
        ["GET http://evil.example/ HTTP/1.1", "host: evil.example"],
        ["GET / HTTP/1.1", "host: 127.0.0.1", "host: evil.example"],
    ):
        answer = say(product, heads)
        assert all(400 <= status < 500 for status in statuses(answer)), (heads[0][:80], answer[:300])
    assert is_well(grid)


def test_strange_headers_of_a_right_size_are_answered(grid: Client) -> None:
    """Values that a proxy lets through: none of them crashes what reads it."""
    body = grid.body({"meterAttributes": {}})
    for name in ("authorization", "x-document-identification", "x-document-date-time", "content-type", "traceparent"):
        for value in ("", "x" * 60_000, "\xff\xfe", "\u00e5\u00e4", "Bearer " + "." * 1_000, "%00", "a, b;c=d;;="):
            headers = [(key, one) for key, one in grid.headers().items() if key.lower() != name]
            sent = [(key.encode(), one.encode()) for key, one in headers]
            request = httpx.Request("POST", grid.url + SEARCH, content=body, headers=sent)
            request.headers = httpx.Headers([*request.headers.raw, (name.encode(), value.encode("utf-8"))])
            answer = grid.http.send(request)
            assert answer.status_code < 500, (name, value[:50], answer.text[:500])
            if answer.status_code >= 400:
                assert answer.json()["cause"]["code"].startswith("opp.error.")
    assert is_well(grid)
