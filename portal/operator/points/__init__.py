"""The pages of metering points."""
