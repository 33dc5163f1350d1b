import pytest

from creatorshop.adapters.stripe.amounts import AmountNotTaken, from_stripe, to_stripe


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        ("EUR", 3914, 3914),
        ("JPY", 500, 500),
        ("KRW", 12000, 12000),
        ("ISK", 5, 500),  # people use no decimals any more, and Stripe counts them still
        ("UGX", 5, 500),
        ("HUF", 104500, 104500),
        ("KWD", 5120, 5120),
        ("TND", 10, 10),
    ],
)
def test_an_amount_is_the_same_money_on_both_sides(currency, ours, theirs):
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency.lower()) == ours


def test_the_last_of_three_decimals_has_to_be_nothing():
    with pytest.raises(AmountNotTaken):
        to_stripe(5124, "KWD")


@pytest.mark.parametrize(("fee", "ours"), [(149, 1), (150, 2), (250, 3)])
def test_a_fee_finer_than_the_currency_is_rounded_half_up(fee, ours):
    assert from_stripe(fee, "isk") == ours
