"""The kinds of import: what each is called, what it needs, and the function that does it.

A module that declares kinds is named in MODULES, so that workers know them too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from datahub.market import Permission
from portal.sheets.package import LIMITS, Limits
from portal.sheets.tables import Table

if TYPE_CHECKING:
    from portal.jobs.running import ImportWork

MODULES: tuple[str, ...] = ("portal.operator.points.imports", "portal.operator.readings.imports")

Import = Callable[["ImportWork"], None]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of import. `title` is a msgid; `paths` says which column (key) a field's path in a market's fault means.

    `hands_over`: what it read is worked on afterwards, as a document of readings with the job's id. `unsaved` are the
    msgids by which rows are counted that were read, and of which nothing had to be saved.
    """

    name: str
    title: str
    permission: Permission
    table: Table
    do_import: Import
    paths: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = LIMITS
    hands_over: bool = False
    unsaved: frozenset[str] = frozenset()


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Make a kind known; a name stands for one kind."""
    if kind.name in _kinds:
        raise ValueError(f"the kind of job {kind.name} is declared twice")
    _kinds[kind.name] = kind


def import_kind(
    name: str,
    *,
    title: str,
    permission: Permission,
    table: Table,
    paths: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
    hands_over: bool = False,
    unsaved: frozenset[str] = frozenset(),
) -> Callable[[Import], Import]:
    """Declare an import; the function saves the rows of its work, in one transaction that is not its own."""

    def declare(function: Import) -> Import:
        register(
            JobKind(
                name,
                title,
                permission,
                table,
                function,
                paths=paths or {},
                limits=limits,
                hands_over=hands_over,
                unsaved=unsaved,
            )
        )
        return function

    return declare


def kind_of(name: str) -> JobKind | None:
    """Give a kind by its name, None for one that is not known any more."""
    for module in MODULES:
        import_module(module)
    return _kinds.get(name)
