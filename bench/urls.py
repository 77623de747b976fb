"""The product's paths and, beside them, the view that is the reference of the scan."""

from django.urls import path

from bench import reference
from datahub.urls import urlpatterns as product

urlpatterns = [*product, path("bench/page", reference.page)]
