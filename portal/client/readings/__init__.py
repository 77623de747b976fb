"""A customer's consumption and production: chart, table, files."""
