"""What is said of a job that cannot be done, beside the faults of its file."""

from django.utils.translation import gettext_noop as _

TOO_MANY_WAITING = _("%(count)s of your imports are already waiting. Wait until one of them is done.")
NOT_ALLOWED_ANY_MORE = _("You no longer have the permission that this needs. Nothing was saved.")
UNKNOWN_KIND = _("This kind of import no longer exists. Nothing was saved.")
