"""The services of this part, relative to /api/v1/."""

from django.urls import path

from datahub.access.api.views import CustomerAuthorizationView

# The same service at both paths: the seed names the first, and calls it a search.
urlpatterns = [
    path("customer-authorization", CustomerAuthorizationView.as_view()),
    path("customer-authorization/search", CustomerAuthorizationView.as_view()),
]
