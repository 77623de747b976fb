"""The quantities of a message that changed nothing, as a change carries them: in runs of equal steps.

Who sends years again that are known already loses all of them; named one by one they would fill the worker that tells.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby


def to_runs(quantities: Collection[tuple[int, str]]) -> list[list[int | str]]:
    """Give quantities (start in seconds since 1970, "IN" or "OUT") as runs: direction, first start, step, count."""
    runs: list[list[int | str]] = []
    by_direction = sorted((direction, start) for start, direction in quantities)
    for direction, group in groupby(by_direction, key=lambda quantity: quantity[0]):
        first, step, count = 0, 0, 0
        for _, start in group:
            if count == 1:
                step = start - first
            elif count and start != first + count * step:
                runs.append([direction, first, step, count])
                count = 0
            if not count:
                first, step = start, 0
            count += 1
        runs.append([direction, first, step, count])
    return runs


def from_runs(runs: Iterable[Sequence[int | str]]) -> set[tuple[int, str]]:
    """Give the quantities of runs."""
    return {
        (int(first) + int(step) * place, str(direction))
        for direction, first, step, count in runs
        for place in range(int(count))
    }
