"""What the pages keep of their own: what a person prefers, jobs of import."""

from django.conf import settings
from django.db import models

from portal.jobs.models import Job, JobFault

__all__ = ["Job", "JobFault", "Preference"]


class Preference(models.Model):
    """How a person wants to see the pages. `acting` is the key of what she chose to act as last."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference")
    language = models.CharField(max_length=5, blank=True)
    theme = models.CharField(max_length=5, blank=True)
    acting = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "portal_preference"

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"
