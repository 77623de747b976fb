"""Which release this is."""

import tomllib
from functools import lru_cache

from django.conf import settings
from prometheus_client import Metric
from prometheus_client.metrics_core import InfoMetricFamily


@lru_cache(maxsize=1)
def version() -> str:
    """Give the version of this release."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])


class Build:
    """Gives the release, and the revision if the one who built it has named one, as a metric."""

    def collect(self) -> list[Metric]:
        """Give it."""
        labels = {"version": version(), "revision": settings.REVISION}
        return [InfoMetricFamily("datahub_build", "The release that answers", value=labels)]
