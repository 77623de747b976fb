"""The pages of enquiries."""

from django.urls import path

from portal.operator.enquiries import acts, views

urlpatterns = [
    path("", views.enquiries, name="enquiries"),
    path("new", acts.ask, name="ask"),
    path("<uuid:enquiry_id>", views.enquiry, name="enquiry"),
    path("<uuid:enquiry_id>/change", acts.change, name="change-enquiry"),
    path("<uuid:enquiry_id>/cancel", acts.cancel, name="cancel-enquiry"),
    path("<uuid:enquiry_id>/answer", acts.answer, name="answer-enquiry"),
    path("<uuid:enquiry_id>/close", acts.close, name="close-enquiry"),
]
