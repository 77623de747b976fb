"""The services of distribution, relative to /api/v1/."""

from django.urls import URLPattern, path

from distribution.api.views import SearchView

urlpatterns: list[URLPattern] = [
    path("data-distribution/search", SearchView.as_view(), name="data-distribution-search")
]
