"""Where everything is found: the API, its tokens and description, the pages, the admin."""

from django.contrib import admin
from django.urls import include, path

from datahub.metrics.views import metrics

urlpatterns = [
    path("", include("datahub.health.urls")),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", include("datahub.metering.api.urls")),
    path("api/v1/", include("datahub.agreements.api.urls")),
    path("api/v1/", include("datahub.bills.api.urls")),
    path("api/v1/", include("datahub.parties.api.urls")),
    path("api/v1/", include("datahub.access.api.urls")),
    path("api/v1/", include("distribution.api.urls")),
    path("api/v1/", include("enquiries.api.urls")),
    path("api/v1/", include("connections.api.urls")),
    path("", include("datahub.wire.urls")),
    path("", include("portal.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "datahub.wire.handlers.bad_request"
handler403 = "portal.pages.refused"
handler404 = "datahub.wire.handlers.not_found"
handler500 = "datahub.wire.handlers.crashed"
