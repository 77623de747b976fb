"""The services of this part, relative to /api/v1/. Ids may stand in the body or in the path."""

from django.urls import path

from connections.api import views

_REQUEST = "connection-state/<str:connectionStateRequestId>"

urlpatterns = [
    path("connection-state", views.RequestView.as_view()),
    path("connection-state/response", views.ResponseView.as_view()),
    path("connection-state/search", views.SearchView.as_view()),
    path("connection-state/change", views.ChangeView.as_view()),
    path(_REQUEST, views.RequestByIdView.as_view()),
    path(f"{_REQUEST}/response", views.ResponseOfRequestView.as_view()),
    path(f"{_REQUEST}/response/<str:connectionStateResponseId>", views.ResponseByIdView.as_view()),
]
