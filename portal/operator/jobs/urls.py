"""Imports."""

from django.urls import path

from portal.operator.jobs import views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("<uuid:job_id>", views.job, name="job"),
    path("<uuid:job_id>/report", views.job_report, name="job-report"),
]
