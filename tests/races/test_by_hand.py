"""One of the creator's people holds for a shopper while somebody taps for themselves: the last unit goes to one of them."""

import pytest

from drops.errors import ShopError
from drops.sales import holding
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldEvent, HoldSource, HoldToken
from tests.factories import make_drop_sku, make_quote
from tests.races.crowd import at_once, edited_functions
from tests.races.test_claims import CHECK_THEN_TAKE, hold_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

INES = "office:ines"


def for_them(quote, key="by-hand"):
    return lambda: holding.place_hold_for_them(
        shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=key, actor=INES
    )


def race_for_the_last_unit():
    drop_sku = make_drop_sku(units=1)
    quotes = [make_quote(drop_sku=drop_sku) for _ in range(6)]
    answers = at_once(*[(for_them if number % 2 else hold_of)(quote, "tap") for number, quote in enumerate(quotes)])
    return drop_sku, [answer for answer in answers if isinstance(answer, Hold)]


def test_the_last_unit_goes_to_the_helpers_shopper_or_to_one_who_taps():
    drop_sku, winners = race_for_the_last_unit()

    assert len(winners) == 1
    assert count_of(drop_sku_id=drop_sku.pk).held == 1
    assert HoldToken.objects.filter(token__drop_sku=drop_sku).count() == 1
    [step] = HoldEvent.objects.all()
    assert step.actor == (INES if Hold.objects.get().source == HoldSource.HELPER else "shopper")


def test_without_skip_locked_both_believe_they_have_it():
    with edited_functions(CHECK_THEN_TAKE):
        _, winners = race_for_the_last_unit()

    assert len(winners) > 1


def test_a_helper_and_their_shopper_who_accept_one_price_at_once_hold_once():
    quote = make_quote(drop_sku=make_drop_sku(units=5))

    answers = at_once(for_them(quote), hold_of(quote, "tap"))

    [won] = [answer for answer in answers if isinstance(answer, Hold)]
    [refusal] = [answer for answer in answers if isinstance(answer, ShopError)]
    assert refusal.code in ("already_holding", "quote_used", "limit_reached")
    assert list(Hold.objects.values_list("pk", flat=True)) == [won.pk]
    assert count_of(drop_sku_id=quote.drop_sku_id).held == won.quantity
