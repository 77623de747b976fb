"""The EICs that the hub gives to customers. Source: `1-market.md`, "Parties"."""

import secrets

from datahub.parties import eic as eic_codes

_PREFIX = "38X-AVP-"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DRAWN = 7


def draw_customer_eic() -> str:
    """Draw a customer's EIC: `38X-AVP-`, 7 letters or digits, the check character. A party may have it already.

    Drawn, so that nobody finds customers by counting. A code whose check character would be no letter or digit is none.
    """
    while True:
        code = eic_codes.complete(_PREFIX + "".join(secrets.choice(_DIGITS) for _ in range(_DRAWN)))
        if eic_codes.is_valid(code):
            return code
