"""Who is told what, as pure functions. Source: `3-distribution.md`, "Recipients" and "What each sees"."""
