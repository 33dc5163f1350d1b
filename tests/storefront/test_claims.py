"""A page says how many were bought only while that is a count of rows."""

from datetime import timedelta

import pytest
from django.urls import reverse

from drops.sales import settling
from drops.sales.models import ClaimEvidence
from drops.schedule.models import DropState
from fulfillment.models import Rate
from tests.clock import stopped_clock
from tests.factories import NOON, make_hold, make_payment
from tests.paying import approve_payment
from tests.storefront.stalls import make_stall, text_of

pytestmark = pytest.mark.django_db

TOLD = "5 bought in this drop since 11:00 Lisbon time. Paid orders alone. What was sent back and what the team bought is not counted."


@pytest.fixture
def stall():
    with stopped_clock(NOON):
        yield make_stall(units=9, opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))


def sell(stall, units):
    for number in range(units):
        hold = make_hold(drop_sku=stall.sage_in_drop, method="parcel", option=Rate.objects.get().key)
        home = {"street": f"Rua do Poço {number}", "city": "Lisboa", "postcode": "1200-109", "country": "PT"}
        payment = make_payment(hold=hold, provider="test", address=home)
        approve_payment(payment)
        settling.refresh_payment(payment_ref=payment.ref)


def pages_of(stall):
    return [stall.url, reverse("capsule", args=[stall.creator.slug, stall.capsule.slug])]


def test_the_pages_of_a_drop_tell_how_many_were_bought_since_when_and_keep_the_evidence(client, stall):
    sell(stall, 5)

    for page in pages_of(stall):
        assert TOLD in text_of(client.get(page))

    assert list(ClaimEvidence.objects.values_list("count", flat=True)) == [5]


def test_below_five_people_the_pages_say_nothing(client, stall):
    sell(stall, 4)

    for page in pages_of(stall):
        assert "bought in this drop" not in text_of(client.get(page))


def test_a_drop_that_is_over_or_paused_presses_nobody(client, stall):
    sell(stall, 5)

    for state in (DropState.PAUSED, DropState.CLOSED):
        type(stall.drop).objects.filter(pk=stall.drop.pk).update(state=state)
        for page in pages_of(stall):
            assert "bought in this drop" not in text_of(client.get(page))
