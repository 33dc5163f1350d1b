"""
Where a visitor comes from, as far as our own proxies vouch for it.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from drops.risk.models import Trait
from drops.risk.networks import network_of


def address_of(request: HttpRequest) -> str:
    """Return the address that a request came from."""
    return _address(request.headers, str(request.META.get("REMOTE_ADDR", "")))


def network_of_visitor(request: HttpRequest) -> str:
    """Return the network that a request came from; of one that is not of the public internet, its address."""
    address = address_of(request)
    return network_of(address) or address


def origin_traits(request: HttpRequest) -> dict[Trait, str]:
    """Return what a request tells of its visitor: the network, and the internet provider if a proxy names it."""
    return _traits(request.headers, str(request.META.get("REMOTE_ADDR", "")))


def origin_traits_of_socket(scope: Mapping[str, Any]) -> dict[Trait, str]:
    """Return the same of a socket, from its ASGI scope."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
    client = scope.get("client") or ("", 0)
    return _traits(headers, str(client[0]))


def _traits(headers: Mapping[str, str], peer: str) -> dict[Trait, str]:
    seen = {Trait.NETWORK: _address(headers, peer)}
    # Without proxies of ours in front the header is whatever the visitor cared to write.
    if settings.TRUSTED_PROXIES and settings.ASN_HEADER:
        seen[Trait.ASN] = _header(headers, settings.ASN_HEADER)
    return seen


def _address(headers: Mapping[str, str], peer: str) -> str:
    """
    Only as many entries of X-Forwarded-For are believed as there are proxies of ours in front (TRUSTED_PROXIES); the rest
    is whatever the visitor cared to write.
    """
    proxies = settings.TRUSTED_PROXIES
    chain = [entry.strip() for entry in _header(headers, "X-Forwarded-For").split(",") if entry.strip()]
    if proxies and chain:
        return chain[-min(proxies, len(chain))]
    return peer


def _header(headers: Mapping[str, str], name: str) -> str:
    # Django's headers know no case; those of a socket are lower case.
    return headers.get(name) or headers.get(name.lower()) or ""
