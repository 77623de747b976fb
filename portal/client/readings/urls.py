"""Consumption and production."""

from django.urls import path

from portal.client.readings import views

urlpatterns = [
    path("readings", views.readings, name="readings"),
    path("readings/data", views.chart_points, name="reading-data"),
    path("readings/file", views.file, name="reading-file"),
]
