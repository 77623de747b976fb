"""What is told to us. Source: `2-wire.md`, `/data-distribution/search`; `3-distribution.md`, "Scanning"."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from datahub_client.channel import read_header
from datahub_client.codec import read_instant
from datahub_client.services.base import MOST_ROWS, Options, Service, pagination, read_page, serves
from datahub_client.types import DataDistribution, DataDistributionAttributes


@dataclass(frozen=True, slots=True)
class ScanPage:
    """A page of messages by id, and how far the hub's log is complete.

    No message with an id up to `highest_id`, or created before `complete_until`, can appear any more. `answered_at` is
    the hub's clock, `size` the answer's size in bytes.
    """

    messages: list[DataDistribution]
    page: int
    total_pages: int
    highest_id: int
    complete_until: datetime
    answered_at: datetime
    size: int


class Distribution(Service):
    """The messages addressed to us. To read all of them, one after the other, use `Hub.scan`."""

    @serves("POST /data-distribution/search")
    def search(
        self,
        attributes: DataDistributionAttributes,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> ScanPage:
        """Give a page of the messages in a window of ids or of times."""
        fields = {"dataDistributionAttributes": attributes, **pagination(page, page_size)}
        answer = self._caller.call("POST", "/data-distribution/search", fields, **options)
        found = read_page(answer.body, "dataDistributions")
        return ScanPage(
            messages=found.rows,
            page=found.page,
            total_pages=found.total_pages,
            highest_id=read_header(answer.headers, "x-highest-id", int),
            complete_until=read_header(answer.headers, "x-complete-until", read_instant),
            answered_at=answer.answered_at,
            size=answer.size,
        )
