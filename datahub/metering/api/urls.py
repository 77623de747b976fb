"""The services of this part, relative to /api/v1/."""

from django.urls import path

from datahub.metering.api.meter import MeterSearchView, MeterView

urlpatterns = [
    path("meter", MeterView.as_view()),
    path("meter/search", MeterSearchView.as_view()),
]
