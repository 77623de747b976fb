"""The list of error codes for the docs, made of the registry: `make docs` writes `docs/error-codes.md`."""

import re
import sys

from datahub.errors import Code, codes

_HEAD = """# Error codes

Made of `datahub/errors/codes.py` by `make docs`. An answer carries the code, the message with its values filled in, and
the values themselves as `args`; the status is that of the first fault. In the messages below `…` stands for a value.

| code | status | message |
|---|---|---|
"""


def _row(code: Code) -> str:
    message = re.sub(r"\{\d+\}", "…", code.message).replace("|", "\\|")
    return f"| `{code.name}` | {code.status} | {message} |\n"


def error_codes() -> str:
    """Give the whole list as Markdown."""
    return _HEAD + "".join(_row(code) for code in codes.every_code())


if __name__ == "__main__":
    sys.stdout.write(error_codes())
