"""Participants' systems and people that save, one module for each kind of thing.

Each writes down what it was promised (`tests.contracts.promises`). `round` does the next few saves, of which some are
refused; a writer of its own is not for several threads at once.
"""

from typing import Protocol


class Writer(Protocol):
    """What all of them have in common."""

    def round(self) -> None:
        """Do the next few saves."""
