"""Metering points."""

from django.urls import path

from portal.client.points import views

urlpatterns = [
    path("", views.points, name="start"),
    path("metering-points/<str:eic>", views.point, name="point"),
]
