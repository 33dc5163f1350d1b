"""
The registry idiom behind every port: an abstract class below, its implementations named in settings above.
"""

from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.utils.module_loading import import_string

from drops.errors import NotFound

Port = TypeVar("Port")


class UnknownImplementation(NotFound):
    code = "unknown_implementation"


@cache
def _instances(setting: str, paths: tuple[str, ...]) -> dict[str, Any]:
    built = [import_string(path)() for path in paths]
    return {implementation.name: implementation for implementation in built}


def implementations(setting: str, port: type[Port]) -> dict[str, Port]:
    """Return the implementations of a port by name, in the order in which settings list them."""
    found = _instances(setting, tuple(getattr(settings, setting)))
    wrong = [name for name, implementation in found.items() if not isinstance(implementation, port)]
    if wrong:
        raise TypeError(f"{setting}: {', '.join(wrong)} is not a {port.__name__}")
    return found


def implementation(setting: str, port: type[Port], name: str) -> Port:
    """
    Return one implementation of a port.

    :raises UnknownImplementation: if settings list none of that name.
    """
    try:
        return implementations(setting, port)[name]
    except KeyError:
        raise UnknownImplementation(f"There is no {name!r} in {setting}", name=name) from None
