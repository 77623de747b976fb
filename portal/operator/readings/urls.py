"""The pages of readings."""

from django.urls import path

from portal.operator.readings import documents, views, workbooks

urlpatterns = [
    path("", views.readings, name="readings"),
    path("data", views.chart_points, name="reading-data"),
    path("file", views.file, name="reading-file"),
    path("template", workbooks.template, name="reading-template"),
    path("import", workbooks.upload, name="reading-import"),
    path("import/<uuid:job_id>", workbooks.progress, name="reading-import-progress"),
    path("documents/", documents.listed, name="documents"),
    path("documents/<uuid:identification>", documents.document, name="document"),
]
