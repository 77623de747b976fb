"""The pages of distribution."""

from django.urls import path

from portal.operator.distribution import views

urlpatterns = [
    path("", views.distribution, name="distribution"),
    path("<int:message_id>", views.message, name="message"),
    path("<int:message_id>/content", views.content_file, name="message-content"),
]
