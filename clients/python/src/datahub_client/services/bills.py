"""Network bills. Source: `2-wire.md`, `/network-bill`."""

from collections.abc import Iterator, Sequence
from typing import Unpack

from datahub_client.services.base import MOST_ROWS, Options, Page, Service, all_rows, pagination, serves
from datahub_client.types import NetworkBillAttributes, NetworkBillTimeSeries


class NetworkBills(Service):
    """Network bills of metering points."""

    @serves("POST /network-bill")
    def send(self, bills: Sequence[NetworkBillTimeSeries], **options: Unpack[Options]) -> list[NetworkBillTimeSeries]:
        """Send bills, all of them or none; give them as saved."""
        saved = self._call_for(
            "networkBillTimeSeries", "POST", "/network-bill", {"networkBillTimeSeries": list(bills)}, options
        )
        return saved if isinstance(saved, list) else [saved]

    @serves("POST /network-bill/search")
    def search(
        self,
        attributes: NetworkBillAttributes,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> Page[NetworkBillTimeSeries]:
        """Give a page of a metering point's bills that we may see, by start, then end."""
        fields = {"networkBillAttributes": attributes}
        return self._page("networkBillList", "/network-bill/search", {**fields, **pagination(page, page_size)}, options)

    def iterate(self, attributes: NetworkBillAttributes, **options: Unpack[Options]) -> Iterator[NetworkBillTimeSeries]:
        """Give all bills that a search finds, asking for page after page."""
        return all_rows(lambda page: self.search(attributes, page=page, **options))
