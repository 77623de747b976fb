"""The change record: what a save did, written in the save's own transaction, to be told afterwards."""
