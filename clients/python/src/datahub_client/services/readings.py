"""Readings. Source: `2-wire.md`, `/meter-data`."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Unpack, cast

from datahub_client.codec import instant_text
from datahub_client.errors import ReadingsRejected
from datahub_client.services.base import MOST_ROWS, Options, Page, Service, all_rows, pagination, serves
from datahub_client.types import MeterDataStatus, MeterReadings, ReadingPeriod, StatusAttributes

# A year of quarter-hours.
MOST_INTERVALS = 35_136
_LOOKS_EVERY_SECONDS = 1.0


class Readings(Service):
    """Readings of metering points: sent by their operator, and read by who may."""

    @serves("POST /meter-data")
    def send(self, meter_data: Sequence[MeterReadings], **options: Unpack[Options]) -> str:
        """Send readings; give the document's identification, to ask for its status with. They are worked on later."""
        found = self._call_for(
            "originalDocumentIdentification", "POST", "/meter-data", {"meterData": meter_data}, options
        )
        return cast(str, found)

    @serves("POST /meter-data/search")
    def search(
        self,
        meter_eic: str,
        start: datetime | str,
        end: datetime | str,
        *,
        page: int = 0,
        page_size: int = MOST_INTERVALS,
        **options: Unpack[Options],
    ) -> Page[ReadingPeriod]:
        """Give a page of a point's intervals that start in [start, end) and that we may see; it counts intervals."""
        fields = {"meterEic": meter_eic, "periodStart": instant_text(start), "periodEnd": instant_text(end)}
        return self._page("periods", "/meter-data/search", {**fields, **pagination(page, page_size)}, options)

    def iterate(
        self, meter_eic: str, start: datetime | str, end: datetime | str, **options: Unpack[Options]
    ) -> Iterator[ReadingPeriod]:
        """Give all that a search finds; a period that goes over a page's end comes in two parts."""
        return all_rows(lambda page: self.search(meter_eic, start, end, page=page, **options))

    @serves("POST /meter-data/status")
    def statuses(
        self,
        attributes: StatusAttributes,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> Page[MeterDataStatus]:
        """Give a page of our documents with how far they are: by identification, or by time of arrival."""
        fields = {"meterDataStatusAttributes": attributes}
        return self._page("meterDataStatuses", "/meter-data/status", {**fields, **pagination(page, page_size)}, options)

    def iterate_statuses(self, attributes: StatusAttributes, **options: Unpack[Options]) -> Iterator[MeterDataStatus]:
        """Give all documents that a search finds, asking for page after page."""
        return all_rows(lambda page: self.statuses(attributes, page=page, **options))

    def status(self, document: str, **options: Unpack[Options]) -> MeterDataStatus | None:
        """Tell how far a document is; None if the hub knows of none."""
        found = self.statuses({"originalDocumentIdentification": document}, page_size=1, **options)
        return found.rows[0] if found.rows else None

    def wait(self, document: str, *, seconds: float = 300, **options: Unpack[Options]) -> MeterDataStatus:
        """Wait until a document is worked on; give its status.

        ReadingsRejected if it ended as ERROR, TimeoutError if it is still at work when the time is up.
        """
        end = time.monotonic() + seconds
        while True:
            found = self.status(document, **options)
            if found is not None and found["status"] == "ERROR":
                raise ReadingsRejected(found)
            if found is not None and found["status"] == "SUCCESSFUL":
                return found
            if time.monotonic() + _LOOKS_EVERY_SECONDS > end:
                raise TimeoutError(f"document {document} is not worked on yet")
            time.sleep(_LOOKS_EVERY_SECONDS)
