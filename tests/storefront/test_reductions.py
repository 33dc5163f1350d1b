"""What is struck through is the lowest price of the 30 days before, wherever a price is shown, or nothing is."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.urls import reverse

from drops.clock import database_now
from tests.api.knocking import HOME, knock
from tests.clock import advance, stopped_clock
from tests.factories import NOON
from tests.storefront.programs import offers_of
from tests.storefront.stalls import make_stall, tags_of, text_of

pytestmark = pytest.mark.django_db

WORDS = "Lowest price of the 30 days before: €39.14"
DAY = timedelta(days=1)


@pytest.fixture
def stall():
    """Thirty days in the catalogue and a day on sale, then a cut of one of two glazes."""
    with stopped_clock(NOON):
        stall = make_stall(opens_at=NOON + 29 * DAY, closes_at=NOON + 40 * DAY)
        advance(30 * DAY)
        stall.sage.price_minor = 3400
        stall.sage.announces_reduction = True
        stall.sage.save()
        advance(timedelta(minutes=1))
        yield stall


def struck(response):
    """Return the lowest price before as the page tells it, with what is struck through."""
    assert len([tag for tag, _ in tags_of(response) if tag == "s"]) <= 1
    return re.findall(r"Lowest price of the 30 days before: €[0-9.]+", text_of(response))


def test_the_page_of_a_reduced_variant_tells_the_lowest_price_of_the_30_days_before(client, stall):
    assert struck(client.get(stall.url)) == [WORDS]


def test_the_page_of_its_sister_strikes_nothing_through(client, stall):
    assert struck(client.get(f"{stall.url}?sku=RM-TERRA")) == []


@pytest.mark.parametrize("page", ["shop", "capsule"])
def test_a_card_tells_it_of_its_lowest_price(client, stall, page):
    names = [stall.creator.slug, *([stall.capsule.slug] if page == "capsule" else [])]

    assert struck(client.get(reverse(page, args=names))) == [WORDS]


def test_programs_read_the_same_price_as_struck_through(client, stall):
    offers = offers_of(client.get(stall.url))

    [reduced] = [offer for offer in offers.values() if "priceSpecification" in offer]
    assert reduced["priceSpecification"] == {
        "@type": "UnitPriceSpecification",
        "priceType": "https://schema.org/StrikethroughPrice",
        "price": "39.14",
        "priceCurrency": "EUR",
    }


def test_the_api_tells_it_too(stall):
    skus = {sku["sku"]: sku for sku in knock("GET", f"drops/{stall.drop.ref}", origin=HOME).json()["skus"]}

    assert skus["RM-SAGE"]["lowest_before"] == {"amount_minor": 3914, "currency": "EUR", "text": "€39.14"}
    assert skus["RM-TERRA"]["lowest_before"] is None


def test_nothing_is_struck_through_that_the_creator_does_not_announce(client, stall):
    stall.sage.announces_reduction = False
    stall.sage.save()

    assert struck(client.get(stall.url)) == []


def test_a_price_that_was_raised_for_a_moment_makes_no_reduction(client, stall):
    """Faked: raised by half while the drop is on, and cut again to what it was."""
    stall.terracotta.announces_reduction = True
    for price_minor in (5700, 3800):
        stall.terracotta.price_minor = price_minor
        stall.terracotta.save()
        advance(timedelta(hours=2))

    assert struck(client.get(f"{stall.url}?sku=RM-TERRA")) == []


def test_after_30_days_the_page_shows_the_price_alone(client, stall):
    type(stall.drop).objects.filter(pk=stall.drop.pk).update(closes_at=NOON + 90 * DAY)
    assert struck(client.get(stall.url)) == [WORDS]

    advance(30 * DAY)

    assert struck(client.get(stall.url)) == []
    assert database_now() < NOON + 90 * DAY


def test_no_other_template_strikes_a_price_through():
    """Or one could be crossed out that nobody ever asked. (Sold-out variants are crossed out by style, which has no price.)"""
    crossed = re.compile(r"<(s|del|strike)[ >]|\bh\(\"(s|del|strike)\"")
    files = [path for folder in project.TEMPLATES[0]["DIRS"] for path in folder.rglob("*.html")]
    files += list((project.BASE_DIR / "static").rglob("*.js"))

    assert [path.name for path in files if crossed.search(path.read_text())] == ["_before.html"]
