"""
Runs commands at a desk that has no addresses in its environment, with data in a folder of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import psutil
from django.conf import settings

from creatorshop.places import socket_folder

ENGINES = ("DATABASE_URL", "REDIS_URL")


def desk_environment(*, data: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ENGINES}
    return inherited | {"DATA_DIR": str(data), "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "creatorshop.settings"}


def start_at_desk(code: str, *, data: Path, **more: str) -> subprocess.Popen[str]:
    """Start Python code that may use Django, with `embedded` imported and the settings loaded."""
    prelude = "import django; from django.conf import settings; from creatorshop import embedded\n"
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code],
        cwd=settings.BASE_DIR,
        env=desk_environment(data=data) | more,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_at_desk(code: str, *, data: Path, **more: str) -> str:
    """Run it to its end, which has to be a good one, and return what it printed."""
    process = start_at_desk(code, data=data, **more)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0, printed
    return printed.strip()


def engines_of(data: Path) -> list[psutil.Process]:
    """Return the engines, without their own children, that work on this data."""
    places = (str(data / "postgres"), str(socket_folder(data)))
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        line = process.info["cmdline"] or []
        if process.info["name"] in ("postgres", "valkey-server") and any(place in " ".join(line) for place in places):
            found.append(process)
    return found
