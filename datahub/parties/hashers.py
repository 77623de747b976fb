"""How passwords and secrets are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with the parameters that OWASP asks for at least.

    Django's own take 100 MB for each sign-in, of which a few at once would fill a worker.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
