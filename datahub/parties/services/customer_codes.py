"""The EICs that the hub gives to customers. Source: `1-market.md`, "Parties"."""

from itertools import chain, repeat

from django.db import connection

from datahub.parties import eic as eic_codes
from datahub.parties.models import Party

_PREFIX = "38X-AVP-"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NUMBER_LENGTH = 7
# How many numbers are asked for, one time after the other: codes that stand already stand in long rows.
_AT_A_TIME = (1, 10, 100, 1_000)


def next_customer_eic() -> str:
    """Give the next customer's EIC: `38X-AVP-`, a number of 7 digits to the base 36, and the check character.

    A number is given once, also to many who ask at once. Codes that a party has already, and numbers whose check
    character would be no letter or digit, are stepped over.
    """
    for count in chain(_AT_A_TIME, repeat(_AT_A_TIME[-1])):
        made = [eic_codes.complete(_PREFIX + _in_base_36(number)) for number in _next_numbers(count)]
        possible = [code for code in made if eic_codes.is_valid(code)]
        taken = set(Party.objects.filter(eic__in=possible).values_list("eic", flat=True))
        free = next((code for code in possible if code not in taken), None)
        if free is not None:
            return free
    raise AssertionError("the turns have no end")


def _next_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('parties_customer_number') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits.rjust(_NUMBER_LENGTH, "0")
