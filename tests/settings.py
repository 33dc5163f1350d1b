"""The shop's own settings at a desk, with what keeps one test run apart from a shop that runs beside it."""

import os

os.environ.setdefault("DEBUG", "1")
# A name of its own for each run: nothing of an earlier run, or of a shop in the same Redis, is ever seen.
os.environ["REDIS_PREFIX"] = f"test-{os.getpid()}-{os.urandom(3).hex()}"

from creatorshop.settings import *

# The real one takes 0.3 s per password, on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Tests empty their database between them; a shop's session may not (see drops/migrations/ledger_posting.sql).
DATABASES["default"]["OPTIONS"]["options"] = "-c drops.may_truncate=on"
