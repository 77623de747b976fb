"""Debian's browser, found or installed."""

import os
import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    # The tests often run as root in a container, where its sandbox cannot be set up.
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    # It asks nobody for anything by itself.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
    *("--disable-quic", "--no-default-browser-check", "--disable-extensions"),
    # No name but our own is looked up and no other machine asked, whatever a page wants.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.*, EXCLUDE localhost",
]


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def path() -> str:
    """Give the path of the browser; Debian's is installed if there is none and we may."""
    if (found := _found()) is not None:
        return found
    sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    said = "there is no apt-get"
    if shutil.which("apt-get") and (not sudo or shutil.which("sudo")):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
            done = subprocess.run([*sudo, *command], env=environment, capture_output=True, text=True, check=False)
            said = done.stderr.strip()[-500:]
        if (found := _found()) is not None:
            return found
    pytest.fail(
        f"The tests of the pages need Chromium, which could not be installed ({said}). Install it, for example with"
        " `sudo apt-get install chromium`, or leave them out: make test ARGS='--ignore tests/portal/browser'.",
        pytrace=False,
    )
