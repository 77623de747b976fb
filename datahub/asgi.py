"""The ASGI entry point, for servers that speak nothing else; the API's views are synchronous."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datahub.settings.production")

application = get_asgi_application()
