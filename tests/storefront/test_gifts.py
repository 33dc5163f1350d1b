"""
A gift through its two doors: the card on its giver's order, and the page of whoever it is for.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.timezone import timedelta

from drops.clock import database_now
from drops.documents.issuing import issue_for_order
from drops.sales.access import order_access
from drops.sales.gift_models import GiftClaim
from drops.sales.models import Order
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund
from fulfillment.batches import ask_to_run, make_batch, run_batch
from fulfillment.models import Parcel
from fulfillment.queries import address_of_parcel
from fulfillment.zones import make_rate, make_zone
from pickups.models import Pickup, Slot
from pickups.queries import pass_of_whoever_collects
from tests.storefront.stalls import Stall, form_of, make_stall, open_counter, pay_for, tags_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "For your kitchen. <b>Ana</b>"
PORTO = {"name": "Mira Costa", "street": "Rua das Flores 7", "postcode": "4050-262", "city": "Porto"}


@pytest.fixture
def stall() -> Stall:
    return make_stall()


def buy(client: Client, stall: Stall) -> Order:
    held = client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold"))
    return pay_for(client, held["Location"], street="Rua do Sol 1", postcode="1200-109", city="Lisbon")


@pytest.fixture
def parcel_order(stall: Stall, client: Client) -> Order:
    return buy(client, stall)


@pytest.fixture
def pickup_order(stall: Stall, client: Client) -> Order:
    open_counter(stall)
    return buy(client, stall)


def order_url(order: Order) -> str:
    return f"/orders/{order.ref}/{order_access(order.ref)}/"


def give(client: Client, order: Order, message: str = WORDS) -> str:
    """Make a gift and return the path of its link."""
    answer = client.post(order_url(order) + "gift/", {"do": "give", "message": message})
    return link_in(answer)


def link_in(answer: Any) -> str:
    (link,) = [attributes["value"] for tag, attributes in tags_of(answer) if attributes.get("id") == "gift-link"]
    assert link.startswith("http")
    return urlsplit(link).path


def other_slot(order: Order) -> Slot:
    taken = Pickup.objects.get(order=order).slot
    return Slot.objects.filter(location=taken.location, starts_at__gt=taken.starts_at).order_by("starts_at")[0]


def test_the_link_is_shown_once_and_the_card_says_how_the_gift_stands(client: Client, pickup_order: Order) -> None:
    assert "Make a gift link" in text_of(client.get(order_url(pickup_order)))

    path = give(client, pickup_order)

    later = client.get(order_url(pickup_order))
    assert path.removeprefix("/gift/").strip("/") not in later.content.decode()
    assert "It can be accepted until" in text_of(later)
    assert "For your kitchen. <b>Ana</b>" in text_of(later)


def test_the_gift_page_has_no_price_anywhere_and_is_for_no_search_engine(client: Client, pickup_order: Order) -> None:
    path = give(client, pickup_order)

    answer = Client().get(path)

    page = answer.content.decode()
    for price in ("€", "38.00", "39.14", "EUR", "product:price", "ld+json", "oembed"):
        assert price not in page
    assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex", "no-store, private")
    assert '<meta name="robots" content="noindex">' in page
    assert '<meta property="og:title" content="A gift from Lena">' in page
    assert '<meta property="og:description" content="Ring mug · Sage by' in page
    words = text_of(answer)
    assert "A gift from Lena Ring mug · Sage" in words
    assert WORDS in words
    assert "<b>Ana" not in page
    assert "Vogt" not in page


def test_looking_accepts_nothing(client: Client, pickup_order: Order) -> None:
    path = give(client, pickup_order)

    for _ in range(2):
        assert Client().get(path).status_code == 200
    assert Client().head(path).status_code == 200

    assert GiftClaim.objects.get().state == "open"


def test_whoever_accepts_gets_the_pass_and_the_giver_learns_only_the_day(client: Client, pickup_order: Order) -> None:
    slot, friend = other_slot(pickup_order), Client()
    path = give(client, pickup_order)

    done = friend.post(path, {"name": "Mira", "slot": slot.ref})

    own = friend.get(done["Location"])
    proof = pass_of_whoever_collects(order=pickup_order)
    assert proof is not None
    assert f"It is yours, Mira. Pickup pass Booked Your code {proof.code_text} When {proof.when}" in text_of(own)
    assert "€" not in own.content.decode()
    giver = client.get(order_url(pickup_order))
    assert "Given away" in text_of(giver)
    assert "It was accepted on" in text_of(giver)
    for secret in (proof.code_text, "yours, Mira", proof.when, done["Location"]):
        assert secret not in giver.content.decode()
    assert client.get(order_url(pickup_order) + "qr.svg").status_code == 404
    assert client.get(order_url(pickup_order) + "pickup.ics").status_code == 404


def test_sending_it_back_stays_with_whoever_bought_it(client: Client, pickup_order: Order) -> None:
    friend = Client()
    done = friend.post(give(client, pickup_order), {"name": "Mira"})

    own = friend.get(done["Location"]).content.decode()

    assert "/return/" not in own
    assert pickup_order.ref not in own
    assert friend.get(done["Location"] + "return/").status_code == 404
    assert f"{order_url(pickup_order)}return/" in client.get(order_url(pickup_order)).content.decode()


def test_the_givers_link_does_not_show_what_only_the_recipient_may_see(client: Client, pickup_order: Order) -> None:
    friend = Client()
    path = give(client, pickup_order)
    done = friend.post(path, {"name": "Mira"})
    proof = pass_of_whoever_collects(order=pickup_order)
    assert proof is not None

    seen = client.get(path)

    assert seen.status_code == 409
    assert "This gift was accepted already." in text_of(seen)
    assert proof.code_text not in seen.content.decode()
    # The browser that accepted finds its way from the same link.
    assert friend.get(path)["Location"] == done["Location"]
    assert b"DTSTART" in friend.get(done["Location"] + "pickup.ics").content


def test_a_second_one_is_told_that_it_was_accepted(client: Client, pickup_order: Order) -> None:
    path = give(client, pickup_order)
    Client().post(path, {"name": "Mira"})

    answer = Client().post(path, {"name": "Rui"})

    assert answer.status_code == 409
    assert GiftClaim.objects.get().recipient_name == "Mira"


def test_a_slot_that_filled_up_is_said_and_what_was_typed_stays(client: Client, pickup_order: Order) -> None:
    slot = other_slot(pickup_order)
    path = give(client, pickup_order)
    slot.places.all().delete()

    answer = Client().post(path, {"name": "Mira", "slot": slot.ref})

    assert answer.status_code == 409
    assert "That pickup slot has filled up. Please choose another one." in text_of(answer)
    assert ("input", "Mira") in [(tag, given.get("value")) for tag, given in tags_of(answer)]
    assert GiftClaim.objects.get().state == "open"


@pytest.mark.parametrize(("name", "status"), [("", 422), ("a\x00b", 422), ("x" * 150, 422)])
def test_a_name_that_nobody_can_be_called_by_accepts_nothing(
    client: Client, pickup_order: Order, name: str, status: int
) -> None:
    path = give(client, pickup_order)

    answer = Client().post(path, {"name": name})

    assert answer.status_code == status
    assert GiftClaim.objects.get().state == "open"


def test_a_parcel_goes_to_the_address_that_was_typed_and_the_invoice_stays_the_buyers(
    client: Client, parcel_order: Order
) -> None:
    friend = Client()
    path = give(client, parcel_order)

    done = friend.post(path, PORTO)

    own = text_of(friend.get(done["Location"]))
    assert "To Mira Costa Rua das Flores 7 4050-262 Porto Portugal" in own
    assert "Waits for packing" in own
    address = address_of_parcel(order=parcel_order)
    assert address is not None
    assert (address["name"], address["city"], address["country"]) == ("Mira Costa", "Porto", "PT")
    parcel_order.refresh_from_db()
    assert (parcel_order.name, parcel_order.address["city"]) == ("Lena Vogt", "Lisbon")
    document = issue_for_order(order_id=parcel_order.pk)
    assert "Porto" not in str(document.data)
    assert "Lena Vogt" in str(document.data)
    giver = client.get(order_url(parcel_order)).content.decode()
    for secret in ("Porto", "Rua das Flores", "Mira Costa", Parcel.objects.get().ref):
        assert secret not in giver


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"postcode": "75001"}, "“75001” is not a postcode of Portugal"),
        ({"street": ""}, "The street is missing."),
        ({"city": ""}, "The city is missing."),
        ({"city": "東京"}, "No font here can print"),
    ],
)
def test_an_address_that_nothing_can_be_sent_to_is_refused(
    client: Client, parcel_order: Order, wrong: dict[str, str], sentence: str
) -> None:
    path = give(client, parcel_order)

    answer = Client().post(path, PORTO | wrong)

    assert answer.status_code == 409
    assert sentence in text_of(answer)
    assert GiftClaim.objects.get().state == "open"
    assert Parcel.objects.get().address == {}


def test_a_part_of_the_country_with_other_postage_is_refused(client: Client, stall: Stall, parcel_order: Order) -> None:
    azores = make_zone(creator=stall.creator, name="Azores", countries=["PT"], postcode_prefixes=["95"])
    make_rate(zone=azores, price_minor=1450)
    path = give(client, parcel_order)

    answer = Client().post(path, PORTO | {"postcode": "9500-321", "city": "Ponta Delgada"})

    assert answer.status_code == 409
    assert "The postage was paid to another part of Portugal, and does not reach 9500-321." in text_of(answer)
    assert GiftClaim.objects.get().state == "open"


def test_the_country_cannot_be_changed(client: Client, parcel_order: Order) -> None:
    path = give(client, parcel_order)

    Client().post(path, PORTO | {"country": "US"})

    address = address_of_parcel(order=parcel_order)
    assert address is not None
    assert address["country"] == "PT"


def freeze(stall: Stall) -> None:
    now = database_now()
    stall.drop.closes_at = stall.drop.closed_at = now
    stall.drop.state = "closed"
    stall.drop.save(update_fields=["closes_at", "closed_at", "state"])
    batch = make_batch(drop_id=stall.drop.pk, by_user_id=None, now=now)
    ask_to_run(batch_id=batch.pk, now=now)
    run_batch(batch_id=batch.pk, now=now)


def test_printed_papers_end_an_open_gift_and_nothing_can_be_given_any_more(
    client: Client, stall: Stall, parcel_order: Order
) -> None:
    path = give(client, parcel_order)

    freeze(stall)

    answer = Client().post(path, PORTO)
    assert answer.status_code == 410
    assert "This gift is over." in text_of(answer)
    assert GiftClaim.objects.get().state == "expired"
    assert Parcel.objects.get().address["city"] == "Lisbon"
    words = text_of(client.get(order_url(parcel_order)))
    assert "It can’t be given to somebody else: it is being packed, and the address is printed." in words


def test_the_papers_of_an_accepted_gift_name_its_recipient(client: Client, stall: Stall, parcel_order: Order) -> None:
    Client().post(give(client, parcel_order), PORTO)

    freeze(stall)

    parcel = Parcel.objects.get()
    assert (parcel.state, parcel.address["name"], parcel.address["city"]) == ("frozen", "Mira Costa", "Porto")
    assert b"Rua das Flores 7" in bytes(parcel.batch.documents.get(kind="csv").content)


def test_a_gift_that_was_taken_back_is_over_and_can_be_given_again(client: Client, pickup_order: Order) -> None:
    path = give(client, pickup_order)

    back = client.post(order_url(pickup_order) + "gift/", {"do": "revoke"})

    assert "The gift was taken back, so the order is yours as it was." in text_of(back)
    seen = Client().get(path)
    assert (seen.status_code, "This gift was taken back." in text_of(seen)) == (410, True)
    assert Client().get(give(client, pickup_order)).status_code == 200


def test_a_new_link_ends_the_old_one(client: Client, pickup_order: Order) -> None:
    old = give(client, pickup_order)

    new = link_in(client.post(order_url(pickup_order) + "gift/", {"do": "link"}))

    assert Client().get(old).status_code == 404
    assert WORDS in text_of(Client().get(new))


def test_a_message_that_is_too_long_stays_in_its_field(client: Client, pickup_order: Order) -> None:
    answer = client.post(order_url(pickup_order) + "gift/", {"do": "give", "message": "x" * 301})

    assert answer.status_code == 422
    assert "A message has 300 characters at most; this one has 301." in text_of(answer)
    assert "x" * 301 in answer.content.decode()
    assert GiftClaim.objects.count() == 0


def test_whoever_lacks_the_secret_part_of_an_order_gives_nothing(client: Client, pickup_order: Order) -> None:
    answer = client.post(f"/orders/{pickup_order.ref}/{'x' * 43}/gift/", {"do": "give"})

    assert answer.status_code == 404
    assert GiftClaim.objects.count() == 0


def test_an_expired_gift_says_so_before_any_sweep(client: Client, pickup_order: Order) -> None:
    path = give(client, pickup_order)
    past = database_now() - timedelta(minutes=1)
    GiftClaim.objects.update(expires_at=past)

    seen = Client().post(path, {"name": "Mira"})

    assert (seen.status_code, "its time is over" in text_of(seen)) == (410, True)
    assert "Nobody accepted the gift in time" in text_of(client.get(order_url(pickup_order)))


def test_a_refund_of_an_accepted_gift_is_told_to_its_recipient_without_amounts(
    client: Client, pickup_order: Order
) -> None:
    friend, whole = Client(), Selection(kind=Kind.WHOLE)
    own = friend.post(give(client, pickup_order), {"name": "Mira"})["Location"]
    plan = preview_refund(order_ref=pickup_order.ref, selection=whole)

    refund(order_ref=pickup_order.ref, plan_hash=plan.hash, selection=whole, actor="office:ana", reason="broken")

    seen = friend.get(own)
    assert "The shop has called this off" in text_of(seen)
    assert "€" not in seen.content.decode()
    assert "Your code" not in text_of(seen)
    assert "€39.14 went back" in text_of(client.get(order_url(pickup_order)))


def test_too_many_looks_are_told_to_wait(client: Client, pickup_order: Order, settings: Any) -> None:
    path = give(client, pickup_order)
    settings.API_RATES = settings.API_RATES | {"gifts": "2/60"}

    answers = [Client().get(path) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_the_answer_that_shows_the_link_keeps_what_may_follow_the_order(client: Client, pickup_order: Order) -> None:
    answer = client.post(order_url(pickup_order) + "gift/", {"do": "give"})

    assert "Early access" in text_of(answer) and "Early access" in text_of(client.get(order_url(pickup_order)))
