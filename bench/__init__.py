"""
Measures the shop. Importing it sets Django up as in production (no DEBUG), with a name of its own in Redis.

Every benchmark makes a database of its own, starts the real processes on loopback, and leaves nothing behind.
"""

import os
import secrets
import signal
import sys

import django

os.environ["DEBUG"] = "0"
os.environ["REDIS_PREFIX"] = f"bench-{os.getpid()}"
# There is no TLS on loopback, and a key that is thrown away needs no safe.
for _name, _value in {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "SECURE_SSL_REDIRECT": "0",
    "ALLOWED_HOSTS": "127.0.0.1",
    "DJANGO_SETTINGS_MODULE": "creatorshop.settings",
    "LOG_LEVEL": "ERROR",
}.items():
    os.environ[_name] = _value

django.setup()

# So that a benchmark which is told to stop tidies up, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
