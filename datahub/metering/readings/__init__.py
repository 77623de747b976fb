"""Readings: decoding messages, checking values, packing days, newest reading time wins. Source: `1-market.md`."""
