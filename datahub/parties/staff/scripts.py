"""What the admin's scripts say, where Django's own catalogue has no words for it in the reader's language."""

from typing import Any

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_noop as _
from django.views.i18n import JavaScriptCatalog

_TEXTS = (
    _('Choose %s by selecting them and then select the "Choose" arrow button.'),
    _('Remove %s by selecting them and then select the "Remove" arrow button.'),
    _("Remove selected %s"),
    _("(click to clear)"),
)


class ScriptTexts(JavaScriptCatalog):
    """The catalogue of the admin's scripts, completed from that of the pages."""

    packages = ["django.contrib.admin"]

    def get_catalog(self) -> dict[str, Any]:
        """Give what Django knows, and of the rest what the pages' catalogue says."""
        own: dict[str, Any] = {text: gettext(text) for text in _TEXTS} | _initials()
        known: dict[str, Any] = super().get_catalog()
        return own | known


def _initials() -> dict[str, str]:
    """Give the heads of a calendar's columns, by context and letter as scripts ask for them."""
    said = {
        ("Sunday", "S"): pgettext("one letter Sunday", "S"),
        ("Monday", "M"): pgettext("one letter Monday", "M"),
        ("Tuesday", "T"): pgettext("one letter Tuesday", "T"),
        ("Wednesday", "W"): pgettext("one letter Wednesday", "W"),
        ("Thursday", "T"): pgettext("one letter Thursday", "T"),
        ("Friday", "F"): pgettext("one letter Friday", "F"),
        ("Saturday", "S"): pgettext("one letter Saturday", "S"),
    }
    return {f"one letter {day}\x04{letter}": word for (day, letter), word in said.items()}
