from datetime import timedelta

import pytest
from django.test import Client

from drops.audience.identities import remember
from drops.audience.models import IdentityKind
from drops.clock import database_now
from drops.sales.models import Order, Payment, Quote
from drops.stock.models import Hold, HoldState
from tests.api.knocking import STRANGER, knock, refusal
from tests.clock import advance, stopped_clock
from tests.factories import make_drop_sku, make_hold, make_quote, make_shopper
from tests.paying import approve_payment

pytestmark = pytest.mark.django_db


def quote_body(drop_sku, **changes):
    body = {
        "drop": drop_sku.drop.ref,
        "sku": drop_sku.sku.code,
        "quantity": 1,
        "destination": {"country": "pt", "postcode": "1200-109"},
        "delivery": {"method": "pickup", "option": "counter"},
    }
    return body | changes


def place(quote, *, key="key-1", shopper=None, **changes):
    body = {"quote": quote.ref, "hash": quote.hash} | changes
    return knock("POST", "holds", body, shopper=shopper or quote.shopper, headers={"Idempotency-Key": key})


def test_a_quote_says_the_full_price_and_holds_nothing():
    drop_sku = make_drop_sku()
    shopper = make_shopper(creator=drop_sku.drop.creator, locale="de")

    answer = knock("POST", "quotes", quote_body(drop_sku), shopper=shopper)

    said, quote = answer.json(), Quote.objects.get()
    assert answer.status_code == 201
    assert (said["quote"], said["hash"], said["terms"]) == (quote.ref, quote.hash, quote.terms)
    assert said["total"] == {"amount_minor": 3914, "currency": "EUR", "text": "39,14\xa0€"}
    assert Hold.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"drop": "no-such-drop"}, (404, "drop_unknown")),
        ({"sku": "NOTHING"}, (404, "sku_not_in_drop")),
        ({"quantity": 0}, (422, "invalid")),
        ({"quantity": 11}, (422, "wrong_quantity")),
        ({"quantity": "many"}, (422, "invalid")),
        ({"delivery": {"method": "pickup", "option": "moon"}}, (409, "delivery_gone")),
        ({"delivery": None}, (422, "invalid")),
        ({"destination": {"country": "Portugal"}}, (422, "invalid")),
    ],
)
def test_a_quote_is_refused_by_name(changes, expected):
    drop_sku = make_drop_sku()
    shopper = make_shopper(creator=drop_sku.drop.creator)

    assert refusal(knock("POST", "quotes", quote_body(drop_sku, **changes), shopper=shopper)) == expected
    assert Quote.objects.count() == 0


def test_another_creators_drop_does_not_exist_in_this_session():
    drop_sku = make_drop_sku()

    answer = knock("POST", "quotes", quote_body(drop_sku), shopper=make_shopper())

    assert refusal(answer) == (404, "drop_unknown")


def test_an_accepted_quote_becomes_a_hold():
    quote = make_quote(drop_sku=make_drop_sku())

    answer = place(quote)

    said, hold = answer.json(), Hold.objects.get()
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer
    assert (said["hold"], said["drop"], said["sku"]) == (hold.ref, quote.terms["drop"], quote.terms["sku"])
    assert (said["state"], said["quantity"], said["can_extend"]) == ("held", 1, True)
    assert said["expires_in_ms"] == 600_000
    assert said["total"] == {"amount_minor": 3914, "currency": "EUR", "text": "€39.14"}
    assert said["terms"] == quote.terms
    assert said["checkout_url"] == f"https://shop.example/checkout/{hold.ref}/"


def test_the_same_key_gets_the_same_answer_whatever_happened_since():
    with stopped_clock(database_now()):
        quote = make_quote(drop_sku=make_drop_sku())
        first = place(quote)
        advance(timedelta(seconds=30))
        knock("POST", f"holds/{first.json()['hold']}/extend", shopper=quote.shopper)
        again = place(quote)

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert Hold.objects.count() == 1


def test_a_key_is_not_used_for_two_different_things():
    drop_sku = make_drop_sku()
    quote = make_quote(drop_sku=drop_sku)
    place(quote)

    other = make_quote(drop_sku=drop_sku, shopper=quote.shopper)

    assert refusal(place(other)) == (422, "idempotency_key_reused")
    assert Hold.objects.count() == 1


@pytest.mark.parametrize("key", ["", "   "])
def test_a_hold_needs_a_key(key):
    quote = make_quote(drop_sku=make_drop_sku())

    assert refusal(place(quote, key=key)) == (400, "idempotency_key_required")
    assert Hold.objects.count() == 0


def test_a_key_has_bounds():
    quote = make_quote(drop_sku=make_drop_sku())

    assert refusal(place(quote, key="k" * 121)) == (400, "bad_request")
    assert Hold.objects.count() == 0


def test_what_was_seen_is_what_is_accepted():
    quote = make_quote(drop_sku=make_drop_sku())

    assert refusal(place(quote, hash="0" * 64)) == (409, "quote_changed")
    assert Hold.objects.count() == 0


def test_nobody_accepts_somebody_elses_quote():
    quote = make_quote(drop_sku=make_drop_sku())
    stranger = make_shopper(creator=quote.shopper.creator)

    assert refusal(place(quote, shopper=stranger)) == (404, "quote_not_found")
    assert Hold.objects.count() == 0


def test_the_last_unit_says_when_it_may_come_back():
    drop_sku = make_drop_sku(units=1)
    make_hold(drop_sku=drop_sku)
    quote = make_quote(drop_sku=drop_sku)

    answer = place(quote)

    assert refusal(answer) == (409, "held_by_others")
    assert answer.json()["facts"]["next_return_at"].endswith("Z")
    assert answer.json()["facts"]["total"] == 1
    assert Hold.objects.count() == 1


def test_a_stale_quote_is_refused():
    with stopped_clock(database_now()):
        quote = make_quote(drop_sku=make_drop_sku())
        advance(timedelta(seconds=121))

        assert refusal(place(quote)) == (409, "quote_expired")


def test_a_hold_is_extended_once_and_let_go():
    with stopped_clock(database_now()):
        hold = make_hold(drop_sku=make_drop_sku())
        longer = knock("POST", f"holds/{hold.ref}/extend", shopper=hold.shopper)
        again = knock("POST", f"holds/{hold.ref}/extend", shopper=hold.shopper)
        gone = knock("DELETE", f"holds/{hold.ref}", shopper=hold.shopper)
        twice = knock("DELETE", f"holds/{hold.ref}", shopper=hold.shopper)

    assert (longer.json()["expires_in_ms"], longer.json()["can_extend"]) == (720_000, False)
    assert refusal(again) == (409, "extension_used")
    assert (gone.json()["state"], gone.json()["expires_in_ms"]) == ("released", 0)
    assert (twice.status_code, twice.json()["state"]) == (200, "released")


def test_an_ended_hold_reads_as_expired_before_any_worker_notices():
    with stopped_clock(database_now()):
        hold = make_hold(drop_sku=make_drop_sku())
        advance(timedelta(minutes=10))
        said = knock("GET", f"holds/{hold.ref}", shopper=hold.shopper).json()

    assert (said["state"], said["expires_in_ms"], said["can_extend"]) == ("expired", 0, False)


@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("DELETE", ""), ("POST", "/extend"), ("POST", "/payments")])
def test_somebody_elses_hold_does_not_exist(method, rest):
    hold = make_hold(drop_sku=make_drop_sku())
    stranger = make_shopper(creator=hold.shopper.creator)
    body = {"name": "Ann", "email": "ann@example.org"} if rest == "/payments" else None

    answer = knock(method, f"holds/{hold.ref}{rest}", body, shopper=stranger)

    hold.refresh_from_db()
    assert refusal(answer) == (404, "hold_not_found")
    assert (hold.state, hold.extensions, Payment.objects.count()) == (HoldState.HELD, 0, 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "quotes"),
        ("POST", "holds"),
        ("GET", "holds/0"),
        ("DELETE", "holds/0"),
        ("POST", "holds/0/extend"),
        ("POST", "holds/0/payments"),
        ("GET", "orders/0"),
    ],
)
@pytest.mark.parametrize("token", [None, "", "forged", "a.b.c", "\xff"])
def test_without_a_valid_token_nothing_is_told(method, path, token):
    answer = knock(method, path, {} if method == "POST" else None, token=token)

    assert refusal(answer) == (401, "session_invalid")
    assert answer["WWW-Authenticate"] == 'Bearer realm="shop"'


def test_a_token_does_not_work_from_a_page_the_creator_does_not_list():
    hold = make_hold(drop_sku=make_drop_sku())

    answer = knock("DELETE", f"holds/{hold.ref}", shopper=hold.shopper, origin=STRANGER)

    hold.refresh_from_db()
    assert refusal(answer) == (403, "origin_refused")
    assert hold.state == HoldState.HELD


def test_paying_leads_to_the_providers_page_and_to_an_order():
    hold = make_hold(drop_sku=make_drop_sku())

    answer = knock(
        "POST", f"holds/{hold.ref}/payments", {"name": "Lena Vogt", "email": "lena@example.org"}, shopper=hold.shopper
    )

    payment = Payment.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "payment": payment.ref,
        "provider": "test",
        "url": f"https://shop.example/pay/test/{payment.ref}/",
        "is_test": True,
    }
    assert knock("GET", f"holds/{hold.ref}", shopper=hold.shopper).json()["state"] == "paying"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "", "email": "lena@example.org"}, (422, "invalid")),
        ({"name": "  ", "email": "lena@example.org"}, (422, "contact_incomplete")),
        ({"name": "Lena", "email": "lena"}, (422, "invalid")),
        ({"name": "Lena", "email": "lena@example.org", "provider": "nobody"}, (404, "unknown_implementation")),
    ],
)
def test_paying_is_refused_by_name(body, expected):
    hold = make_hold(drop_sku=make_drop_sku())

    answer = knock("POST", f"holds/{hold.ref}/payments", body, shopper=hold.shopper)

    hold.refresh_from_db()
    assert refusal(answer) == expected
    assert (hold.state, Payment.objects.count()) == (HoldState.HELD, 0)


def test_a_parcel_needs_an_address_and_the_refusal_says_which_lines():
    hold = make_hold(drop_sku=make_drop_sku(), method="parcel", option="post")

    answer = knock(
        "POST", f"holds/{hold.ref}/payments", {"name": "Lena", "email": "lena@example.org"}, shopper=hold.shopper
    )

    assert refusal(answer) == (422, "contact_incomplete")
    assert sorted(answer.json()["facts"]["fields"]) == ["city", "country", "postcode", "street"]


def test_an_order_is_shown_to_its_owner_alone():
    hold = make_hold(drop_sku=make_drop_sku())
    knock("POST", f"holds/{hold.ref}/payments", {"name": "Lena", "email": "l@example.org"}, shopper=hold.shopper)
    approve_payment(Payment.objects.get())
    Client().get(f"/checkout/{hold.ref}/?back=1")
    order = Order.objects.get()

    answer = knock("GET", f"orders/{order.ref}", shopper=hold.shopper)
    stranger = knock("GET", f"orders/{order.ref}", shopper=make_shopper(creator=hold.shopper.creator))

    said = answer.json()
    assert (said["order"], said["state"], said["total"]["amount_minor"]) == (order.ref, "paid", 3914)
    assert [(line["quantity"], line["unit_price"]["text"]) for line in said["lines"]] == [(1, "€38.00")]
    assert said["order_url"].startswith(f"https://shop.example/orders/{order.ref}/")
    assert refusal(stranger) == (404, "order_unknown")
    assert refusal(knock("GET", "orders/NOSUCH", shopper=hold.shopper)) == (404, "order_unknown")


def test_a_hold_beyond_the_limit_of_a_device_says_so_in_words_and_numbers():
    drop_sku = make_drop_sku(account_limit=1)
    quotes = []
    for _ in range(3):
        shopper = make_shopper(creator=drop_sku.drop.creator)
        remember(shopper=shopper, kind=IdentityKind.DEVICE, value="0b7e4a52-7c1f-4a30-9d55-1f4f5e0a9c11")
        quotes.append(make_quote(drop_sku=drop_sku, shopper=shopper))

    answers = [place(quote) for quote in quotes]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[2].json() == {
        "code": "limit_reached",
        "message": "This device has the 2 units that one household may have in this drop.",
        "facts": {"limit": 2, "left": 0, "asked": 1, "kind": "device"},
    }


def test_a_telephone_at_its_limit_starts_no_payment():
    drop_sku = make_drop_sku(account_limit=1)
    first, second = (make_hold(drop_sku=drop_sku) for _ in range(2))
    body = {"name": "Lena Vogt", "email": "lena@example.org", "phone": "+351 912 345 678"}

    started = knock("POST", f"holds/{first.ref}/payments", body, shopper=first.shopper)
    refused = knock("POST", f"holds/{second.ref}/payments", body, shopper=second.shopper)

    assert started.status_code == 201
    assert refused.json() == {
        "code": "limit_reached",
        "message": "This phone number has the unit that one person may have in this drop.",
        "facts": {"limit": 1, "left": 0, "asked": 1, "kind": "phone"},
    }
    second.refresh_from_db()
    assert (second.state, Payment.objects.get().hold) == (HoldState.HELD, first)


def test_a_telephone_that_is_none_is_named():
    hold = make_hold(drop_sku=make_drop_sku())
    body = {"name": "Lena Vogt", "email": "lena@example.org", "phone": "call me"}

    answer = knock("POST", f"holds/{hold.ref}/payments", body, shopper=hold.shopper)

    assert refusal(answer) == (422, "contact_incomplete")
    assert list(answer.json()["facts"]["fields"]) == ["phone"]
    assert Payment.objects.count() == 0
