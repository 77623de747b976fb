"""The pages of readings: of one point, documents that brought them, workbooks in and out."""
