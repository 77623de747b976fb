"""The tests: the demo's settings over real services that the test session starts."""

from datahub.settings.demo import *  # noqa: F403

SECRET_KEY = "test-only-not-a-secret-" + "0" * 40
ALLOWED_HOSTS = ["*"]
# Argon2 costs a tenth of a second a secret; the tests make hundreds.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    # Found where they stand; nothing is collected first.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# Looked for when asked for: each of the tests' clients would otherwise look through all of them first.
WHITENOISE_AUTOREFRESH = True
