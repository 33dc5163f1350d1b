"""
A believable shop, fresh relative to today: three creators, their drops, orders and a partner.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from creatorshop.demo import KILN_AND_TIDE, NIGHT_SIGNAL, SHOPS, WICK_AND_FERN
from creatorshop.demo.calendar import keep_batches_coming, keep_editions_coming, keep_last_pour, keep_pours_coming
from creatorshop.demo.letters import write_letters
from creatorshop.demo.partnering import agree_with
from creatorshop.demo.rooms import open_cafe, open_post_rooms, roster_url
from creatorshop.demo.shapes import DemoShop
from creatorshop.demo.shelves import hire, make_user, stock_shop
from creatorshop.demo.talking import let_somebody_ask
from drops.catalog.models import Creator
from drops.catalog.tax_rates import take_in
from drops.catalog.tax_sources import rates_to_begin_with
from drops.clock import database_now
from drops.schedule.models import Drop
from fulfillment.import_sources import bring_in_rules

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
        now = database_now()
        password = DEMO_PASSWORD if settings.DEBUG else None
        bring_in_rules()
        take_in(rows=rates_to_begin_with())  # the shops charge what their countries do
        creators = {shop.slug: self._stock(shop, origin, password) for shop in SHOPS}
        make_user(username="operator", password=password, is_superuser=True)
        kiln = creators[KILN_AND_TIDE.slug]
        open_post_rooms(creators)
        cafe = open_cafe(creators=[kiln], now=now)
        mira = agree_with(partner=cafe.partner, creators=[kiln], password=password, now=now)
        if settings.ALLOW_TEST_PAYMENTS:
            self._say(keep_batches_coming(creator=kiln, cafe=cafe, now=now))
            self._say(keep_last_pour(creator=creators[WICK_AND_FERN.slug], now=now))
            let_somebody_ask(creator=kiln)
        write_letters(creator=kiln, now=now)
        self._say(keep_pours_coming(creator=creators[WICK_AND_FERN.slug], now=now))
        self._say(keep_editions_coming(creator=creators[NIGHT_SIGNAL.slug], now=now))
        written_down = Path(settings.DATA_DIR) / "demo.json"
        logins = _logins(password)
        if password:
            url = roster_url(location=cafe, written_down=written_down, now=now)
            office = f"{settings.SHOP_URL}/admin/"
            logins.append({"label": f"Mira, of {cafe.partner.name}", "url": office, "user": mira, "password": password})
            logins.append({"label": f"Roster of {cafe.name}", "url": url, "user": "", "password": ""})
        self._write_down(written_down, list(creators.values()), logins)

    def _stock(self, shop: DemoShop, origins: list[str], password: str | None) -> Creator:
        self.stdout.write(f"{shop.name} …")
        creator = stock_shop(shop)
        _allow(creator, origins)
        for person in shop.people:
            hire(person, creator=creator, password=password)
        return creator

    def _say(self, drop: Drop | None) -> None:
        if drop is not None:
            self.stdout.write(f"New drop: {drop.title} ({drop.ref}).")

    def _write_down(self, path: Path, creators: list[Creator], logins: list[dict[str, str]]) -> None:
        known = {
            "embed_key": creators[0].embed_key,
            "creators": [{"slug": each.slug, "name": each.name, "embed_key": each.embed_key} for each in creators],
            "logins": logins,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
        for login in logins:
            self.stdout.write(f"  {login['label']:<34} {login['user']:<9} {login['password']:<14} {login['url']}")


def _logins(password: str | None) -> list[dict[str, str]]:
    if password is None:
        return []
    url = f"{settings.SHOP_URL}/admin/"
    people = [
        (f"{each.first_name}, {each.role} of {shop.name}", each.username) for shop in SHOPS for each in shop.people
    ]
    return [
        {"label": label, "url": url, "user": user, "password": password}
        for label, user in [("Operator", "operator"), *people]
    ]


def _allow(creator: Creator, origins: list[str]) -> None:
    added = [origin.rstrip("/") for origin in origins if origin.rstrip("/") not in creator.allowed_origins]
    if added:
        creator.allowed_origins = [*creator.allowed_origins, *added]
        creator.save(update_fields=["allowed_origins"])
