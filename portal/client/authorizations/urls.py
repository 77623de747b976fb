"""Authorizations."""

from django.urls import path

from portal.client.authorizations import views
from portal.client.granting import views as granting

urlpatterns = [
    path("authorizations", views.authorizations, name="authorizations"),
    path("authorizations/new", granting.begin, name="grant-access"),
    path("authorizations/new/<str:draft_id>/<str:step>", granting.step, name="grant-step"),
    path("authorizations/<str:authorization_id>", views.authorization, name="authorization"),
    path("authorizations/<str:authorization_id>/end", views.end, name="end-authorization"),
    path("grant", granting.by_link, name="grant"),
]
