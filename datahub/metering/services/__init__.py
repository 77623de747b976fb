"""What is written of metering points and of their readings."""
