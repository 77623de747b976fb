"""Signing in, choosing a role, language and colours; behind them the operator web app and the client portal."""

from django.urls import include, path
from django.views.generic import RedirectView

from portal.signing_in import openid, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/openid", openid.begin, name="openid"),
    path("sign-in/openid/callback", openid.callback, name="openid-callback"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("role", views.role, name="role"),
    path("language", views.language, name="language"),
    path("theme", views.theme, name="theme"),
    path("operator", RedirectView.as_view(pattern_name="operator:start", query_string=True), name="operator"),
    path("operator/", include(("portal.operator.urls", "operator"))),
    path("portal", RedirectView.as_view(pattern_name="client:start", query_string=True), name="client"),
    path("portal/", include(("portal.client.urls", "client"))),
]
