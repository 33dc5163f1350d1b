from datetime import UTC, date, datetime, timedelta

import pytest

from drops.sales.delivery import Basket, CannotDeliver, DeliveryGone, Destination
from drops.stock.models import DropSku
from fulfillment.delivery import ParcelDelivery
from fulfillment.models import Parcel, ParcelUnit, Rate
from fulfillment.zones import make_rate, make_zone, offer_rate, withdraw_rate
from tests.factories import make_creator, make_sku
from tests.fulfillment.makers import make_closed_drop, make_hold, make_order, make_post

pytestmark = pytest.mark.django_db
DURING = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)  # a Friday; the drop closes at 21:00 UTC


def basket_of(drop, *, weight_g=420):
    return Basket(
        creator=drop.creator, drop_id=drop.pk, sku_id=1, quantity=1, weight_g=weight_g, goods_minor=3800, currency="EUR"
    )


def options_of(drop, country, postcode="", *, weight_g=420):
    return ParcelDelivery().options(
        basket=basket_of(drop, weight_g=weight_g), destination=Destination(country, postcode), now=DURING
    )


def test_a_rate_is_offered_with_its_price_and_dates_counted_from_the_end_of_the_drop():
    drop = make_closed_drop()
    rate = make_post(drop=drop, handling_days=(1, 2), transit_days=(2, 4))

    (option,) = options_of(drop, "PT", "1200-109")

    assert (option.method, option.key, option.label) == ("parcel", rate.key, "Standard post to Portugal")
    assert option.price_minor == 450
    # Friday the 27th, and three business days later at the earliest, six at the latest; the 1st and the 8th are holidays.
    assert (option.earliest_date, option.latest_date) == (date(2026, 12, 3), date(2026, 12, 9))


def test_the_cheapest_rate_comes_first():
    drop = make_closed_drop()
    make_post(drop=drop, name="Express", transit_days=(1, 1))
    make_post(drop=drop)
    Rate.objects.filter(name="Express").update(price_minor=1190)

    options = options_of(drop, "ES", "28001")

    assert [(option.label, option.price_minor) for option in options] == [
        ("Standard post to Spain", 450),
        ("Express to Spain", 1190),
    ]


def test_two_rates_of_one_name_are_told_apart_by_their_zones():
    drop = make_closed_drop()
    for zone, price_minor in (("Iberia", 450), ("Europe", 980)):
        make_rate(
            zone=make_zone(creator=drop.creator, name=zone, countries=["PT", "ES"]),
            name="Post",
            price_minor=price_minor,
        )

    assert [(option.label, option.price_minor) for option in options_of(drop, "PT")] == [
        ("Post, Iberia to Portugal", 450),
        ("Post, Europe to Portugal", 980),
    ]


def test_the_day_on_which_a_drop_closes_is_the_creators_and_not_greenwichs():
    drop = make_closed_drop(
        opens_at=datetime(2026, 11, 29, 12, tzinfo=UTC), closes_at=datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    )
    drop.creator.time_zone = "Asia/Tokyo"  # where it is Monday the 30th by then
    drop.creator.save(update_fields=["time_zone"])
    make_post(drop=drop, handling_days=(1, 1), transit_days=(1, 1))

    (option,) = options_of(drop, "PT")

    # Two business days after it; from the 27th it would be the 2nd.
    assert (option.earliest_date, option.latest_date) == (date(2026, 12, 3), date(2026, 12, 3))


def test_a_country_outside_every_zone_is_refused_by_name():
    drop = make_closed_drop()
    make_post(drop=drop)

    with pytest.raises(CannotDeliver, match=r"^We can't send parcels to Norway\.$"):
        options_of(drop, "NO", "0150")


def test_a_creator_without_rates_sends_no_parcels_and_says_nothing():
    assert options_of(make_closed_drop(), "PT") == []


def test_without_a_country_nothing_is_offered_yet():
    drop = make_closed_drop()
    make_post(drop=drop)

    assert options_of(drop, "") == []


@pytest.mark.parametrize(
    ("country", "postcode", "sentence"),
    [
        ("PT", "12", "“12” is not a postcode of Portugal: one looks like 1200-109."),
        ("ES", "ABCDE", "“ABCDE” is not a postcode of Spain: one looks like 28001."),
        ("PT", "١٢٠٠١٠٩", "“١٢٠٠١٠٩” is not a postcode of Portugal: one looks like 1200-109."),
    ],
)
def test_a_postcode_that_cannot_be_one_is_refused_with_an_example(country, postcode, sentence):
    drop = make_closed_drop()
    make_post(drop=drop)

    with pytest.raises(CannotDeliver) as refusal:
        options_of(drop, country, postcode)

    assert refusal.value.message == sentence


@pytest.mark.parametrize("postcode", ["1200-109", "1200 109", "1200109", ""])
def test_a_postcode_may_be_written_in_any_way_or_still_be_missing(postcode):
    drop = make_closed_drop()
    make_post(drop=drop)

    assert len(options_of(drop, "PT", postcode)) == 1


def test_a_zone_that_names_a_postcode_goes_before_the_rest_of_the_country():
    drop = make_closed_drop()
    make_post(drop=drop)
    islands = make_zone(creator=drop.creator, name="Canaries", countries=["ES"], postcode_prefixes=["35", "38"])
    make_rate(zone=islands, price_minor=990, name="Boat")

    assert [option.label for option in options_of(drop, "ES", "35001")] == ["Boat to Spain"]
    assert [option.label for option in options_of(drop, "ES", "28001")] == ["Standard post to Spain"]


def test_a_zone_of_postcodes_alone_refuses_the_others_and_asks_when_there_is_none():
    drop = make_closed_drop()
    city = make_zone(creator=drop.creator, name="Lisbon", countries=["PT"], postcode_prefixes=["1"])
    make_rate(zone=city, price_minor=300, name="Bicycle")

    with pytest.raises(CannotDeliver, match=r"^We can't send parcels to 4000-001, Portugal\.$") as elsewhere:
        options_of(drop, "PT", "4000-001")
    with pytest.raises(CannotDeliver, match=r"^We need your postcode to send to Portugal\.$") as unknown:
        options_of(drop, "PT")
    with pytest.raises(CannotDeliver) as misspelt:
        options_of(drop, "PT", "12")
    with pytest.raises(CannotDeliver) as abroad:
        options_of(drop, "NO")

    assert elsewhere.value.facts == {"why": "postcode", "country": "PT", "postcode": "4000-001"}
    assert unknown.value.facts == {"why": "postcode_missing", "country": "PT", "postcode": ""}
    assert misspelt.value.facts == {"why": "postcode_form", "example": "1200-109", "country": "PT", "postcode": "12"}
    assert abroad.value.facts == {"why": "country", "country": "NO", "postcode": ""}


def test_what_is_too_heavy_for_every_rate_is_refused_with_both_weights():
    drop = make_closed_drop()
    make_post(drop=drop, max_weight_g=2_000)

    with pytest.raises(CannotDeliver) as refusal:
        options_of(drop, "PT", weight_g=2_001)

    assert refusal.value.message == "2.0 kg is too heavy for our parcels to Portugal, which take up to 2.0 kg."
    assert refusal.value.facts == {"why": "weight", "country": "PT", "weight_g": 2001, "max_weight_g": 2000}


def test_a_rate_of_another_creator_is_not_offered():
    drop = make_closed_drop()
    make_rate(zone=make_zone(creator=make_creator(), name="Portugal", countries=["PT"]), price_minor=100)

    assert options_of(drop, "PT") == []


def test_a_rate_that_was_withdrawn_before_the_hold_is_gone():
    drop = make_closed_drop()
    rate = make_post(drop=drop)
    hold = make_hold(drop=drop, drop_sku=DropSku.objects.create(drop=drop, sku=make_sku()))
    withdraw_rate(rate_id=rate.pk, now=hold.created_at - timedelta(seconds=1))

    with pytest.raises(DeliveryGone):
        ParcelDelivery().reserve(hold=hold, option=rate.key)

    offer_rate(rate_id=rate.pk)
    ParcelDelivery().reserve(hold=hold, option=rate.key)


def test_a_rate_that_is_withdrawn_during_a_hold_stays_promised_to_it():
    drop = make_closed_drop()
    rate = make_post(drop=drop)
    hold = make_hold(drop=drop, drop_sku=DropSku.objects.create(drop=drop, sku=make_sku()))
    withdraw_rate(rate_id=rate.pk, now=hold.created_at + timedelta(seconds=1))

    ParcelDelivery().reserve(hold=hold, option=rate.key)

    assert options_of(drop, "PT") == []


def test_a_rate_of_another_creator_cannot_be_reserved():
    drop = make_closed_drop()
    strange = make_rate(zone=make_zone(creator=make_creator(), name="Portugal", countries=["PT"]), price_minor=100)
    hold = make_hold(drop=drop, drop_sku=DropSku.objects.create(drop=drop, sku=make_sku()))

    with pytest.raises(DeliveryGone):
        ParcelDelivery().reserve(hold=hold, option=strange.key)


def test_starting_twice_makes_one_parcel_with_each_unit_once():
    order = make_order(drop=make_closed_drop(), quantity=2)

    ParcelDelivery().start(order=order)

    assert Parcel.objects.filter(order=order).count() == 1
    assert ParcelUnit.objects.filter(parcel__order=order).count() == 2


def test_nobody_else_earns_on_a_parcel():
    assert ParcelDelivery().shares(order=make_order(drop=make_closed_drop())) == []
