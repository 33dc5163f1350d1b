"""
An owner connects their shop with an account of their own at Stripe.
"""

import pytest
from django.test import Client
from django.urls import reverse

from creatorshop.adapters.stripe.models import StripeAccount
from tests.stripe.double import StripeDouble
from tests.stripe.wiring import wire_stripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stripe(settings):
    wire_stripe(settings)
    StripeDouble.accounts.clear()


@pytest.fixture
def page(shop) -> str:
    return reverse("admin:office_stripe", args=[shop.creator.pk])


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_the_button_opens_an_account_and_leads_to_stripes_form(shop, owner, page):
    answer = owner.post(page)

    account = StripeAccount.objects.get()
    asked = StripeDouble.asked[0]
    assert (answer.status_code, answer["Location"]) == (302, "https://connect.stripe.com/setup/e/1")
    assert (account.creator, account.account_id) == (shop.creator, next(iter(StripeDouble.accounts)))
    assert (account.has_details, account.is_payout_enabled, account.missing) == (False, False, 2)
    assert asked == (
        "post",
        "/v1/accounts",
        {
            "country": "PT",
            "controller[fees][payer]": "application",
            "controller[losses][payments]": "application",
            "controller[requirement_collection]": "stripe",
            "controller[stripe_dashboard][type]": "express",
            "capabilities[transfers][requested]": "true",
            "metadata[creator]": str(shop.creator.pk),
        },
    )
    assert StripeDouble.links == [
        {
            "account": account.account_id,
            "type": "account_onboarding",
            "return_url": f"https://shop.example{page}?back=1",
            "refresh_url": f"https://shop.example{page}?again=1",
        }
    ]


def test_the_form_may_end_at_stripe(owner, page):
    policy = owner.get(page)["Content-Security-Policy"].split("; ")

    assert "form-action 'self' https://connect.stripe.com" in policy


def test_pressing_again_goes_on_with_the_same_account(owner, page):
    owner.post(page)

    answer = owner.post(page)

    assert answer["Location"] == "https://connect.stripe.com/setup/e/2"
    assert len(StripeDouble.accounts) == StripeAccount.objects.count() == 1


def test_an_answer_that_was_lost_opens_no_second_account(owner, page):
    StripeDouble.loses = 1
    refused = owner.post(page)

    owner.post(page)

    assert refused.status_code == 503
    assert told(refused) == ["Nothing was changed: Stripe does not answer right now."]
    assert len(StripeDouble.accounts) == StripeAccount.objects.count() == 1


def test_a_link_that_was_used_up_is_replaced_at_once(owner, page):
    owner.post(page)

    answer = owner.get(f"{page}?again=1")

    assert (answer.status_code, answer["Location"]) == (302, "https://connect.stripe.com/setup/e/2")


def test_who_comes_back_sees_how_the_account_stands(owner, page):
    owner.post(page)
    (said,) = StripeDouble.accounts.values()
    said |= {"details_submitted": True, "payouts_enabled": True, "capabilities": {"transfers": "active"}}
    said["requirements"]["currently_due"] = []

    answer = owner.get(f"{page}?back=1")

    text = " ".join(answer.content.decode().split())
    assert "Your share: <strong>can be sent to your account</strong>" in text
    assert "Payouts to your bank: <strong>switched on</strong>" in text
    assert StripeAccount.objects.filter(is_transfer_enabled=True, is_payout_enabled=True, missing=0).count() == 1


def test_a_stripe_that_is_silent_is_said_and_the_old_word_is_shown(owner, page):
    owner.post(page)
    StripeDouble.fails.append(503)

    answer = owner.get(f"{page}?back=1")

    assert told(answer) == ["Stripe does not answer right now. What is shown here may be old."]
    assert "Payouts to your bank: <strong>not switched on yet</strong>" in " ".join(answer.content.decode().split())


def test_only_owners_come_here(helper, packer, page):
    answers = [person.post(page).status_code for person in (helper, packer)]

    assert answers == [403, 403]
    assert Client().post(page).status_code == 302
    assert StripeAccount.objects.count() == 0
    assert StripeDouble.asked == []


def test_another_shops_owner_finds_nothing(strangers, owner):
    assert owner.post(reverse("admin:office_stripe", args=[strangers.creator.pk])).status_code in (302, 404)
    assert StripeDouble.asked == []


def test_the_list_leads_there_only_where_stripe_is_used(shop, owner, helper, page, settings):
    listing = reverse("admin:drops_creator_changelist")
    with_stripe = owner.get(listing).content.decode()
    to_helper = helper.get(listing).content.decode()
    settings.PAYMENT_PROVIDERS = []

    assert (page in with_stripe, page in to_helper, page in owner.get(listing).content.decode()) == (True, False, False)
    assert owner.get(page).status_code == 404
