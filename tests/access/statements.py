"""The statements that a request made, so that those of two requests can be compared."""

import re

from django.test.utils import CaptureQueriesContext

# What differs between two runs of the same statements: values, the names of savepoints, how many a list holds.
_VALUES = re.compile(r"'[^']*'(::\w+)?|s\d+_x\d+|\s*-?\b\d+\b")
_LISTS = re.compile(r"\(\?(, ?\?)+\)")


def statements_of(captured: CaptureQueriesContext) -> list[str]:
    """Give statements without the values in them."""
    return [_LISTS.sub("(?)", _VALUES.sub("?", str(query["sql"]))) for query in captured]
