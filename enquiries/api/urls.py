"""The services of this part, relative to /api/v1/."""

from django.urls import URLPattern, path

from enquiries.api.views import (
    DirectMessageChangeView,
    DirectMessageSearchView,
    DirectMessagesView,
    DirectMessageView,
    NewResponseView,
    ResponseChangeView,
    ResponsesView,
)

urlpatterns: list[URLPattern] = [
    path("direct-messages", DirectMessagesView.as_view()),
    path("direct-messages/search", DirectMessageSearchView.as_view()),
    path("direct-messages/change", DirectMessageChangeView.as_view()),
    path("direct-messages/response", ResponsesView.as_view()),
    path("direct-messages/<str:messageRequestId>", DirectMessageView.as_view()),
    path("direct-messages/<str:messageRequestId>/response", NewResponseView.as_view()),
    path("direct-messages/<str:messageRequestId>/response/<str:messageResponseId>", ResponseChangeView.as_view()),
]
