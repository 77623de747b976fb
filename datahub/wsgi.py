"""The WSGI entry point, served by granian."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datahub.settings.production")

application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402  (settings are there only now)

from datahub.metrics import counters  # noqa: E402  (settings are there only now)
from datahub.parties.known_clients import known_clients  # noqa: E402  (models are there only now)

counters.begin()
# All that answers is loaded now, which takes a second, and not while the first request waits.
len(get_resolver().url_patterns)

known_clients.listen()

# What is loaded by now stays: looking through it for garbage again and again takes a twentieth of each request.
gc.collect()
gc.freeze()
# And what a request makes is gone with it, but for few cycles: the young are looked through less often.
gc.set_threshold(10_000, 10, 10)
