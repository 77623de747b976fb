"""Metering points and their readings."""
