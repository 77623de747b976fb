"""The table of transitions for the docs, made of the code's: `make docs` writes `docs/connection-transitions.md`."""

import sys
from collections import defaultdict

from connections.rules.transitions import TRANSITIONS, Transition
from datahub.exchanges.rules import Side

_HEAD = """# Transitions of connection requests

Made of `connections/rules/transitions.py` by `make docs`. A request is OPEN until the operator answers; CONNECTED,
DISCONNECTED and CANCELLED are final: after them neither side saves anything
(`connection-state-process-terminated`). What is not in the table is refused
(`connection-state-message-next-state-is-not-allowed`).

The supplier's acts are ASK (`POST /connection-state`), CHANGE, REVERSE (to ask for the opposite state) and CANCEL
(`PUT /connection-state`); the operator's are its answers (`POST` the first, `PUT /connection-state/response` from then
on).

{drawing}

| side | act | from | to | only where was asked | needs |
|---|---|---|---|---|---|
"""
_SIDES = {Side.SENDER: "supplier", Side.RECEIVER: "operator"}


def _row(line: Transition) -> str:
    needs = "; ".join(need.value for need in line.needs)
    cells = (_SIDES[line.side], line.act, line.before or "–", line.after, line.asked or "", needs)
    return "| " + " | ".join(cells) + " |\n"


def _drawing() -> str:
    """Give the same as a drawing in Mermaid: an arrow for all acts that lead from one stage to another."""
    acts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in TRANSITIONS:
        acts[line.before or "[*]", line.after].append(line.act)
        if line.after.is_final:
            acts[line.after, "[*]"] = []
    arrows = [
        f"    {before} --> {after}" + (f": {', '.join(names)}" if names else "")
        for (before, after), names in acts.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])


def transitions() -> str:
    """Give the whole table as Markdown."""
    return _HEAD.format(drawing=_drawing()) + "".join(_row(line) for line in TRANSITIONS)


if __name__ == "__main__":
    sys.stdout.write(transitions())
