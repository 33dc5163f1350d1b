"""
Finds ports that nobody uses.
"""

import errno
import socket
from dataclasses import dataclass

STEPS = 200


class NoPortFree(Exception):
    """Every port that was tried is taken."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    web: int
    sockets: int
    foreign: int


def free_ports(*, start: int) -> Ports:
    """
    Return three free ports, the first at `start` or as little above it as possible.

    Somebody may still take one before it is used; then the process that wanted it says so and everything stops.

    :raises NoPortFree: if too many are taken.
    """
    found = [port for port in range(start, min(start + STEPS, 65_536)) if _is_free(port)][:3]
    if len(found) < 3:
        raise NoPortFree(f"Three free ports were looked for from {start} on, and not found. Give another --port.")
    return Ports(web=found[0], sockets=found[1], foreign=found[2])


def _is_free(port: int) -> bool:
    # Both families: "localhost" may mean either, and a stranger on the other one would get our visitors.
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                # Otherwise a port that was closed a moment ago, as on a quick second start, would count as taken.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            if family == socket.AF_INET or error.errno == errno.EADDRINUSE:
                return False
    return True
