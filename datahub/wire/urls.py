"""The token endpoint and what belongs to it."""

from django.urls import path

from datahub.wire.tokens import endpoint

urlpatterns = [
    path("realms/<str:realm>/protocol/openid-connect/token", endpoint.token),
    path("realms/<str:realm>/protocol/openid-connect/certs", endpoint.certs),
    path("realms/<str:realm>/.well-known/openid-configuration", endpoint.openid_configuration),
]
