"""The services of this part, relative to /api/v1/."""

from django.urls import path

from datahub.bills.api.views import NetworkBillSearchView, NetworkBillView

urlpatterns = [
    path("network-bill", NetworkBillView.as_view()),
    path("network-bill/search", NetworkBillSearchView.as_view()),
]
