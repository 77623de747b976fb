"""Spreadsheets read and written."""
