"""
From an internet address to the network it belongs to, which is all that is kept of it.
"""

import ipaddress


def network_of(address: str) -> str:
    """Return an address's /24 (IPv4) or /48 (IPv6), or "" for one that is none, or is not of the public internet."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if not found.is_global:
        # A proxy of our own, or a desk: everybody would seem to be one.
        return ""
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))
