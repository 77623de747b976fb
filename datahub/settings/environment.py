"""Where values come from: variables of the environment, or, for what is secret, files that they name.

`SECRET_KEY_FILE=/run/secrets/secret_key` stands for SECRET_KEY, and so for every other variable of the settings.
"""

import environ
from environ.fileaware_mapping import FileAwareMapping


class _Files(FileAwareMapping):  # type: ignore[misc]
    """The library's, without the end of the line that editors put into a file."""

    def __getitem__(self, key: str) -> str:
        """Give a variable's value, or what the file holds that stands for it."""
        return str(super().__getitem__(key)).rstrip("\r\n")


class Env(environ.Env):  # type: ignore[misc]
    """django-environ's, over variables and files."""

    ENVIRON = _Files()


env = Env()
