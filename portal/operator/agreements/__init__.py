"""The pages of agreements: search, detail with its history, adding, changing, ending, deleting, export."""
