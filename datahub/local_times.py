"""Local days and times in the reader's language, for the names of rows. Pages have `portal.words.times`."""

from datetime import datetime

from django.utils import formats
from django.utils.timezone import localtime


def day_in_words(instant: datetime) -> str:
    """Write the local day of an instant: 31.12.2026, in English 31 Dec 2026."""
    return str(formats.date_format(localtime(instant), "DATE_FORMAT"))


def minute_in_words(instant: datetime) -> str:
    """Write the local day and time of day of an instant, to the minute."""
    return f"{day_in_words(instant)} {localtime(instant):%H:%M}"
