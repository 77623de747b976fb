"""The market's rules of metering points and of readings, as pure functions."""
