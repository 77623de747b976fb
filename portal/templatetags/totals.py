"""Amounts of energy as one says them: as exact as they are of use, with their unit. The table has every digit."""

from decimal import ROUND_HALF_UP, Decimal

from django import template

from portal.pictures.series import Quantity
from portal.templatetags.pictures import quantity

register = template.Library()

# From so much on so many decimals are said; of less all three.
_PLACES = ((100, 0), (1, 1))


@register.filter
def kwh(amount: Decimal) -> str:
    """Write kWh as one says them."""
    return f"{_rounded(amount)}\u00a0kWh"


@register.filter
def energy(total: Quantity) -> str:
    """Write what was read: kWh, of gas with the m³."""
    return kwh(total.kwh) if total.m3 is None else f"{kwh(total.kwh)} ({_rounded(total.m3)}\u00a0m³)"


@register.filter
def percent(number: int) -> str:
    """Write a share."""
    return f"{quantity(number)}%"


def _rounded(amount: Decimal) -> str:
    places = next((places for least, places in _PLACES if amount >= least or not amount), 3)
    return quantity(amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), places)
