"""Changes -> recipients -> messages -> scan: who is told what."""
