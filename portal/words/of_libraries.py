"""What libraries say on our pages and have no Estonian for. Babel takes the words from here; nothing reads this."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

TEXTS = (
    # django-simple-history, in the admin
    _("View history: %s"),
    _("View %s"),
    _("This object doesn't have a change history."),
    _("View %(verbose_name)s"),
    _("Close"),
    _("Object"),
    _("Date/time"),
    _("Comment"),
    _("Changed by"),
    _("Change reason"),
    _("Changes"),
    _("History"),
    ngettext_lazy("entry", "entries", "counter"),
    # Django itself
    _("Change or view list link"),
    _("This action will <strong>enable</strong> password-based authentication for this user."),
    _("This action will <strong>disable</strong> password-based authentication for this user."),
    # In the words of our own pages.
    _("Log out"),
    _("Logged out"),
    _("Log in again"),
    _("Thanks for spending some quality time with the web site today."),
    # It has, but misspelt.
    _("Personal info"),
)
