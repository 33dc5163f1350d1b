"""What the office says of a payment: how it stands, what was asked of its provider, and what its bank disputes."""

import pytest
from django.urls import reverse

from drops.sales.payment import Outcome
from drops.sales.settling import settle
from tests.doubles import InMemoryProvider, event_of
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment
from tests.fulfillment.makers import make_post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    yield
    InMemoryProvider.reset()


@pytest.fixture
def payment(shop):
    drop = make_drop(capsule=shop.capsule)
    rate = make_post(drop=drop)
    return make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop), method="parcel", option=rate.key))


def tell(payment, *outcomes):
    for outcome in outcomes:
        settle(provider="memory", event=event_of(payment, outcome))


def list_of(person, name, **asked):
    return person.get(reverse(f"admin:drops_{name}_changelist"), asked).content.decode()


def page_of(person, payment):
    return person.get(reverse("admin:drops_payment_change", args=[payment.pk])).content.decode()


def test_a_payment_shows_the_ref_that_its_provider_knows_and_its_amount_in_money(owner, payment):
    page = page_of(owner, payment)

    assert payment.ref in page
    assert "€43.64" in page
    assert "Card key" not in page


def test_an_owed_call_is_shown_with_why_and_when_it_is_made_next(owner, payment):
    InMemoryProvider.is_down = True
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    tell(payment, Outcome.AUTHORISED)

    for page in (list_of(owner, "paymentattempt", kind="capture"), page_of(owner, payment)):
        assert f"hold {payment.hold.ref[:8]} is confirmed" in page
        assert "No answer" in page
        assert "The provider does not answer." in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([Outcome.DISPUTED], "open"),
        ([Outcome.DISPUTED, Outcome.DISPUTE_WON], "won"),
        ([Outcome.DISPUTED, Outcome.DISPUTE_LOST], "lost"),
    ],
)
def test_a_dispute_is_found_by_how_it_stands(owner, payment, words, said):
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    tell(payment, Outcome.CAPTURED)
    assert str(payment) not in list_of(owner, "payment", dispute__exact=said)

    tell(payment, *words)

    assert str(payment) in list_of(owner, "payment", dispute__exact=said)
    assert f">{payment._meta.get_field('dispute').choices[0][1]}<" not in list_of(owner, "payment", dispute__exact=said)


def test_a_strangers_payments_and_attempts_are_nobodys_business(packer, payment):
    for name in ("payment", "paymentattempt"):
        assert packer.get(reverse(f"admin:drops_{name}_changelist")).status_code == 403
