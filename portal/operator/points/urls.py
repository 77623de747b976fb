"""The pages of metering points."""

from django.urls import path

from portal.operator.points import saving, views, workbooks

urlpatterns = [
    path("", views.points, name="points"),
    path("new", saving.add, name="add-point"),
    path("new/code", saving.complete_code, name="complete-point-code"),
    path("import", workbooks.upload, name="import-points"),
    path("template", workbooks.template, name="point-template"),
    path("export", workbooks.export, name="export-points"),
    path("<str:eic>", views.point, name="point"),
    path("<str:eic>/change", saving.change, name="change-point"),
]
