"""Scan: sixteen systems going from page to page of a long log."""

import statistics
from datetime import UTC, datetime

from bench import log
from bench.client import Client, Connection, Conversation, Driven, drive
from bench.reference import PAGE_FILE
from bench.run import Run, scan_of
from bench.table import Bound, Row, percentile, spread_of

PAGES = Bound("at least", must=0.5, now=0.25)
TAIL = Bound("at most", must=50, now=100, unit=" ms")
CONNECTIONS = 16
_PAGE = 100


def measure(run: Run) -> list[Row]:
    """Measure pages a second and their p99, beside a view of the same server that answers a page from memory."""
    run.wait_until_idle()
    return measure_from(run, log.standing(run.market, run.size.scan_messages, now=datetime.now(UTC)))


def measure_from(run: Run, first: int) -> list[Row]:
    """Measure in the log that begins with an id."""
    _keep_a_page(run, first)
    _product(run, first, 1.0)
    _reference(run, 1.0)
    products, references = [], []
    for _ in range(run.size.scan_rounds):
        products.append(_product(run, first, run.size.scan_seconds))
        references.append(_reference(run, run.size.scan_seconds))
    ratios = [product.rate / reference.rate for product, reference in zip(products, references, strict=True)]
    tails = [percentile(product.answers, 0.99) * 1e3 for product in products]
    product, reference = (statistics.median(d.rate for d in driven) for driven in (products, references))
    reference_tail = statistics.median(percentile(driven.answers, 0.99) for driven in references) * 1e3
    return [
        Row(
            "scan",
            f"{product:,.0f} pages/s",
            f"{reference:,.0f} pages/s from memory",
            statistics.median(ratios),
            PAGES,
            spread_of(ratios),
        ),
        Row(
            "scan p99",
            f"{CONNECTIONS} connections",
            f"{reference_tail:.0f} ms from memory",
            statistics.median(tails),
            TAIL,
            spread_of(tails),
            " ms",
        ),
    ]


def following(client: Client, after: int, last: int) -> Conversation:
    """Follow the log page by page as a client does that has seen everything up to an id; start anew at the end."""
    asking = _asking(client)
    at = after
    while True:
        body = yield asking % (at + 1, at + 10_000)
        # Contents are strings, in which quotes are escaped: this is found only where a message begins.
        found = bytes(body[-8_000:])
        place = found.rfind(b'{"id":')
        at = int(found[place + 6 : found.index(b",", place)]) if place >= 0 else after
        if at > last - 10_000:
            at = after


def _asking(client: Client) -> bytes:
    """Give the request for a page with places for its ids: made once, as the reference's is, for it costs the client
    more than all else that it does with a page. The ids are padded with blanks, so that the length holds."""
    first, last = 10**11, 2 * 10**11
    fields = {**scan_of(0, page_size=_PAGE, resource_type="METERING_POINT")}
    fields["dataDistributionAttributes"] |= {"idFrom": first, "idTo": last}
    request = client.request("POST", "data-distribution/search", fields).replace(b"%", b"%%")
    return request.replace(str(first).encode(), b"%12d").replace(str(last).encode(), b"%12d")


def followers(run: Run, first: int, count: int) -> list[Conversation]:
    """Give that many conversations, begun at places spread over the log, of the suppliers in turn."""
    clients = [run.client(supplier) for supplier in run.market.suppliers[: log.RECIPIENTS]]
    for client in clients:
        client.token()
    last = first + run.size.scan_messages - 1
    span = run.size.scan_messages // count
    return [following(clients[k % len(clients)], first - 1 + k * span, last) for k in range(count)]


def _product(run: Run, first: int, seconds: float) -> Driven:
    return drive(run.hub.port, followers(run, first, CONNECTIONS), seconds=seconds)


def _keep_a_page(run: Run, first: int) -> None:
    """Keep the bytes of one of the product's pages for the view that answers them from memory."""
    connection = Connection(run.hub.port)
    client = run.client(run.market.suppliers[0])
    asked = scan_of(first - 1, page_size=_PAGE, resource_type="METERING_POINT")
    connection.send(client.request("POST", "data-distribution/search", asked))
    page = bytes(connection.receive())
    connection.close()
    assert page.count(b'{"id":') == _PAGE, "a page is not full"
    assert len(page) > _PAGE * log.CONTENT_BYTES
    (run.hub.var / PAGE_FILE).write_bytes(page)


def _reference(run: Run, seconds: float) -> Driven:
    client = run.client(run.market.suppliers[0])
    asked = client.request("POST", "data-distribution/search", scan_of(0, page_size=_PAGE))
    request = asked.replace(b"/api/v1/data-distribution/search", b"/bench/page", 1)

    def asking() -> Conversation:
        while True:
            yield request

    return drive(run.hub.port, [asking() for _ in range(CONNECTIONS)], seconds=seconds)
