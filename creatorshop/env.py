"""
Reads settings from the environment, and refuses what it cannot read.

A `.env` file beside manage.py may hold the same names; the real environment wins over it.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
_file: dict[str, str] = {}
_asked: set[str] = set()


def read_file(path: Path) -> None:
    """
    Take defaults from a file of NAME=VALUE lines, if it exists.

    :raises ImproperlyConfigured: if a line is neither that, nor blank, nor a comment.
    """
    _file.clear()
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        name, equals, value = line.partition("=")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not equals or not name.strip().isidentifier():
            raise ImproperlyConfigured(f"{path.name}, line {number}: expected NAME=VALUE.")
        _file[name.strip()] = value.strip().strip("\"'")


def refuse_unasked() -> None:
    """
    Complain about names in the file that no setting asked for; a mistyped name would otherwise change nothing.

    :raises ImproperlyConfigured: if there are any.
    """
    unknown = sorted(name for name in _file if name.removesuffix("_FILE") not in _asked and name not in _asked)
    if unknown:
        raise ImproperlyConfigured(f".env: nothing is called {', '.join(unknown)}.")


def is_given(name: str) -> bool:
    """Return whether somebody set this variable, or pointed NAME_FILE to its content."""
    _asked.add(name)
    return any(known in source for known in (name, f"{name}_FILE") for source in (os.environ, _file))


def text(name: str, default: str | None = None) -> str:
    """
    Return a variable, or the content of the file that NAME_FILE points to.

    :raises ImproperlyConfigured: if neither is set and there is no default, or the file cannot be read.
    """
    _asked.add(name)
    for source in (os.environ, _file):
        if name in source:
            return source[name]
        if f"{name}_FILE" in source:
            return _content(f"{name}_FILE", source[f"{name}_FILE"])
    if default is None:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) has to be set.")
    return default


def flag(name: str, default: bool) -> bool:
    """
    Return a yes or no.

    :raises ImproperlyConfigured: if it is neither.
    """
    value = text(name, "1" if default else "0").lower()
    if value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name} has to be one of {', '.join(sorted(_TRUE | _FALSE))}, not {value!r}.")
    return value in _TRUE


def number(name: str, default: int) -> int:
    """
    Return a whole number that is not negative.

    :raises ImproperlyConfigured: if it is none.
    """
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} has to be a whole number, not {value!r}.")
    return int(value)


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    """
    Return one of the allowed words.

    :raises ImproperlyConfigured: if it is another one.
    """
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} has to be one of {', '.join(allowed)}, not {value!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def fractions(name: str, allowed: Collection[str]) -> dict[str, float]:
    """
    Return named numbers, as in "loss=0.1,delay=5"; empty if nothing is said.

    :raises ImproperlyConfigured: if a name is not allowed, or what is said of it is no number that is not negative.
    """
    found = {}
    for word in words(name):
        key, _, value = word.partition("=")
        if key not in allowed or not value.replace(".", "", 1).isascii() or not value.replace(".", "", 1).isdigit():
            raise ImproperlyConfigured(
                f"{name} has to be like {next(iter(allowed))}=0.1, with {', '.join(allowed)}; not {word!r}."
            )
        found[key] = float(value)
    return found


def origin(name: str, default: str, schemes: Collection[str] = ("http", "https")) -> str:
    """
    Return an address of the form scheme://host[:port], without a slash at the end.

    :raises ImproperlyConfigured: if it has another scheme, no host, or a path.
    """
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name} has to look like {next(iter(schemes))}://host:port, not {value!r}.")
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """
    Return Django's description of postgresql://user:password@host:port/name?host=/socket/folder&option=value.

    :raises ImproperlyConfigured: if it is no such address. The address itself is not repeated: it may hold a password.
    """
    parts = urlsplit(text(name, default))
    options = dict(parse_qsl(parts.query))
    try:
        host, port = options.pop("host", parts.hostname or ""), options.pop("port", str(parts.port or ""))
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is no number.") from None
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} has to look like postgresql://user:password@host:port/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": options.pop("user", unquote(parts.username or "")),
        "PASSWORD": options.pop("password", unquote(parts.password or "")),
        "HOST": unquote(host),
        "PORT": port,
        "OPTIONS": options,
    }


def redis(name: str, default: str) -> str:
    """
    Return redis://host:port/number, rediss://… (with TLS) or unix:///path/to/socket?db=number.

    :raises ImproperlyConfigured: if it is no such address.
    """
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.scheme == "unix"):
        raise ImproperlyConfigured(f"{name} has to look like redis://host:port/0, rediss://… or unix:///socket?db=0.")
    return value


def broker(address: str) -> str:
    """Return the same Redis as Celery writes it: a socket is redis+socket:// with a virtual_host."""
    parts = urlsplit(address)
    if parts.scheme != "unix":
        return address
    database = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?{urlencode({'virtual_host': database})}"


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: {path} cannot be read ({error.strerror}).") from error
