"""The demo's settings and what only a benchmark needs: a view that answers from memory, an empty task, timings."""

from datahub.settings.demo import *  # noqa: F403
from datahub.settings.demo import CELERY_BROKER_URL, MIDDLEWARE

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.reference.timed", *MIDDLEWARE]
CELERY_IMPORTS = ["bench.tasks"]
# The round trip of an empty task needs a way back; the product's own tasks give no results.
CELERY_RESULT_BACKEND = CELERY_BROKER_URL
# Requests are counted as ever, but a benchmark makes more of them than any participant may.
API_REQUESTS_PER_MINUTE = 1_000_000_000
