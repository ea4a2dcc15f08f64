from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one thread (OWASP Password Storage Cheat Sheet).

    Django's own choice of 100 MiB lets a handful of people who sign in at once fill the memory of a small machine.
    A password hashed with other costs is hashed anew when its owner next signs in.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
