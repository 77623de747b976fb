"""Where everything is found: the API, the admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("datahub.health.urls")),
    path("api/v1/", include("datahub.metering.api.urls")),
    path("api/v1/", include("datahub.agreements.api.urls")),
    path("api/v1/", include("distribution.api.urls")),
    path("admin/", admin.site.urls),
]
