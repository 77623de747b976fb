"""Logs: one line an event on the standard error, in one form for all processes, and nothing in it that is secret."""
