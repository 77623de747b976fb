"""The market of the frame's tests."""

from tests.wire.conftest import operator

__all__ = ["operator"]
