"""What was measured beside what must be, and how it is shown."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bound:
    """What a measured figure must reach: `must` of `6-quality.md`, and `now`, what this release is held to."""

    kind: Literal["at least", "at most"]
    must: float
    now: float
    unit: str = ""

    def is_met(self, figure: float, limit: float) -> bool:
        """Tell whether a figure keeps a limit."""
        return figure >= limit if self.kind == "at least" else figure <= limit

    def text(self, limit: float) -> str:
        """Give a limit in words."""
        return f"{'≥' if self.kind == 'at least' else '≤'} {limit:g}{self.unit}"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the table. `figure` is what the bound is about; None bound: told only."""

    name: str
    product: str
    reference: str
    figure: float
    bound: Bound | None
    spread: str = ""
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether it keeps what this release is held to."""
        return self.bound is None or self.bound.is_met(self.figure, self.bound.now)

    def cells(self) -> list[str]:
        """Give the row's cells."""
        ratio = f"{self.figure:,.0f}{self.unit}" if self.figure >= 1000 else f"{self.figure:.3g}{self.unit}"
        if self.bound is None:
            return [self.name, self.product, self.reference, ratio, self.spread, "", "", ""]
        met = self.bound.is_met(self.figure, self.bound.must)
        verdict = "ok" if met else "within the present bound" if self.holds else "NOT OK"
        limits = [self.bound.text(self.bound.must), self.bound.text(self.bound.now)]
        return [self.name, self.product, self.reference, ratio, self.spread, *limits, verdict]


HEAD = ["benchmark", "product", "reference", "ratio or figure", "spread", "must be", "at present", ""]


def markdown(rows: list[Row]) -> str:
    """Give the table, its columns aligned for reading in a terminal."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    shown = ["| " + " | ".join(line) + " |" for line in padded]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)


def spread_of(figures: list[float]) -> str:
    """Give the smallest and the largest of several rounds."""
    return f"{min(figures):.3g}–{max(figures):.3g}" if len(figures) > 1 else ""


def percentile(values: list[float], share: float) -> float:
    """Give the value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
