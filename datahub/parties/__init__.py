"""Parties, market roles, users and technical users."""
