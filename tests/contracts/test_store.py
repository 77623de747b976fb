"""The object store down, refusing us, hanging, slow, losing an object: saves go on, nothing is told without content."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import ID_SPAN, Client
from tests.contracts.documents import final_status, send
from tests.contracts.product import Product, wait_until
from tests.contracts.saving import Crew

Clients = Callable[..., Client]
FAILED = "Unexpected error while getting file from MinIO"
FAULTS = ("down", "refuses us", "hangs")
# Seconds after which the store counts as failed here.
PATIENCE = 2
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


@contextlib.contextmanager
def _away(product: Product, fault: str) -> Iterator[None]:
    """Have the store be down, refuse our credentials, or take everything and answer nothing, meanwhile."""
    if fault == "hangs":
        with product.held("s3"):
            yield
        return
    right = product.store.environment
    product.store.kill()
    if fault == "refuses us":
        product.store.environment = {**(right or {}), "RCLONE_AUTH_KEY": '"local,another-secret"'}
        product.store.start()
    yield
    product.store.kill()
    product.store.environment = right
    product.store.start()


@pytest.fixture(scope="module")
def impatient(running_product: Product) -> Iterator[Product]:
    """Give the hub with less patience with its store, so that a test need not wait as long."""
    running_product.all_running()
    with running_product.told("web", "distribution", CONTENT_STORE_TIMEOUT=str(PATIENCE)):
        running_product.wait_ready()
        yield running_product


@pytest.mark.parametrize("fault", FAULTS)
def test_saves_go_on_without_the_store_and_are_told_when_it_is_back(
    impatient: Product, product: Product, client: Clients, fault: str
) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    before, log = product.last_id(), product.processes["distribution"].log
    said = len(log.read_text())
    with _away(product, fault):
        _change(client, "first")
        day = product.made_on - timedelta(days=140 + FAULTS.index(fault))
        sent = readings.made(cast.EMBASSY, readings.intervals(day, day), seed=31)
        assert final_status(grid, send(grid, readings.message(sent)))["status"] == "SUCCESSFUL"
        _change(client, "second")
        wait_until(
            lambda: "the content store is away" in log.read_text()[said:],
            seconds=30,
            what="a try to tell without the store",
        )
        assert product.last_id() == before, "nothing is told without its content"
    product.settle()
    assert _comments(_seen(client, before)) == ["first", "second"]
    (told,) = client(cast.SUN, "OPEN_SUPPLIER").scan("METERING_DATA", after=before)
    assert readings.plain(readings.read_content(told["content"])) == readings.plain(sent)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_scan_says_why_there_is_no_content_and_has_it_when_the_store_is_back(
    impatient: Product, product: Product, client: Clients, fault: str
) -> None:
    before = product.last_id()
    _change(client, f"before it is {fault}")
    product.settle()
    with _away(product, fault):
        began = time.monotonic()
        (message,) = _seen(client, before)
        assert time.monotonic() - began < 2 * PATIENCE + 3, "a page waits for the store for a few seconds at most"
        assert (message["hasContent"], message["content"], message["contentMissingReason"]) == (False, "", FAILED)
    (message,) = _seen(client, before)
    assert "contentMissingReason" not in message
    assert _comments([message]) == [f"before it is {fault}"]


def test_many_who_scan_while_the_store_hangs_keep_nobody_from_saving(
    impatient: Product, product: Product, client: Clients
) -> None:
    before = product.last_id()
    _change(client, "before it hangs")
    product.settle()
    scanners = [client(cast.SUN, "OPEN_SUPPLIER") for _ in range(12)]
    scanning = Crew()
    with product.held("s3"):
        window = {"idFrom": before + 1, "idTo": before + ID_SPAN}
        scanning.start(*(partial(one.scan_page, "METERING_POINT", **window) for one in scanners))
        began = time.monotonic()
        _change(client, "while it hangs")
        # Those that came before wait once for the store, two for each process of the web server at a time.
        assert time.monotonic() - began < 3 * PATIENCE + 3
        scanning.wait(seconds=60)
    product.settle()
    assert _comments(_seen(client, before)) == ["before it hangs", "while it hangs"]


def test_a_store_that_answers_late_but_in_time_has_not_failed_and_one_that_is_too_late_has(
    impatient: Product, product: Product, client: Clients
) -> None:
    before = product.last_id()
    for number in range(3):
        _change(client, f"late {number}")
        product.settle()
    with _slow(product, 0.6 * PATIENCE):
        assert _comments(_seen(client, before)) == ["late 0", "late 1", "late 2"]
        _change(client, "late 3")
        product.settle()
    with _slow(product, 3 * PATIENCE):
        began = time.monotonic()
        _change(client, "too late")
        assert time.monotonic() - began < PATIENCE
        (message,) = _seen(client, product.last_id() - 1)[:1]
        assert message.get("contentMissingReason") == FAILED
    product.settle()
    assert _comments(_seen(client, before)) == ["late 0", "late 1", "late 2", "late 3", "too late"]


@contextlib.contextmanager
def _slow(product: Product, seconds: float) -> Iterator[None]:
    """Have the store answer after so many seconds: it is held still, and let go on for a moment now and then."""
    is_over = threading.Event()

    def pulse() -> None:
        while not is_over.is_set():
            with product.held("s3"):
                is_over.wait(seconds)
            is_over.wait(0.15)

    pulsing = threading.Thread(target=pulse)
    pulsing.start()
    try:
        yield
    finally:
        is_over.set()
        pulsing.join()


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
