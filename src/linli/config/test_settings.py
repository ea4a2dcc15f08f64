"""Settings for the tests: a throw-away home, a fast password hasher, nothing shared with a running instance."""

import os
import tempfile

os.environ["LINLI_MODE"] = "test"
os.environ.setdefault("LINLI_HOME", tempfile.mkdtemp(prefix="linli-test-"))

from linli.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
LINLI_KEYS = str(LINLI_HOME / "keys" / "ring.json")  # noqa: F405 - tests move the home, the keys stay
