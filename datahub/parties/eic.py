"""EIC codes: form, check character and kind. Source: `2-wire.md`, "Each request"; `spec/README.md`, "Words".

`python-stdnum` knows the check character; it does not know that the third character tells what a code stands for.
"""

import re
from functools import lru_cache

from stdnum.eu import eic

from datahub.errors import Fault, codes, fault, phrase

PARTY, METERING_POINT, AREA = "X", "Z", "A"
_WRITTEN_FORM = r"\d{2}[XYZWTVA][A-Z0-9-]{12}[A-Z0-9]"
_FORM = re.compile(_WRITTEN_FORM, re.ASCII)
_KINDS = {
    PARTY: phrase("X (party)"),
    METERING_POINT: phrase("Z (metering point)"),
    AREA: phrase("A (network area)"),
}


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
        reason = phrase("it must be 16 characters of the form {0}", _WRITTEN_FORM)
    elif not _has_right_check_character(code):
        reason = phrase("its check character must be {0}", eic.calc_check_digit(code[:-1]))
    elif code[2] != kind:
        reason = phrase("its third character must be {0}", kind)
    else:
        return None
    return fault(codes.EIC_SYNTAX, path, code, _KINDS[kind], reason)


def complete(body: str) -> str:
    """Add the check character to the first 15 characters of a code."""
    return body + str(eic.calc_check_digit(body))
