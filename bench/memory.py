"""Memory: the most that any process of the product has held, whatever came before."""

from bench.run import Run
from bench.table import Bound, Row

BOUND = Bound("at most", must=400, now=400, unit=" MB")
KINDS = ("web", "documents", "distribution", "jobs")


def measure(run: Run) -> list[Row]:
    """Tell the largest resident size of the web server's and the workers' processes since they were started."""
    peaks = run.hub.note_memory()
    shown = ", ".join(f"{kind} {peaks[kind]}" for kind in KINDS)
    return [Row("memory of a process", f"{shown} MB", "", max(peaks[kind] for kind in KINDS), BOUND, unit=" MB")]
