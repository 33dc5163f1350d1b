import pytest

from drops.sales import quotes
from drops.sales.delivery import DeliveryGone, Destination
from drops.sales.models import Quote
from tests.factories import make_drop, make_drop_sku, make_quote, make_shopper

LISBON = Destination("PT", "1200-109")


@pytest.mark.django_db
def test_the_same_wish_gets_the_same_terms_to_the_byte():
    drop_sku = make_drop_sku()

    first, second = make_quote(drop_sku=drop_sku), make_quote(drop_sku=drop_sku)

    assert (first.terms, first.hash) == (second.terms, second.hash)
    assert first.ref != second.ref


@pytest.mark.django_db
def test_the_price_on_a_card_has_the_fees_in_it():
    assert quotes.price_from(drop_sku=make_drop_sku()) == 3914


@pytest.mark.django_db
def test_where_nothing_reaches_the_reason_is_said():
    drop_sku = make_drop_sku()

    choices = quotes.delivery_choices(
        drop=drop_sku.drop, sku_code=drop_sku.sku.code, quantity=1, destination=Destination("NO")
    )

    assert [option.key for option in choices.options] == ["post"]
    assert choices.refusals == ["We can't hand anything over in Norway."]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"sku_code": "NONE"}, quotes.SkuNotInDrop),
        ({"quantity": 0}, quotes.WrongQuantity),
        ({"quantity": 11}, quotes.WrongQuantity),
        ({"option": "gone"}, DeliveryGone),
        ({"destination": Destination("NO"), "method": "pickup"}, DeliveryGone),
    ],
)
def test_a_wish_that_cannot_be_met_gets_no_quote(wish, refusal):
    drop_sku = make_drop_sku()
    asked = {
        "shopper": make_shopper(creator=drop_sku.drop.creator),
        "drop": drop_sku.drop,
        "sku_code": drop_sku.sku.code,
        "quantity": 1,
        "destination": LISBON,
        "method": "pickup",
        "option": "counter",
    }

    with pytest.raises(refusal):
        quotes.make_quote(**asked | wish)

    assert Quote.objects.count() == 0


@pytest.mark.django_db
def test_a_session_of_another_shop_gets_no_quote():
    drop_sku = make_drop_sku()

    with pytest.raises(quotes.SkuNotInDrop):
        make_quote(drop_sku=drop_sku, shopper=make_shopper())

    assert Quote.objects.count() == 0


@pytest.mark.django_db
def test_a_draft_is_not_to_be_seen():
    drop_sku = make_drop_sku(drop=make_drop(state="draft"))

    with pytest.raises(quotes.SkuNotInDrop):
        make_quote(drop_sku=drop_sku)
