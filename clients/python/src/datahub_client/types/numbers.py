"""Numbers as they are on the wire: exact. Written by `tools/write_types.py` from the hub's description, not by hand."""

from decimal import Decimal

Number = int | Decimal
