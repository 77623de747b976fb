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
    # What it says of forms as to a friend, or not in Estonian at all.
    _("Ensure this value is %(limit_value)s (it is %(show_value)s)."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("Ensure this value is a multiple of step size %(limit_value)s."),
    _(
        "Ensure this value is a multiple of step size %(limit_value)s, starting from %(offset)s, e.g. %(offset)s,"
        " %(valid_value1)s, %(valid_value2)s, and so on."
    ),
    _(
        "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. You may need to"
        " file a bug report if the issue persists."
    ),
    _(
        "Please correct the duplicate data for %(field_name)s which must be unique for the %(lookup)s in"
        " %(date_field)s."
    ),
    # It calls them empty.
    _("Null characters are not allowed."),
    # It has, but misspelt.
    _("Personal info"),
)
