"""The operator web app."""
