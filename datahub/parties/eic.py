"""EIC codes: form, check character and kind. Source: `2-wire.md`, "Each request"; `spec/README.md`, "Words".

`python-stdnum` knows the check character; it does not know that the third character tells what a code stands for.
"""

import re
from functools import lru_cache

from stdnum.eu import eic

from datahub.errors import Fault, codes, fault

PARTY, METERING_POINT, AREA = "X", "Z", "A"
_FORM = re.compile(r"\d{2}[XYZWTVA][A-Z0-9-]{12}[A-Z0-9]", re.ASCII)
_KINDS = {PARTY: "X (party)", METERING_POINT: "Z (metering point)", AREA: "A (network area)"}


@lru_cache(maxsize=4096)
def _has_right_check_character(code: str) -> bool:
    # Kept, since the same few participants are named in every message.
    return bool(eic.is_valid(code))


def is_valid(code: str) -> bool:
    """Tell whether a code has the form of an EIC and the right check character."""
    return bool(_FORM.fullmatch(code)) and _has_right_check_character(code)


def check(code: str, *, kind: str, path: str) -> Fault | None:
    """Give what is wrong with a code that must be of a kind (PARTY, METERING_POINT, AREA), or None."""
    if not _FORM.fullmatch(code):
        reason = r"it must be 16 characters of the form \d{2}[XYZWTVA][A-Z0-9-]{12}[A-Z0-9]"
    elif not _has_right_check_character(code):
        reason = f"its check character must be {eic.calc_check_digit(code[:-1])}"
    elif code[2] != kind:
        reason = f"its third character must be {kind}"
    else:
        return None
    return fault(codes.EIC_SYNTAX, path, code, _KINDS[kind], reason)


def complete(body: str) -> str:
    """Add the check character to the first 15 characters of a code."""
    return body + str(eic.calc_check_digit(body))
