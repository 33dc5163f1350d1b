"""
The demo shops as production serves them: static files packed and named by their content, a stranger's page, no DEBUG.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from bench import ground
from creatorshop.desk import stack
from creatorshop.desk.ports import free_ports

SHOP = "kiln-and-tide"
PRODUCT = "ring-mug"


@dataclass(frozen=True)
class Demo:
    shop_url: str
    foreign_url: str


@contextmanager
def demo_shops() -> Iterator[Demo]:
    """Fill a database of its own with the demo and serve it."""
    ports = free_ports(start=ground.FIRST_PORT)
    there = stack.environment(ports=ports)
    with ground.own_database() as database, TemporaryDirectory() as folder:
        env = os.environ | there | {
            "DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL, "DATA_DIR": folder, "SECURE_COOKIES": "0",
            # Without it the demo opens no drop, and a page with nothing to hold is a lighter one.
            "ALLOW_TEST_PAYMENTS": "1",
        }  # fmt: skip
        for command in (["collectstatic", "--noinput"], ["seed_demo", "--origin", there["FOREIGN_URL"]]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=settings.BASE_DIR, env=env, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        _make_pictures(env)
        parts = (stack.web(ports=ports), stack.sockets(ports=ports), stack.foreign(ports=ports))
        with _started(parts, env=env, log=Path(folder) / "log") as processes:
            for url, process in zip(
                (f"{there['SHOP_URL']}/healthz", there["FOREIGN_URL"]), processes[::2], strict=True
            ):
                ground.wait_for(url, process)
            yield Demo(there["SHOP_URL"], there["FOREIGN_URL"])


def _make_pictures(env: dict[str, str]) -> None:
    """Do what the worker would have done in the first minutes."""
    deeds = "from drops.tasks import make_missing_renditions as a; from creatorshop.storefront.tasks import draw_missing_posters as b; a(); b()"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", deeds], cwd=settings.BASE_DIR, env=env, check=True
    )


@contextmanager
def _started(
    parts: tuple[stack.Part, ...], *, env: dict[str, str], log: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    with log.open("wb") as said:
        processes = [
            subprocess.Popen(
                part.command, cwd=settings.BASE_DIR, env=env, stdout=said, stderr=said, start_new_session=True
            )
            for part in parts
        ]
        try:
            yield processes
        finally:
            ground.end(processes)
