"""The operator web app, area by area."""

from django.urls import URLPattern, URLResolver, include, path

from portal.operator import start, style

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.start, name="start"),
    path("style", style.style, name="style"),
    path("agreements/", include("portal.operator.agreements.urls")),
    path("connection-requests/", include("portal.operator.connections.urls")),
    path("distribution/", include("portal.operator.distribution.urls")),
    path("enquiries/", include("portal.operator.enquiries.urls")),
    path("metering-points/", include("portal.operator.points.urls")),
    path("jobs/", include("portal.operator.jobs.urls")),
    path("readings/", include("portal.operator.readings.urls")),
    path("users/", include("portal.operator.users.urls")),
]
