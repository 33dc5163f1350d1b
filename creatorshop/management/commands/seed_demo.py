"""
A believable shop, fresh relative to today: three creators, their drops, orders and a partner.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from creatorshop.demo import SHOPS
from creatorshop.demo.shelves import hire, make_user, stock_shop
from drops.catalog.models import Creator

DEMO_PASSWORD = "kiln-and-tide"  # known to everybody, and therefore given to nobody unless DEBUG is on


class Command(BaseCommand):
    help = "Fill the shop with three invented creators; run again, it keeps what is there and opens the next batch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--origin",
            action="append",
            default=[],
            metavar="URL",
            help="An origin that may embed the widget, like http://127.0.0.1:8002; may be given more than once.",
        )

    def handle(self, *args: Any, origin: list[str], **options: Any) -> None:
        password = DEMO_PASSWORD if settings.DEBUG else None
        creators = []
        for shop in SHOPS:
            self.stdout.write(f"{shop.name} …")
            creator = stock_shop(shop)
            _allow(creator, origin)
            for person in shop.people:
                hire(person, creator=creator, password=password)
            creators.append(creator)
        make_user(username="operator", password=password, is_superuser=True)
        self._write_down(creators, password)

    def _write_down(self, creators: list[Creator], password: str | None) -> None:
        logins = []
        if password:
            admin_url = f"{settings.SHOP_URL}/admin/"
            logins.append({"label": "Operator", "url": admin_url, "user": "operator", "password": password})
            for shop in SHOPS:
                for person in shop.people:
                    label = f"{person.first_name}, {person.role} of {shop.name}"
                    logins.append({"label": label, "url": admin_url, "user": person.username, "password": password})
        known = {
            "embed_key": creators[0].embed_key,
            "creators": [{"slug": each.slug, "name": each.name, "embed_key": each.embed_key} for each in creators],
            "logins": logins,
        }
        path = settings.DATA_DIR / "demo.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
        for login in logins:
            self.stdout.write(f"  {login['user']:<9} {login['password']}   {login['label']}")


def _allow(creator: Creator, origins: list[str]) -> None:
    added = [origin.rstrip("/") for origin in origins if origin.rstrip("/") not in creator.allowed_origins]
    if added:
        creator.allowed_origins = [*creator.allowed_origins, *added]
        creator.save(update_fields=["allowed_origins"])
