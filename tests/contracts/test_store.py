"""The object store down, losing an object, refusing us: saves go on, nothing is told without its content."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import ID_SPAN, Client
from tests.contracts.documents import final_status, send
from tests.contracts.product import Product, wait_until

Clients = Callable[..., Client]
FAILED = "Unexpected error while getting file from MinIO"
LOST = "File not found at the specified path"


def _change(client: Clients, comment: str) -> None:
    """Make a change that the supplier of a point is told of."""
    answer = client(cast.NORTH_GRID, "GRID_OPERATOR").put(
        "/meter", meterMetadata=forms.comment_change(cast.EMBASSY, comment)
    )
    assert answer.status_code == 200, answer.text


def _seen(client: Clients, after: int) -> list[dict[str, Any]]:
    answer = client(cast.SUN, "OPEN_SUPPLIER").scan_page("METERING_POINT", idFrom=after + 1, idTo=after + ID_SPAN)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["dataDistributions"])


def _comments(messages: list[dict[str, Any]]) -> list[str]:
    return [json.loads(message["content"])["meterLocation"]["comment"] for message in messages]


def test_saves_go_on_without_the_store_and_are_told_when_it_is_back(product: Product, client: Clients) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    before = product.last_id()
    product.store.kill()
    _change(client, "first")
    day = product.made_on - timedelta(days=140)
    sent = readings.made(cast.EMBASSY, readings.intervals(day, day), seed=31)
    assert final_status(grid, send(grid, readings.message(sent)))["status"] == "SUCCESSFUL"
    _change(client, "second")
    wait_until(
        lambda: "the content store is away" in product.processes["distribution"].log_tail(),
        seconds=30,
        what="a try to tell without the store",
    )
    assert product.last_id() == before, "nothing is told without its content"
    product.store.start()
    product.settle()
    assert _comments(_seen(client, before)) == ["first", "second"]
    (told,) = client(cast.SUN, "OPEN_SUPPLIER").scan("METERING_DATA", after=before)
    assert readings.plain(readings.read_content(told["content"])) == readings.plain(sent)


@pytest.mark.parametrize("fault", ["down", "refuses us"])
def test_a_scan_says_why_there_is_no_content_and_has_it_when_the_store_is_back(
    product: Product, client: Clients, fault: str
) -> None:
    before = product.last_id()
    _change(client, f"before it is {fault}")
    product.settle()
    right = product.store.environment
    product.store.kill()
    if fault == "refuses us":
        product.store.environment = {**(right or {}), "RCLONE_AUTH_KEY": '"local,another-secret"'}
        product.store.start()
    began = time.monotonic()
    (message,) = _seen(client, before)
    assert time.monotonic() - began < 10, "a page waits for the store for a few seconds at most"
    assert (message["hasContent"], message["content"], message["contentMissingReason"]) == (False, "", FAILED)
    product.store.kill()
    product.store.environment = right
    product.store.start()
    (message,) = _seen(client, before)
    assert "contentMissingReason" not in message
    assert _comments([message]) == [f"before it is {fault}"]


def test_a_lost_object_never_fails_a_page(product: Product, client: Clients) -> None:
    before = product.last_id()
    for comment in ("kept before", "lost", "kept after"):
        _change(client, comment)
        product.settle()
    lost = product.rows(
        "SELECT m.id, m.pack FROM distribution_message m JOIN distribution_address a ON a.id = m.address_id"
        " WHERE m.id > %s AND a.participant_eic = %s ORDER BY m.id",
        before,
        cast.SUN,
    )[1]
    names = product.store.variables
    boto3.client(
        "s3",
        endpoint_url=names["S3_ENDPOINT_URL"],
        aws_access_key_id=names["S3_ACCESS_KEY"],
        aws_secret_access_key=names["S3_SECRET_KEY"],
        region_name=names["S3_REGION"],
    ).delete_object(Bucket=product.store.bucket, Key=lost["pack"])
    seen = _seen(client, before)
    assert [message["hasContent"] for message in seen] == [True, False, True]
    assert (seen[1]["id"], seen[1]["content"], seen[1]["contentMissingReason"]) == (lost["id"], "", LOST)
    assert _comments([seen[0], seen[2]]) == ["kept before", "kept after"]
