"""Metering points. Source: `2-wire.md`, `/meter`."""

from collections.abc import Iterator
from typing import Unpack, cast

from datahub_client.services.base import MOST_ROWS, Options, Page, Service, all_rows, pagination, serves, without_none
from datahub_client.types import ChangedMeterMetadata, FoundMeterMetadata, MeterAttributes, NewMeterMetadata


class MeteringPoints(Service):
    """Metering points: their operator registers and changes them, who may know of them finds them."""

    @serves("POST /meter")
    def create(self, point: NewMeterMetadata, **options: Unpack[Options]) -> NewMeterMetadata:
        """Register a metering point; give it as saved."""
        return cast(
            NewMeterMetadata, self._call_for("meterMetadata", "POST", "/meter", {"meterMetadata": point}, options)
        )

    @serves("PUT /meter")
    def change(self, change: ChangedMeterMetadata, **options: Unpack[Options]) -> ChangedMeterMetadata:
        """Change a metering point: what is left out stays; give the point as it now is."""
        found = self._call_for("meterMetadata", "PUT", "/meter", {"meterMetadata": change}, options)
        return cast(ChangedMeterMetadata, found)

    @serves("POST /meter/search")
    def search(
        self,
        attributes: MeterAttributes | None = None,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> Page[FoundMeterMetadata]:
        """Give a page of the metering points that we may see and that have all attributes, by EIC."""
        fields = without_none(meterAttributes=attributes)
        return self._page("meterMetadata", "/meter/search", {**fields, **pagination(page, page_size)}, options)

    def iterate(
        self, attributes: MeterAttributes | None = None, **options: Unpack[Options]
    ) -> Iterator[FoundMeterMetadata]:
        """Give all metering points that a search finds, asking for page after page."""
        return all_rows(lambda page: self.search(attributes, page=page, **options))
