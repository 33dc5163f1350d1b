"""
Reads settings from the environment, and refuses what it cannot read.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """
    Return a variable, or the content of the file that NAME_FILE points to.

    :raises ImproperlyConfigured: if neither is set and there is no default.
    """
    if name in os.environ:
        return os.environ[name]
    if f"{name}_FILE" in os.environ:
        return Path(os.environ[f"{name}_FILE"]).read_text().strip()
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


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
