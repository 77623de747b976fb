"""The services of this part, relative to /api/v1/."""

from django.urls import path

from datahub.agreements.api.views import (
    AgreementDeleteView,
    AgreementMeterSearchView,
    AgreementSearchView,
    AgreementView,
)

urlpatterns = [
    path("agreement", AgreementView.as_view()),
    path("agreement/delete", AgreementDeleteView.as_view()),
    path("agreement/search", AgreementSearchView.as_view()),
    path("agreement/search/meter", AgreementMeterSearchView.as_view()),
]
