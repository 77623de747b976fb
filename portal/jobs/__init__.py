"""Imports that run in the background."""
