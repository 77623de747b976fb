"""Benchmarks of the real processes, each beside a reference of the same run. Source: `6-quality.md`, "Speed"."""
