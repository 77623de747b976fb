"""The token endpoint and what belongs to it; the API's description."""

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from datahub.wire import openapi
from datahub.wire.tokens import endpoint

urlpatterns = [
    path("realms/<str:realm>/protocol/openid-connect/token", endpoint.token),
    path("realms/<str:realm>/protocol/openid-connect/certs", endpoint.certs),
    path("realms/<str:realm>/.well-known/openid-configuration", endpoint.openid_configuration),
    path("openapi.json", openapi.openapi, name="openapi"),
    path("swagger-ui/index.html", SpectacularSwaggerSplitView.as_view(url_name="openapi"), name="swagger-ui"),
]
