"""How much is measured: `full` is what the specification asks for, `small` ends within two minutes."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Size:
    """How many of everything; rounds are medians' numbers of measurements, times are seconds."""

    ingest_messages: int
    ingest_rounds: int
    # None: as many as are needed.
    market_points: int | None
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
    # Of each list so many ways to look at it; None: all.
    page_queries: int | None
    growth_points: int
    growth_messages: int
    growth_contents: int
    growth_rounds: int
    # The size of the hub in its first days that *growth* holds this one against.
    beginning: str

    @property
    def points(self) -> int:
        """Metering points of the market: as many as the largest need, and two more for years."""
        return self.market_points or max(self.ingest_messages * 365, self.store_points, 1_500) + 2


SIZES = {
    "full": Size(
        ingest_messages=40,
        ingest_rounds=5,
        market_points=None,
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
        page_queries=None,
        growth_points=1_000_000,
        growth_messages=20_000_000,
        growth_contents=200_000,
        growth_rounds=2,
        beginning="beginning",
    ),
    "small": Size(
        ingest_messages=10,
        ingest_rounds=2,
        market_points=None,
        store_points=100,
        year_rounds=7,
        scan_messages=200_000,
        scan_rounds=2,
        scan_seconds=1.5,
        latency_seconds=4,
        fanout_changes=2_000,
        service_points=1_000,
        exchanges=20_000,
        exchange_requests=10,
        page_points=20_000,
        page_requests=4,
        page_queries=1,
        growth_points=20_000,
        growth_messages=200_000,
        growth_contents=25_000,
        growth_rounds=1,
        beginning="small-beginning",
    ),
}
SIZES["beginning"] = replace(
    SIZES["full"],
    ingest_messages=20,
    ingest_rounds=3,
    market_points=1_000,
    scan_messages=100_000,
    scan_rounds=3,
    scan_seconds=4.0,
    fanout_changes=1_000,
    service_points=0,
)
SIZES["small-beginning"] = replace(
    SIZES["small"],
    ingest_messages=5,
    ingest_rounds=1,
    market_points=1_000,
    scan_messages=20_000,
    scan_rounds=1,
    fanout_changes=500,
    service_points=0,
)
