"""
Takes the pictures of this folder from a shop that runs with its demo: `make run`, then

    .venv/bin/python docs/pictures/take.py http://127.0.0.1:8000 http://localhost:8002

with the addresses of the shop and of the stranger's page. Every face at 390 and 1280 px, light and dark. With walks named behind
them (shop, asides, widget, roster, admin) it goes only these.
"""

import io
import json
import re
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import FrameLocator, Locator, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from tests.chromium import find_chromium

HEIGHTS = {390: 844, 1280: 860}
SCHEMES = ("light", "dark")
PATIENCE = 30_000  # ms
CREATOR, PRODUCT = "kiln-and-tide", "ring-mug"
NEXT_WEEK = "/night-signal/p/long-wave-lp/"  # in the demo's edition, which opens on Friday evening
WALKS = ("shop", "asides", "widget", "roster", "admin")


class Photographer:
    """Walks through the shop as its three kinds of people do, and takes a picture at each stop."""

    def __init__(self, *, shop_url: str, foreign_url: str, page: Page, name: str) -> None:
        self.shop_url, self.foreign_url, self.page, self.name = shop_url, foreign_url, page, name
        page.set_default_timeout(PATIENCE)

    def take(self, what: str) -> None:
        self.page.wait_for_timeout(1200)
        picture = Image.open(io.BytesIO(self.page.screenshot()))
        picture.save(HERE / f"{what}-{self.name}.webp", quality=82, method=6)
        print(f"{what}-{self.name}", flush=True)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.shop_url}{path}")

    def shop(self) -> None:
        self.go("/")
        self.take("home")
        self.go(f"/{CREATOR}/")
        self.take("shop")
        self.go(f"/{CREATOR}/p/{PRODUCT}/")
        self.take("product")

    def asides(self) -> None:
        """Look at what lies beside the way from shop to order."""
        self.go(f"/{CREATOR}/story/")
        self.take("story")
        self.go(NEXT_WEEK)
        opens = self.page.locator("[data-opens]:not([hidden])")
        opens.wait_for()
        opens.scroll_into_view_if_needed()
        self.take("countdown")
        self.go(f"/{CREATOR}/p/{PRODUCT}/")
        self.page.locator(".pill--gone").first.click()
        line = self.page.locator(".line").first
        line.wait_for()
        line.scroll_into_view_if_needed()
        self.take("waitlist")
        self.go("/orders/")
        self.take("lookup")
        self.go("/withdraw/")
        self.take("withdraw")
        self.go(f"/{CREATOR}/membership/")
        self.take("membership")
        self.go(f"/{CREATOR}/letter/")
        self.take("letter")

    def widget(self) -> None:
        self.page.goto(f"{self.foreign_url}/{CREATOR}/")
        chat = self.page.locator("creatorshop-chat")
        chat.get_by_role("button").first.click()
        chat.get_by_role("radio", name="Sage").last.wait_for()
        self.take("widget-card")
        chat.get_by_role("radio", name="Sage").last.click()
        chat.get_by_role("button", name=re.compile(r"\d\d:\d\d.\d\d:\d\d")).last.wait_for()
        self.take("widget-delivery")
        chat.get_by_role("button", name=re.compile(r"\d\d:\d\d.\d\d:\d\d")).nth(1).click()
        chat.get_by_role("button", name="Hold for 10 minutes").last.wait_for()
        self.take("widget-quote")
        chat.get_by_role("button", name="Hold for 10 minutes").last.click()
        chat.get_by_role("timer").last.wait_for()
        self.take("widget-hold")
        self._pay(chat)

    def _pay(self, chat: Locator) -> None:
        chat.get_by_role("button", name=re.compile("^Pay €")).last.click()
        sheet: FrameLocator = self.page.frame_locator("creatorshop-chat iframe")
        sheet.get_by_label("Your name").wait_for()
        self.take("widget-checkout")
        checkout = next(frame.url for frame in self.page.frames if "/checkout/" in frame.url)
        self._checkout_page(checkout)
        sheet.get_by_label("Your name").fill("Lena Vogt")
        sheet.get_by_label("E-mail").fill("lena@example.org")
        sheet.get_by_role("button", name=re.compile("^Pay €")).click()
        sheet.get_by_role("button", name=re.compile("^Approve €")).wait_for()
        self.take("widget-test-payment")
        sheet.get_by_role("button", name=re.compile("^Approve €")).click()
        chat.locator(".receipt.paid").wait_for()
        self.take("widget-receipt")
        address = chat.get_by_role("link", name=re.compile("Your order")).last.get_attribute("href")
        chat.get_by_role("button", name=re.compile("^Early access")).last.click()
        chat.get_by_role("button", name=re.compile("^Undo early access")).wait_for()
        self.take("widget-afterwards")
        chat.get_by_role("button", name="Give it to somebody").last.click()
        chat.get_by_label("Your words").wait_for()
        self.take("widget-gift")
        self.page.goto(str(address))
        self.take("order")
        self.page.goto(f"{address}return/")
        self.take("return")
        self.page.goto(str(address))
        self._gift()

    def _gift(self) -> None:
        """Give what was bought, and look at it as whoever gets the link."""
        self.page.get_by_label("A few words to go with it").fill("For your new kitchen. L.")
        self.page.get_by_role("button", name="Make a gift link").click()
        link = self.page.locator("input[readonly]").first
        link.scroll_into_view_if_needed()
        self.take("gift-link")
        self.page.goto(link.input_value())
        self.take("gift")

    def _checkout_page(self, address: str) -> None:
        opener, self.page = self.page, self.page.context.new_page()
        self.page.goto(address)
        self.take("checkout")
        self.page.close()
        self.page = opener

    def roster(self, link: str) -> None:
        self.page.goto(link)
        self.page.get_by_role("button").first.click()
        self.page.wait_for_load_state()
        self.take("roster")

    def admin(self, *, user: str, password: str) -> None:
        self.go("/admin/")
        self.page.get_by_label(re.compile("Username|User")).first.fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name=re.compile("Log in")).click()
        self.page.wait_for_load_state()
        self.take("admin-today")
        self.go("/admin/drops/drop/")
        self.page.get_by_role("link", name="Batch 07").first.click()
        self.page.get_by_role("link", name="Open the board").first.click()
        self.page.wait_for_load_state()
        self.take("admin-drop")
        self.go("/admin/drops/return/")
        self.page.get_by_role("link", name=re.compile("^[0-9A-Z]{10}$")).first.click()
        self.page.wait_for_load_state()
        self.take("admin-return")


def main(shop_url: str, foreign_url: str, *walks: str) -> None:
    if strange := set(walks) - set(WALKS):
        sys.exit(f"There is no walk called {', '.join(sorted(strange))}; there are {', '.join(WALKS)}.")
    chosen = walks or WALKS
    logins = json.loads((ROOT / ".data" / "demo.json").read_text())["logins"]
    owner = next(login for login in logins if login["user"] == "ines")
    roster = next((login["url"] for login in logins if "/roster/" in login["url"]), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for width, height in HEIGHTS.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
                )
                photographer = Photographer(
                    shop_url=shop_url, foreign_url=foreign_url, page=context.new_page(), name=f"{width}-{scheme}"
                )
                for walk in ("shop", "asides", "widget"):
                    if walk in chosen:
                        getattr(photographer, walk)()
                if roster and "roster" in chosen:
                    photographer.roster(roster)
                if "admin" in chosen:
                    photographer.admin(user=owner["user"], password=owner["password"])
                context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
