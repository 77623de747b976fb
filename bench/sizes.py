"""How much is measured: `full` is what the specification asks for, `small` ends within two minutes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How many of everything; rounds are medians' numbers of measurements, times are seconds."""

    ingest_messages: int
    ingest_rounds: int
    store_points: int
    year_rounds: int
    scan_messages: int
    scan_rounds: int
    scan_seconds: float
    latency_seconds: int
    fanout_changes: int
    service_points: int
    exchanges: int
    exchange_requests: int
    page_points: int
    page_requests: int

    @property
    def points(self) -> int:
        """Metering points of the market: as many as the largest need, and two more for years."""
        return max(self.ingest_messages * 365, self.store_points, 1_500) + 2


SIZES = {
    "full": Size(
        ingest_messages=40,
        ingest_rounds=5,
        store_points=1_000,
        year_rounds=15,
        scan_messages=5_000_000,
        scan_rounds=5,
        scan_seconds=6.0,
        latency_seconds=60,
        fanout_changes=10_000,
        service_points=10_000,
        exchanges=1_000_000,
        exchange_requests=200,
        page_points=1_000_000,
        page_requests=60,
    ),
    "small": Size(
        ingest_messages=10,
        ingest_rounds=3,
        store_points=100,
        year_rounds=7,
        scan_messages=200_000,
        scan_rounds=2,
        scan_seconds=2.0,
        latency_seconds=7,
        fanout_changes=2_000,
        service_points=1_000,
        exchanges=20_000,
        exchange_requests=20,
        page_points=20_000,
        page_requests=10,
    ),
}
