"""
An order's page in the office says that it is a gift, and to whom the goods go since somebody accepted it.
"""

import pytest
from django.urls import reverse

from drops.catalog.models import MemberRole
from drops.sales import gifts
from drops.sales.delivery import Destination, Recipient
from drops.sales.holding import place_hold
from drops.sales.models import Order
from drops.sales.quotes import make_quote
from fulfillment.zones import make_rate, make_zone
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider
from tests.factories import NOON, make_creator, make_shopper
from tests.office.people import client_of, make_person
from tests.pickups.factories import make_mugs, pay_for
from tests.storefront.stalls import text_of

pytestmark = pytest.mark.django_db

ANAS = {"street": "Rua do Sol 1", "city": "Lisbon", "postcode": "1200-109", "country": "PT"}
MIRAS = {"street": "Rua das Flores 7", "city": "Porto", "postcode": "4050-262", "country": "PT"}


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    with stopped_clock(NOON):
        yield
    InMemoryProvider.reset()


@pytest.fixture
def order() -> Order:
    creator = make_creator()
    rate = make_rate(zone=make_zone(creator=creator, name="Home", countries=["PT"]), price_minor=450)
    mugs = make_mugs(creator=creator)
    quote = make_quote(
        shopper=make_shopper(creator=creator), drop=mugs.drop, sku_code=mugs.sku.code, quantity=1,
        destination=Destination("PT", "1200-109"), method="parcel", option=rate.key,
    )  # fmt: skip
    hold = place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)
    return pay_for(hold, name="Ana Lobo", address=ANAS)


def page_of(order):
    owner = client_of(make_person("ines", creator=order.creator, role=MemberRole.OWNER))
    return text_of(owner.get(reverse("admin:drops_order_change", args=[order.pk])))


def test_an_open_gift_says_until_when_and_with_which_words(order):
    gifts.give(order=order, message="For your kitchen", now=NOON)

    words = page_of(order)

    assert "A gift Waiting to be accepted until Fri 11 Dec 2026, 12:00 “For your kitchen”" in words


def test_an_accepted_gift_says_to_whom_it_goes_and_whose_order_it_stays(order):
    _, token = gifts.give(order=order, message="", now=NOON)
    gifts.claim(token=token, to=Recipient(name="Mira Costa", address=MIRAS), now=NOON)

    words = page_of(order)

    assert "A gift Accepted Fri 27 Nov 2026, 12:00 Goes to Mira Costa Rua das Flores 7 4050-262 Porto" in words
    assert "To Ana Lobo" in words
    assert "Invoice, refund and the right to return it stay with Ana Lobo." in words


def test_the_list_of_gifts_names_its_recipient_and_shows_no_hash_of_a_link(order):
    _, token = gifts.give(order=order, message="", now=NOON)
    gift, _ = gifts.claim(token=token, to=Recipient(name="Mira Costa", address=MIRAS), now=NOON)
    owner = client_of(make_person("ines", creator=order.creator, role=MemberRole.OWNER))

    listed = text_of(owner.get(reverse("admin:drops_giftclaim_changelist")))
    page = owner.get(reverse("admin:drops_giftclaim_change", args=[gift.pk])).content.decode()

    assert "Mira Costa" in listed
    assert gift.token_hash not in page
    assert gift.own_hash not in page


def test_an_order_that_nobody_gave_says_nothing_of_gifts(order):
    assert "A gift" not in page_of(order)
