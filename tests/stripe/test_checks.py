"""
What the shop refuses to start with.
"""

import pytest

from creatorshop.adapters.stripe.checks import check_stripe, check_stripe_key_is_restricted

LIVE = {
    "STRIPE_SECRET_KEY": "rk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "STRIPE_WEBHOOK_SECRETS": ["whsec_1"],
    "DEBUG": False,
    "ALLOW_TEST_PAYMENTS": False,
    "STRIPE_API_BASE": "https://api.stripe.com",
}


@pytest.fixture
def keys(settings):
    def give(**changed):
        for name, value in (LIVE | changed).items():
            setattr(settings, name, value)
        return [problem.id for problem in check_stripe()]

    return give


def test_a_shop_without_stripe_has_nothing_to_check(keys):
    assert keys(STRIPE_SECRET_KEY="", STRIPE_PUBLISHABLE_KEY="", STRIPE_WEBHOOK_SECRETS=[]) == []


def test_keys_that_fit_are_fine(keys):
    assert keys() == []
    assert keys(STRIPE_SECRET_KEY="sk_test_1", STRIPE_PUBLISHABLE_KEY="pk_test_1", DEBUG=True) == []


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "stripe.E001"),
        ({"STRIPE_PUBLISHABLE_KEY": ""}, "stripe.E001"),
        ({"STRIPE_WEBHOOK_SECRETS": []}, "stripe.E001"),
        ({"STRIPE_SECRET_KEY": "pk_live_1"}, "stripe.E002"),
        ({"STRIPE_PUBLISHABLE_KEY": "rk_live_1"}, "stripe.E002"),
        ({"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}, "stripe.E003"),
        ({"STRIPE_WEBHOOK_SECRETS": ["whsec_1", "sk_live_1"]}, "stripe.E004"),
        ({"DEBUG": True}, "stripe.E005"),
        ({"ALLOW_TEST_PAYMENTS": True}, "stripe.E006"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8420"}, "stripe.E007"),
        ({"STRIPE_API_BASE": "https://api.stripe.com.example"}, "stripe.E007"),
    ],
)
def test_keys_that_would_lose_money_or_take_it_by_accident_are_refused(keys, changed, found):
    assert keys(**changed) == [found]


def test_a_live_key_that_may_do_everything_is_warned_of(keys):
    keys(STRIPE_SECRET_KEY="sk_live_1")
    (warning,) = check_stripe_key_is_restricted()
    keys()

    assert warning.id == "stripe.W001"
    assert check_stripe_key_is_restricted() == []
