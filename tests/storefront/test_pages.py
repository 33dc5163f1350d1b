"""
Home, shop and capsule, and what holds for every page.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from drops.audience.models import Shopper
from drops.clock import database_now
from drops.sales.models import Quote
from drops.schedule.models import DropState
from tests.factories import make_capsule, make_creator, make_drop, make_drop_sku, make_photo, make_product, make_sku
from tests.storefront.stalls import Stall, make_stall, tags_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stall() -> Stall:
    return make_stall()


def test_home_shows_who_sells_and_the_open_drop_first(client: Client) -> None:
    early = make_creator(slug="a-later-studio", name="A later studio")
    make_sku(product=make_product(capsule=make_capsule(creator=early)))
    stall = make_stall()
    closes = stall.drop.closes_at.astimezone(stall.drop.zone)

    words = text_of(client.get("/"))

    assert "Kiln & Tide Stoneware from a small kiln. Batch 07 Closes" in words
    assert f"{closes:%H:%M} Lisbon time" in words
    assert words.index("Kiln & Tide") < words.index("A later studio")
    assert "No drop is planned" in words


def test_a_shop_shows_its_capsule_with_prices_that_hide_no_fee(client: Client, stall: Stall) -> None:
    words = text_of(client.get("/kiln-and-tide/"))

    assert "Batch 07 Eleven rings, four glazes." in words
    assert "01/01 Ring mug €39.14 6 of 6 left" in words


def test_a_capsule_has_a_page_of_its_own(client: Client, stall: Stall) -> None:
    response = client.get("/kiln-and-tide/c/batch-07/")

    assert "Open until" in text_of(response)
    assert "01/01 Ring mug €39.14 6 of 6 left" in text_of(response)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/nobody/", "There is no shop called 'nobody'."),
        ("/kiln-and-tide/c/none/", "Kiln & Tide has no capsule 'none'."),
        ("/kiln-and-tide/p/none/", "Kiln & Tide has no product 'none'."),
        ("/checkout/none/", "There is no such hold."),
        ("/orders/NONE/none/", "There is no such order."),
        ("/no/such/address/", "There is nothing at this address."),
    ],
)
def test_what_is_not_there_is_said_in_the_look_of_the_shop(
    client: Client, settings: Any, stall: Stall, path: str, sentence: str
) -> None:
    settings.DEBUG = False

    response = client.get(path)

    assert response.status_code == 404
    assert "This frame is empty." in text_of(response)
    assert sentence in text_of(response)


def test_an_error_page_needs_no_database(settings: Any) -> None:
    from creatorshop.storefront.refusals import broken

    response = broken(None)  # type: ignore[arg-type]

    assert response.status_code == 500
    assert "If you hold a piece, it stays yours until its time ends." in text_of(response)


def test_more_products_cost_no_more_queries(client: Client, stall: Stall, django_assert_num_queries: Any) -> None:
    for number in range(3):
        product = make_product(capsule=stall.capsule, handle=f"bowl-{number}")
        make_photo(product=product)
        make_drop_sku(drop=stall.drop, sku=make_sku(product=product))

    with django_assert_num_queries(7):
        client.get("/")
    with django_assert_num_queries(13):
        client.get("/kiln-and-tide/")
    with django_assert_num_queries(11):
        client.get("/kiln-and-tide/c/batch-07/")


def test_looking_writes_nothing(client: Client, stall: Stall) -> None:
    for path in ("/", "/kiln-and-tide/", "/kiln-and-tide/c/batch-07/", stall.url):
        assert client.get(path).cookies.keys() <= {"csrftoken"}

    assert Shopper.objects.count() == 0
    assert Quote.objects.count() == 0


@pytest.mark.parametrize("path", ["/", "/kiln-and-tide/", "/kiln-and-tide/c/batch-07/", "/kiln-and-tide/p/ring-mug/"])
def test_no_page_needs_anything_inline(client: Client, stall: Stall, path: str) -> None:
    response = client.get(path)
    policy = response["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "script-src 'self';" in f"{policy};"
    for tag, attributes in tags_of(response):
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag
        if tag == "script" and attributes.get("type") != "application/ld+json":  # which is data, and never run
            assert attributes["src"]
        if tag == "style":
            assert f"'nonce-{attributes['nonce']}'" in policy


def test_every_page_has_one_headline_landmarks_and_a_way_past_them(client: Client, stall: Stall) -> None:
    for path in ("/", "/kiln-and-tide/", "/kiln-and-tide/c/batch-07/", stall.url):
        tags = tags_of(client.get(path))
        names = [tag for tag, _ in tags]

        assert names.count("h1") == 1, path
        assert names.count("main") == 1, path
        assert ("a", {"class": "skip", "href": "#main"}) in tags, path
        assert all("alt" in attributes for tag, attributes in tags if tag == "img"), path


def test_a_shop_page_carries_the_chat_of_its_creator(client: Client, stall: Stall) -> None:
    [script] = [attributes for tag, attributes in tags_of(client.get("/kiln-and-tide/")) if "data-key" in attributes]

    assert script["src"] == "/static/storefront/chat.js"  # which brings /widget.js after the page itself
    assert script["data-key"] == stall.creator.embed_key
    assert script["data-drop"] == "ring-mug-batch-07"


def test_an_accent_reaches_the_page_only_where_it_can_be_read(client: Client, stall: Stall) -> None:
    stall.creator.accent = "#23346b"
    stall.creator.save(update_fields=["accent"])

    body = client.get("/kiln-and-tide/").content.decode()

    assert re.search(r"--bottle:#23346b;--bottle-ink:#f6fcf7", body)


def test_a_placeholder_that_is_no_picture_never_reaches_the_style_block(client: Client, stall: Stall) -> None:
    stall.product.photos.update(placeholder='x");}</style><script>alert(1)</script>')

    assert "alert(1)" not in client.get(stall.url).content.decode()


def test_the_next_drop_is_talked_about_when_none_is_open(client: Client) -> None:
    now = database_now()
    stall = make_stall(
        state=DropState.SCHEDULED, opens_at=now + timedelta(days=2), closes_at=now + timedelta(days=2, hours=8)
    )
    past = make_drop(
        capsule=stall.capsule,
        state=DropState.CLOSED,
        opens_at=now - timedelta(days=9),
        closes_at=now - timedelta(days=8),
    )
    make_drop_sku(drop=past, sku=stall.sage)
    opens = stall.drop.opens_at.astimezone(stall.drop.zone)

    words = text_of(client.get("/kiln-and-tide/"))

    assert f"{opens:%-d %b}, {opens:%H:%M} Lisbon time" in words
    assert "6 of 6 left" in words
