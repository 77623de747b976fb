"""Hold the locks against the published advisories, and the licences of what runs against those that are allowed.

Run by `make audit`. Ends with 0 if nothing is known of any dependency, with 1 if something is or a licence is not
allowed, with 2 if that could not be found out: who could not look has found nothing, which must not look like a clean
result.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# What runs in production, and what only builds, tests and shows it.
LOCKS = ("run", "dev")
CLEAN, FOUND, UNKNOWN = 0, 1, 2
SECONDS = 600

# Libraries that are used as they are: those of weak copyleft too (LGPL, MPL), none that would reach into our own code.
ALLOWED = re.compile(
    r"0BSD|BSD|BSD[ -][23]-Clause|BSD License|MIT|MIT-0|MIT License|Apache-2\.0|Apache Software License|ISC|Zlib"
    r"|CC0-1\.0|PSF-2\.0|Python Software Foundation License|Unlicense|MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)"
    r"|LGPL-3\.0-only|LGPL-3\.0-or-later|GNU Lesser General Public License v2 or later \(LGPLv2\+\)"
)


def locked(lock: str) -> list[str]:
    """Name the packages of a lock."""
    lines = (HERE / f"{lock}.txt").read_text().splitlines()
    return sorted({match[1] for line in lines if (match := re.match(r"([A-Za-z0-9._-]+)==", line))})


# --- Advisories -------------------------------------------------------------------------------------------------------
def ask(lock: str) -> tuple[list[dict[str, Any]] | None, str]:
    """Ask of each package of a lock what is known of it; None, with the reason, if nobody could be asked."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(HERE / f"{lock}.txt"), "--require-hashes"]
    command += ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, f"no answer within {SECONDS} s"
    try:
        return list(json.loads(done.stdout)["dependencies"]), ""
    except (ValueError, KeyError, TypeError):
        said = done.stderr.strip().splitlines()
        return None, said[-1] if said else f"pip-audit ended with {done.returncode}"


def unasked(found: Iterable[dict[str, Any]]) -> list[str]:
    """Name the packages of which the service of advisories knew nothing at all: nobody has looked at these."""
    return sorted(one["name"] for one in found if "skip_reason" in one)


def advisories(found: Iterable[dict[str, Any]]) -> list[str]:
    """Give a line for each advisory: the package, what it is called, what mends it."""
    lines = []
    for one in found:
        for known in one.get("vulns", ()):
            mended = ", ".join(known.get("fix_versions", ())) or "no release yet"
            names = " ".join([known["id"], *known.get("aliases", ())])
            lines.append(f"{one['name']} {one['version']}: {names}; mended in {mended}")
    return sorted(set(lines))


def audit(lock: str) -> int:
    """Hold a lock against the advisories, and say what was found."""
    found, reason = ask(lock)
    if found is None:
        print(f"{lock}.txt: NOT AUDITED, the service of advisories could not be asked: {reason}", file=sys.stderr)
        return UNKNOWN
    lines, left_out = advisories(found), unasked(found)
    for line in lines:
        print(f"{lock}.txt: {line}", file=sys.stderr)
    if left_out:
        some = ", ".join(left_out[:5]) + (" …" if len(left_out) > 5 else "")
        print(
            f"{lock}.txt: NOT AUDITED, the service of advisories told nothing of {len(left_out)} of {len(found)} "
            f"packages ({some}): run this where it can be reached.",
            file=sys.stderr,
        )
    if not lines and not left_out:
        print(f"{lock}.txt: nothing is known of any of {len(found)} packages.")
    return FOUND if lines else UNKNOWN if left_out else CLEAN


# --- Licences ---------------------------------------------------------------------------------------------------------
def licences(of: PackageMetadata) -> list[str]:
    """Give the licences that a package names: by SPDX, else by its classifiers, else in its own words."""
    said = of.get("License-Expression")
    classified = [line.rsplit(" :: ", 1)[1] for line in of.get_all("Classifier") or () if line.startswith("License ::")]
    if not said and classified:
        return [name for name in classified if name != "DFSG approved"]
    # Some have the whole text there: its first line is its name.
    first = (said or of.get("License") or "").strip().partition("\n")[0]
    return [word.strip() for word in re.split(r" AND | OR |[()]", first) if word.strip()]


def not_allowed(lock: str) -> list[str]:
    """Name the packages of a lock that are here and whose licence is not allowed, or that name none."""
    refused = []
    for name in locked(lock):
        try:
            named = licences(metadata(name))
        except PackageNotFoundError:
            continue  # for another system or Python
        if not named or not all(ALLOWED.fullmatch(one) for one in named):
            refused.append(f"{name}: {'; '.join(named) or 'none that it names'}")
    return refused


def main() -> int:
    """Look at all locks, and at the licences of what runs in production."""
    results = [audit(lock) for lock in LOCKS]
    refused = not_allowed("run")
    for line in refused:
        print(f"run.txt: a licence that is not allowed: {line}", file=sys.stderr)
    if not refused:
        print("run.txt: every licence is allowed.")
    if refused or FOUND in results:
        return FOUND
    return max(results)


if __name__ == "__main__":
    sys.exit(main())
