"""The Celery application: it only wakes workers, what waits to be done stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datahub.settings.production")

app = Celery("datahub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
