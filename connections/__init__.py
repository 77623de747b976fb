"""Requests of suppliers to disconnect a customer from the grid and to connect it again. Source: `4-exchanges.md`."""
