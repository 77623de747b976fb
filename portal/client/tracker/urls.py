"""The pages of the data tracker."""

from django.urls import path

from portal.client.tracker import views

urlpatterns = [
    path("", views.tracker, name="tracker"),
    path("entry", views.entry, name="tracker-entry"),
    path("file", views.file, name="tracker-file"),
]
