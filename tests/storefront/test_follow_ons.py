"""What may follow a purchase, on the order's page: three plain forms, each undone where it was done."""

from __future__ import annotations

import pytest
from django.test import Client

from drops.audience.memberships import membership_of
from drops.audience.models import Shopper, Tier
from drops.clock import database_now
from drops.letters.models import Source, Subscriber
from drops.letters.subscribing import confirm
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState
from drops.schedule import early
from tests.storefront.stalls import Stall, buy, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(stall: Stall, client: Client) -> Order:
    return buy(client, stall)


@pytest.fixture
def tier(order: Order) -> Tier:
    return Tier.objects.create(
        creator=order.creator, name="Kiln friends", benefits=["First look"], position=1, is_open=True
    )


def url_of(order: Order, path: str = "") -> str:
    return f"/orders/{order.ref}/{order_access(order.ref)}/{path}"


def choose(client: Client, order: Order, wish: str, **given: str) -> str:
    """Press a button of the page without any cookie or token, as in a frame; return the words of the page after it."""
    answer = Client(enforce_csrf_checks=True).post(url_of(order, "follow/"), {"do": wish, **given})
    assert (answer.status_code, answer["Location"]) == (302, f"{url_of(order)}?did={wish}#follow")
    return text_of(client.get(answer["Location"]))


def test_nothing_is_chosen_for_anybody(client: Client, order: Order, tier: Tier) -> None:
    page = client.get(url_of(order)).content.decode()

    assert 'name="email" type="email" value="lena@example.org"' in page
    assert [f'value="{wish}"' in page for wish in ("early", "letter", "member")] == [True, True, True]
    assert "checked" not in page[page.index('id="follow"') :]
    assert (Subscriber.objects.count(), membership_of(shopper=order.shopper)) == (0, None)
    assert not early.has_next(shopper=order.shopper, now=database_now())


def test_early_access_is_taken_and_given_back(client: Client, order: Order) -> None:
    assert "You have early access to the next drop." in choose(client, order, "early")
    assert early.has_next(shopper=order.shopper, now=database_now())

    assert "Your early access is given back." in choose(client, order, "undo-early")
    assert not early.has_next(shopper=order.shopper, now=database_now())


def test_the_letter_asks_the_mailbox_that_the_form_names(client: Client, order: Order) -> None:
    words = choose(client, order, "letter", email="other@example.org")

    subscriber = Subscriber.objects.get()
    assert "We ask that mailbox by mail" in words and "It comes once your mailbox said yes." in words
    assert (subscriber.address, subscriber.source, subscriber.is_live) == ("other@example.org", Source.ORDER, False)
    assert (subscriber.shopper, "At most four in 30 days" in subscriber.consent) == (order.shopper, True)

    confirm(subscriber=subscriber, now=database_now())
    assert "No letter comes." in choose(client, order, "undo-letter")
    assert not Subscriber.objects.live().exists()


def test_membership_is_joined_and_ended(client: Client, order: Order, tier: Tier) -> None:
    words = choose(client, order, "member")

    membership = membership_of(shopper=order.shopper)
    assert (membership and membership.tier, "You are a member. First look" in words) == (tier, True)
    assert "Get early access" not in words  # members go first anyway

    assert "You are no member any more." in choose(client, order, "undo-member")
    assert membership_of(shopper=order.shopper) is None


def test_without_an_open_tier_there_is_no_membership_to_choose(client: Client, order: Order) -> None:
    assert "Become a member" not in text_of(client.get(url_of(order)))

    answer = client.post(url_of(order, "follow/"), {"do": "member"})

    assert (answer.status_code, membership_of(shopper=order.shopper)) == (409, None)


@pytest.mark.parametrize("wish", [{"do": "letter", "email": "nobody"}, {"do": "everything"}, {}])
def test_what_cannot_be_done_is_said_on_the_page(client: Client, order: Order, wish: dict[str, str]) -> None:
    answer = client.post(url_of(order, "follow/"), wish)

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert Subscriber.objects.count() == 0


def test_whoever_lacks_the_secret_part_chooses_nothing(client: Client, order: Order) -> None:
    answer = client.post(f"/orders/{order.ref}/{'x' * 43}/follow/", {"do": "early"})

    assert (answer.status_code, early.has_next(shopper=order.shopper, now=database_now())) == (404, False)


def test_to_look_at_where_it_is_chosen_chooses_nothing(client: Client, order: Order) -> None:
    assert client.get(url_of(order, "follow/"), {"do": "early"}).status_code == 405
    assert not early.has_next(shopper=order.shopper, now=database_now())


def test_an_order_that_was_sent_back_offers_nothing_and_still_undoes(client: Client, order: Order) -> None:
    choose(client, order, "early")
    Order.objects.filter(pk=order.pk).update(state=OrderState.REFUNDED)

    assert 'id="follow"' not in client.get(url_of(order)).content.decode()
    assert client.post(url_of(order, "follow/"), {"do": "letter", "email": "lena@example.org"}).status_code == 422
    assert (Subscriber.objects.count(), Shopper.objects.count()) == (0, 1)
    client.post(url_of(order, "follow/"), {"do": "undo-early"})
    assert not early.has_next(shopper=order.shopper, now=database_now())
