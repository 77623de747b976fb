"""Agreements in versions, their rules, and what one does to others."""
