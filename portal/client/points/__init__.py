"""A customer's metering points: the list, and the page of one."""
