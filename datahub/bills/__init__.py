"""Network bills: what a grid operator charges for a metering point and a period."""
