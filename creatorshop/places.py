"""
Says where the embedded engines listen. Pure: settings ask here without starting anything.
"""

import hashlib
import os
from pathlib import Path

# A socket's address is at most 108 bytes with its closing zero on Linux, and 104 on macOS.
LONGEST_SOCKET_NAME = 103
LONGEST_OF_OURS = ".s.PGSQL.5432.lock"


def socket_folder(data: Path) -> Path:
    """
    Return the folder for the sockets of the engines whose data lies in this folder.

    A checkout may lie deeper than a socket's address may be long. Such a one gets a short folder in /tmp, named after the
    place and the user, so that two checkouts never meet. Not the configurable folder for temporary files: two shells of one
    person may disagree about that one.
    """
    data = data.resolve()
    beside_the_data = data / "run"
    if len(os.fsencode(beside_the_data / LONGEST_OF_OURS)) <= LONGEST_SOCKET_NAME:
        return beside_the_data
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path("/tmp") / f"creatorshop-{os.geteuid()}-{name}"
