"""
Our page with Stripe's form in it.
"""

import pytest
from django.test import Client

from creatorshop.adapters.stripe.provider import StripePayments
from drops.sales.models import Payment
from drops.stock.models import Hold, HoldState
from tests.stripe import bank
from tests.stripe.double import StripeDouble

pytestmark = pytest.mark.django_db(transaction=True)


def look(payment):
    return Client().get(f"/pay/stripe/{payment.ref}/")


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_page_carries_what_stripes_form_needs(payment):
    page = look(payment)

    text = text_of(page)
    assert page.status_code == 200
    assert "€39.14" in text
    assert '<script src="https://js.stripe.com/endive/stripe.js" defer></script>' in text
    assert 'data-key="pk_test_double"' in text
    assert f'data-secret="{payment.provider_ref}_secret_double"' in text
    assert 'data-return="https://shop.example/back"' in text
    assert "Stripe’s test world: no money moves" in text
    assert "rk_test_double" not in text


def test_the_policy_lets_stripe_in_and_nobody_else(payment):
    page = look(payment)

    policy = dict(part.split(" ", 1) for part in page["Content-Security-Policy"].split("; "))
    stripes = "https://js.stripe.com https://*.js.stripe.com"
    assert policy["script-src"] == f"'self' {stripes}"
    assert policy["frame-src"] == f"{stripes} https://hooks.stripe.com https://link.com https://*.link.com"
    assert (
        policy["connect-src"] == "'self' ws://127.0.0.1:8001 https://api.stripe.com https://link.com https://*.link.com"
    )
    assert policy["img-src"] == "'self' data: https://*.link.com"
    assert policy["default-src"] == "'self'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'self' https://kilnandtide.example"
    assert "unsafe" not in page["Content-Security-Policy"]
    assert page["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert "X-Frame-Options" not in page
    assert page["Cache-Control"] == "no-store, private"


def test_no_other_page_of_the_shop_lets_stripe_in(payment):
    sheet = Client().get(f"/checkout/{payment.hold.ref}/")

    assert sheet.status_code == 200
    assert "stripe" not in sheet["Content-Security-Policy"]


def test_without_scripts_the_page_says_what_it_needs_and_leads_back(payment):
    text = text_of(look(payment))

    assert "<noscript>" in text
    assert "Paying by card needs JavaScript" in text
    assert f'href="/checkout/{payment.hold.ref}/"' in text


@pytest.mark.parametrize("status", ["requires_capture", "processing", "succeeded", "canceled"])
def test_a_payment_that_waits_for_nobody_leads_on(payment, status):
    StripeDouble.intents[payment.provider_ref]["status"] = status

    answer = look(payment)

    assert (answer.status_code, answer["Location"]) == (303, "https://shop.example/back")


@pytest.mark.parametrize("act", [bank.decline, bank.ask_for_more])
def test_another_card_may_be_tried_after_a_decline_and_a_further_step_be_taken(payment, act):
    act(payment.provider_ref)

    assert "data-secret" in text_of(look(payment))


def test_a_hold_that_ended_is_not_paid_for_any_more(payment):
    Hold.objects.update(state=HoldState.RELEASED)

    page = look(payment)

    assert "The hold has ended. Nothing was charged." in text_of(page)
    assert "data-secret" not in text_of(page)
    assert "stripe" not in page["Content-Security-Policy"]


def test_a_stripe_that_is_silent_is_a_page_with_a_way_back(payment):
    StripeDouble.fails.append(503)

    page = look(payment)

    assert page.status_code == 503
    assert "Stripe does not answer right now. Nothing was charged." in text_of(page)
    assert f'href="/checkout/{payment.hold.ref}/"' in text_of(page)
    assert f'href="/pay/stripe/{payment.ref}/"' in text_of(page)
    assert "frame-ancestors 'self' https://kilnandtide.example" in page["Content-Security-Policy"]


@pytest.mark.parametrize("ref", ["0" * 32, "nobody"])
def test_an_unknown_payment_has_no_page(ref):
    assert Client().get(f"/pay/stripe/{ref}/").status_code == 404


def test_another_providers_payment_has_no_page_here(payment):
    Payment.objects.update(provider="test")

    assert look(payment).status_code == 404
    assert StripePayments.name == "stripe"


def test_nothing_can_be_posted_here(payment):
    assert Client().post(f"/pay/stripe/{payment.ref}/", {"number": "4242"}).status_code == 405
