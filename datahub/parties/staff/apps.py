"""The admin as an app: the same as Django's, with the hub's own site."""

from django.apps import apps
from django.contrib.admin.apps import AdminConfig

from datahub.parties.staff import names


class StaffAdminConfig(AdminConfig):
    """Django's admin, at the site that asks for a second factor."""

    default = False
    default_site = "datahub.parties.staff.site.StaffSite"

    def ready(self) -> None:
        """Have names looked up in the catalogues before the admin makes forms of them."""
        names.say_in_the_readers_language(apps.get_app_configs())
        super().ready()
