"""English: staff compare logs by the second, and nobody here writes a.m. and p.m."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i:s"
DATETIME_FORMAT = "j M Y H:i:s"
