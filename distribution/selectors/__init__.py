"""Reads of distribution: the facts that units are worked on, and the pages that recipients scan."""
