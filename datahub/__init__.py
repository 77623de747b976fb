"""The datahub: a country's electricity and gas market runs on one hub."""

from datahub.celery import app as celery_app

__all__ = ["celery_app"]
