"""Who has seen a customer's data: what was read of it (the access log) and what the hub sent about it, as one.

Everything is asked of one customer: her row's own columns are part of every filter, so that a stranger's row is as one
that does not exist. Source: `5-web.md`, "Data tracker".
"""

from distribution.selectors.tracker.asked import STAFF, Asked, Covered, Way, What, what_of
from distribution.selectors.tracker.days import Day, DayPage, find_days
from distribution.selectors.tracker.entries import Entry, EntryPage, find_entries
from distribution.selectors.tracker.rows import Row, all_rows, count_rows, names_of_people, people_who_looked
from distribution.selectors.tracker.ties import Tie, Ties, find_ties

__all__ = [
    "STAFF",
    "Asked",
    "Covered",
    "Day",
    "DayPage",
    "Entry",
    "EntryPage",
    "Row",
    "Tie",
    "Ties",
    "Way",
    "What",
    "all_rows",
    "count_rows",
    "find_days",
    "find_entries",
    "find_ties",
    "names_of_people",
    "people_who_looked",
    "what_of",
]
