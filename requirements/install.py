"""Make the virtual environment `.venv` and install a lock into it, if it is missing or the lock changed.

Run by `make` with any Python ≥ 3.11: `python3 requirements/install.py demo` (or `run`, `dev`). Only files whose hashes
the lock names are installed. Two at once wait for each other.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# What holds more than another lock serves for it too.
WIDER = {"run": ["run", "demo", "dev"], "demo": ["demo", "dev"], "dev": ["dev"]}


def lock_file(name: str) -> Path:
    """Give the file of a lock."""
    return ROOT / "requirements" / f"{name}.txt"


def stamp(name: str) -> str:
    """Tell what a finished installation of a lock looks like: the lock, and the place, since a venv cannot move."""
    return f"{name} {hashlib.sha256(lock_file(name).read_bytes()).hexdigest()} {VENV}\n"


def is_installed(name: str, stamp_file: Path) -> bool:
    """Tell whether the environment stands and holds the lock or one that holds more."""
    if not stamp_file.exists() or not os.access(VENV / "bin" / "python", os.X_OK):
        return False
    return stamp_file.read_text() in {stamp(wider) for wider in WIDER[name]}


def install(name: str, stamp_file: Path) -> None:
    """Install a lock; the stamp is written last, so that an interrupted installation is done again."""
    python = VENV / "bin" / "python"
    moved = stamp_file.exists() and not stamp_file.read_text().endswith(f" {VENV}\n")
    if (
        moved
        or not os.access(python, os.X_OK)
        or subprocess.run([python, "-m", "pip", "-V"], check=False, capture_output=True).returncode
    ):
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    stamp_file.unlink(missing_ok=True)
    print(f"Installing requirements/{name}.txt into .venv …", flush=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([python, "-m", "pip", "install", *options, "-r", str(lock_file(name))], check=True)
    stamp_file.write_text(stamp(name))


def main() -> int:
    """Install the lock named on the command line."""
    if sys.version_info < (3, 11):  # noqa: UP036 - make PYTHON=… may name any
        print(
            f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}: make PYTHON=…",
            file=sys.stderr,
        )
        return 2
    name, stamp_file = sys.argv[1], VENV / "installed"
    with (ROOT / "requirements" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed(name, stamp_file):
            try:
                install(name, stamp_file)
            except subprocess.CalledProcessError as error:
                print(f"The environment could not be made: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
