"""Scans: iterators over what the hub has for us, that remember where they were."""

from datahub_client.scanning.database_position import DatabasePosition
from datahub_client.scanning.file_position import FilePosition
from datahub_client.scanning.messages import Message
from datahub_client.scanning.positions import MemoryPosition, Position, Stream
from datahub_client.scanning.scan import Scan

__all__ = ["DatabasePosition", "FilePosition", "MemoryPosition", "Message", "Position", "Scan", "Stream"]
