"""Creators read what buyers think; an average stands there only from five on."""

import pytest
from django.urls import reverse

from drops.sales.ratings import Rating
from tests.factories import NOON
from tests.fulfillment.makers import make_order

pytestmark = pytest.mark.django_db

LIST = "admin:drops_rating_changelist"


def test_an_average_is_shown_from_five_on_and_of_ones_own_alone(shop, strangers, owner):
    Rating.objects.create(order=strangers.order, score=1, rated_at=NOON)
    for score in (5, 4, 4, 5):
        Rating.objects.create(order=make_order(drop=shop.over, sku=shop.sku), score=score, rated_at=NOON)
    assert "on average" not in owner.get(reverse(LIST)).content.decode()

    Rating.objects.create(order=shop.order, score=3, rated_at=NOON)

    page = owner.get(reverse(LIST)).content.decode()
    assert "4.2 of 5 on average, from 5 orders." in page
    assert strangers.order.ref not in page
