"""The files that pages are made of, as they are served: each under a name of its content, compressed.

Collected into STATIC_ROOT when something has changed since the last time; compressing takes seconds.
"""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig as DjangosConfig
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

_STAMP = ".collected"


class StaticFilesConfig(DjangosConfig):
    """Django's, without what no page of ours asks for."""

    ignore_patterns = [
        *DjangosConfig.ignore_patterns,
        *("rest_framework", "django_otp", "otp_totp", "redoc", "*.js.map", "LICENSE*", "*.LICENSE.txt", "README*"),
    ]


def _fingerprint() -> str:
    """Give a print of what there is to collect: names, sizes, when each was written."""
    found = []
    for finder in get_finders():
        for path, storage in finder.list(StaticFilesConfig.ignore_patterns):
            known = Path(storage.path(path)).stat()
            found.append(f"{storage.path(path)} {known.st_size} {known.st_mtime_ns}")
    return hashlib.sha256("\n".join([settings.STATIC_URL, *sorted(found)]).encode()).hexdigest()


def collect() -> bool:
    """Collect what pages are made of, unless nothing has changed; tell whether something had."""
    stamp, now = Path(settings.STATIC_ROOT) / _STAMP, _fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    # Last, so that whoever was stopped half-way begins anew.
    stamp.write_text(now)
    return True


def main() -> int:
    """Collect for the settings that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datahub.settings.production")
    django.setup()
    collect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
