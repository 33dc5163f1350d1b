import json
import os
import subprocess
import sys
import urllib.request
from argparse import ArgumentParser
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from creatorshop.desk import stack
from creatorshop.desk.ports import NoPortFree, free_ports
from creatorshop.desk.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run the whole shop on this machine: pages, sockets, worker, timetable and a stranger's page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="The first port to try; busy ones are stepped over.")
        parser.add_argument("--no-demo", action="store_true", help="Leave the demo shops out.")

    def handle(self, *args: Any, port: int, no_demo: bool, **options: Any) -> None:
        try:
            ports = free_ports(start=port)
        except NoPortFree as refusal:
            raise CommandError(str(refusal)) from refusal
        there = stack.environment(ports=ports)
        env = os.environ | there
        call_command("migrate", verbosity=1, interactive=False)
        if not no_demo and "seed_demo" in get_commands():
            # In a process of its own: this one's settings do not know the true addresses.
            seed = [sys.executable, "manage.py", "seed_demo", "--origin", there["FOREIGN_URL"]]
            if subprocess.run(seed, cwd=settings.BASE_DIR, env=env, check=False).returncode != 0:
                raise CommandError("The demo shops could not be made; `up --no-demo` runs without them.")
        parts = stack.everything(ports=ports, data=settings.DATA_DIR)
        supervisor = Supervisor(parts=parts, env=env, folder=settings.BASE_DIR, out=sys.stdout)
        announcement = _Announcement(supervisor, there)
        sys.exit(supervisor.run(on_tick=announcement.make_when_ready))


class _Announcement:
    """Says once where everything is, as soon as it is there."""

    def __init__(self, supervisor: Supervisor, there: dict[str, str]) -> None:
        self._supervisor, self._there, self._is_made = supervisor, there, False

    def make_when_ready(self) -> None:
        if not self._is_made and _answers(f"{self._there['SHOP_URL']}/readyz") and _answers(self._there["FOREIGN_URL"]):
            self._is_made = True
            self._supervisor.say(_addresses(self._there))


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except HTTPError as refusal:
        # A stranger's page without any creator to embed is not found, but it is there.
        return refusal.code < HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    return True


def _addresses(there: dict[str, str]) -> str:
    shop = there["SHOP_URL"]
    lines = [
        "",
        f"Storefront      {shop}/",
        f"Foreign page    {there['FOREIGN_URL']}/   (another origin that embeds the widget)",
        f"Admin           {shop}/admin/",
        f"API             {shop}/api/v1/docs",
        f"Sockets         {there['SOCKETS_URL']}",
    ]
    known = settings.DATA_DIR / "demo.json"
    if known.is_file():
        lines += ["", "Demo logins (for this machine only)"]
        for login in json.loads(known.read_text())["logins"]:
            who = f"{login['user']} / {login['password']}" if login.get("user") else ""
            lines.append(f"  {login['label']:<40} {who:<28} {login['url']}".rstrip())
    return "\n".join([*lines, "", "Ctrl-C stops everything.", ""])
