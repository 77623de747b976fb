"""The services of this part, relative to /api/v1/."""

from django.urls import path

from datahub.parties.api.views import CustomerSearchView, CustomerView

urlpatterns = [
    path("customer", CustomerView.as_view()),
    path("customer/search", CustomerSearchView.as_view()),
]
