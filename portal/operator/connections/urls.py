"""The pages of connection requests."""

from django.urls import path

from portal.operator.connections import answers, requests, views

urlpatterns = [
    path("", views.connection_requests, name="connections"),
    path("export", views.export, name="export-connection-requests"),
    path("new", requests.new, name="new-connection-request"),
    path("<uuid:request_id>", views.connection_request, name="connection-request"),
    path("<uuid:request_id>/change", requests.change, name="change-connection-request"),
    path("<uuid:request_id>/cancel", requests.cancel, name="cancel-connection-request"),
    path("<uuid:request_id>/plan", answers.plan, name="plan-connection-request"),
    path("<uuid:request_id>/refuse", answers.refuse, name="refuse-connection-request"),
    path("<uuid:request_id>/done", answers.done, name="done-connection-request"),
]
