"""The services of this part, relative to /api/v1/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
