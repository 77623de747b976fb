"""The services of this part, relative to /api/v1/."""

from django.urls import path

from datahub.metering.api.meter import MeterSearchView, MeterView
from datahub.metering.api.meter_data import MeterDataSearchView, MeterDataStatusView, MeterDataView

urlpatterns = [
    path("meter", MeterView.as_view()),
    path("meter/search", MeterSearchView.as_view()),
    path("meter-data", MeterDataView.as_view()),
    path("meter-data/search", MeterDataSearchView.as_view()),
    path("meter-data/status", MeterDataStatusView.as_view()),
]
