"""The countries of ISO 3166, from the table that comes with the time zones."""

from functools import cache
from importlib.resources import files


@cache
def every_code() -> frozenset[str]:
    """Give the alpha-2 codes of all countries."""
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#"))


def is_country(code: str) -> bool:
    """Tell whether a code is a country's alpha-2 code, in capitals."""
    return code in every_code()
