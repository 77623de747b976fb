"""Numbers as pictures and their tables write them, in the form of the reader's language."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import pgettext

register = template.Library()

_IN_FULL, _MILLION = 10_000, 1_000_000


@register.filter
def quantity(value: Decimal | int | None, places: int = 0) -> str:
    """Write a number with its thousands apart and so many decimals; None is nothing."""
    return "" if value is None else str(number_format(value, places, force_grouping=True))


@register.filter
def short_count(value: int) -> str:
    """Write a count so that it fits over a bar: above ten thousand in thousands or millions, nothing for none."""
    if not value:
        return ""
    if value < _IN_FULL:
        return quantity(value)
    if value < _MILLION:
        return pgettext("thousands, short", "%(number)sk") % {"number": quantity(value // 1000)}
    return pgettext("millions, short", "%(number)sM") % {"number": quantity(Decimal(value) / _MILLION, 1)}
