"""The client portal, area by area."""

from django.urls import URLPattern, URLResolver, include, path

from portal.client import details

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.client.points.urls")),
    path("", include("portal.client.readings.urls")),
    path("", include("portal.client.authorizations.urls")),
    path("tracker/", include("portal.client.tracker.urls")),
    path("details", details.details, name="details"),
]
