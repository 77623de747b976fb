"""The pages of agreements."""

from django.urls import path

from portal.operator.agreements import acts, views

urlpatterns = [
    path("", views.agreements, name="agreements"),
    path("export", views.export, name="export-agreements"),
    path("new", acts.choose_type, name="new-agreement"),
    path("new/<str:kind>", acts.register, name="register-agreement"),
    path("<int:number>", views.agreement, name="agreement"),
    path("<int:number>/change", acts.change, name="change-agreement"),
    path("<int:number>/end", acts.end, name="end-agreement"),
    path("<int:number>/delete", acts.delete, name="delete-agreement"),
]
