"""The product's addresses, and in front of its sign-in page the demo's own."""

from django.urls import path

from datahub.demo import sign_in
from datahub.urls import handler400, handler403, handler404, handler500
from datahub.urls import urlpatterns as _product

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    *_product,
]
