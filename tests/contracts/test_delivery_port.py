"""
What every way of delivery owes to sales, whatever settings wire. Each makes its own scenery and is then held to the same.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings as shop_settings
from django.db import transaction
from django.utils.module_loading import import_string

from drops.catalog.models import Creator
from drops.errors import ShopError
from drops.sales import holding, quotes
from drops.sales.delivery import Basket, CannotDeliver, DeliveryMethod, Destination
from drops.sales.models import Order
from drops.sales.settling import settle
from drops.stock.counts import count_of
from drops.stock.models import DropSku
from fulfillment.zones import make_rate, make_zone
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider, Outcome, event_of
from tests.factories import NOON, make_capsule, make_creator, make_drop, make_drop_sku, make_payment, make_shopper
from tests.pickups.factories import make_cafe

pytestmark = pytest.mark.django_db

LISBON = Destination("PT", "1200-109")


def _open_a_counter(creator: Creator) -> None:
    make_cafe(creator=creator, capacity=1)


def _open_a_post_room(creator: Creator) -> None:
    zone = make_zone(creator=creator, name="Iberia", countries=["PT", "ES"])
    make_rate(zone=zone, price_minor=490)


SCENERY: dict[str, Callable[[Creator], None]] = {"pickup": _open_a_counter, "parcel": _open_a_post_room}


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    with stopped_clock(NOON):
        yield
    InMemoryProvider.reset()


@pytest.fixture(params=shop_settings.DELIVERY_METHODS)
def method(request, settings) -> DeliveryMethod:
    settings.DELIVERY_METHODS = [request.param]
    return import_string(request.param)()


@pytest.fixture
def drop_sku(method) -> DropSku:
    creator = make_creator()
    SCENERY[method.name](creator)
    drop = make_drop(
        capsule=make_capsule(creator=creator),
        opens_at=NOON - timedelta(hours=1),
        closes_at=NOON + timedelta(hours=8),
        account_limit=4,
    )
    return make_drop_sku(drop=drop, units=4)


def basket_of(drop_sku, quantity=1):
    sku = drop_sku.sku
    return Basket(
        creator=drop_sku.drop.creator,
        drop_id=drop_sku.drop_id,
        sku_id=sku.pk,
        quantity=quantity,
        weight_g=sku.weight_g * quantity,
        goods_minor=sku.price_minor * quantity,
        currency="EUR",
    )


def hold_with(drop_sku, method):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    option = method.options(basket=basket_of(drop_sku), destination=LISBON, now=NOON)[0]
    quote = quotes.make_quote(
        shopper=shopper,
        drop=drop_sku.drop,
        sku_code=drop_sku.sku.code,
        quantity=1,
        destination=LISBON,
        method=method.name,
        option=option.key,
    )
    return holding.place_hold(shopper=shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)


def pay(hold) -> Order:
    payment = make_payment(hold=hold)
    order = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order
    assert order is not None
    return order


def test_each_method_has_a_name_of_its_own():
    names = [import_string(path).name for path in shop_settings.DELIVERY_METHODS]

    assert sorted(names) == sorted(set(names)) == sorted(SCENERY)


def test_options_are_stable_and_say_what_the_shopper_has_to_know(method, drop_sku):
    options = method.options(basket=basket_of(drop_sku), destination=LISBON, now=NOON)

    assert options == method.options(basket=basket_of(drop_sku), destination=LISBON, now=NOON)
    assert len({option.key for option in options}) == len(options) > 0
    for option in options:
        assert option.method == method.name
        assert 0 < len(option.key) <= 80
        assert option.label
        assert option.price_minor >= 0
        assert NOON.date() <= option.earliest_date <= option.latest_date
        assert 0 <= option.partner_fee_minor <= drop_sku.sku.price_minor


def test_somewhere_out_of_reach_gets_a_reason_and_not_an_option(method, drop_sku):
    with pytest.raises(CannotDeliver) as refusal:
        method.options(basket=basket_of(drop_sku), destination=Destination("NZ", "6011"), now=NOON)

    assert refusal.value.message.endswith(".")


def test_a_creator_whom_it_does_not_serve_gets_no_option(method, drop_sku):
    stranger = make_drop_sku(drop=make_drop(capsule=make_capsule(creator=make_creator())), units=1)

    try:
        options = method.options(basket=basket_of(stranger), destination=LISBON, now=NOON)
    except CannotDeliver:
        options = []

    assert options == []


def test_a_reservation_can_be_moved_and_let_go_more_than_once(method, drop_sku):
    hold = hold_with(drop_sku, method)

    with transaction.atomic():
        for _ in range(2):
            method.reserve(hold=hold, option=hold.delivery_option)
        for _ in range(2):
            method.release(hold=hold)

    assert hold_with(drop_sku, method).delivery_option == hold.delivery_option


def test_an_option_that_never_was_holds_no_units(method, drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)

    with pytest.raises(ShopError):
        quotes.make_quote(
            shopper=shopper,
            drop=drop_sku.drop,
            sku_code=drop_sku.sku.code,
            quantity=1,
            destination=LISBON,
            method=method.name,
            option="no-such-option",
        )

    assert count_of(drop_sku_id=drop_sku.pk).available == 4


def test_starting_twice_is_the_same_as_starting_once(method, drop_sku):
    order = pay(hold_with(drop_sku, method))
    before = method.shares(order=order)

    method.start(order=order)

    assert method.shares(order=order) == before


def test_shares_are_paid_out_of_the_creators_part(method, drop_sku):
    order = pay(hold_with(drop_sku, method))

    total = sum(share.amount_minor for share in method.shares(order=order))

    assert total == order.terms["shares"]["partner_minor"]
    assert 0 <= total <= order.terms["unit_price_minor"]
