"""The pages of connection requests."""
