"""Extras and packaging from the wish to the order: what is held and charged is what was accepted."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from drops.audience.models import Shopper
from drops.catalog.extras import Extra
from drops.catalog.tax_rates import TaxRate
from drops.sales import holding, quotes, settling
from drops.sales.delivery import Destination
from drops.sales.extras import ExtraGone, WrongExtras
from drops.sales.models import OrderLine, Quote
from drops.sales.orders import beside_text
from drops.sales.taxes import TaxUnknown
from tests.factories import (
    make_capsule,
    make_creator,
    make_drop_sku,
    make_extra,
    make_payment,
    make_product,
    make_shopper,
)
from tests.paying import approve_payment

pytestmark = pytest.mark.django_db
DAY = date(2020, 1, 1)
LISBON = Destination("PT", "1200-109")


@pytest.fixture
def mugs():
    return make_drop_sku()


@pytest.fixture
def lena(mugs) -> Shopper:
    return make_shopper(creator=mugs.drop.creator)


@pytest.fixture
def wrap(mugs) -> Extra:
    return make_extra(creator=mugs.drop.creator)


@pytest.fixture
def note(mugs) -> Extra:
    return make_extra(
        creator=mugs.drop.creator, kind="extra", title="Note", price_minor=200, is_per_unit=True, position=1
    )


def wish(mugs, shopper, *extras, quantity=1):
    return {
        "shopper": shopper,
        "drop": mugs.drop,
        "sku_code": mugs.sku.code,
        "quantity": quantity,
        "destination": LISBON,
        "method": "pickup",
        "option": "counter",
        "extras": [extra.ref for extra in extras],
    }


def lines_of(quote):
    return [(line["kind"], line["label"], line["amount_minor"]) for line in quote.terms["lines"]]


def test_a_price_without_a_choice_says_nothing_of_extras(mugs, lena, wrap):
    quote = quotes.make_quote(**wish(mugs, lena))

    assert (quote.terms["extras"], quote.total_minor) == ([], 3914)
    assert [kind for kind, _, _ in lines_of(quote)] == ["goods", "delivery", "service_fee"]


def test_what_is_chosen_is_priced_in_the_creators_order_and_covered_by_the_hash(mugs, lena, wrap, note):
    plain = quotes.make_quote(**wish(mugs, lena, quantity=2))
    quote = quotes.make_quote(**wish(mugs, lena, note, wrap, quantity=2))

    assert lines_of(quote) == [
        ("goods", f"2 × {mugs.sku}", 7600),
        ("packaging", "Gift wrap", 400),
        ("extra", "2 × Note", 400),
        ("delivery", "At the counter", 0),
        ("service_fee", "Service fee", 252),
    ]
    assert quote.total_minor == 8652
    assert [(each["ref"], each["quantity"]) for each in quote.terms["extras"]] == [(wrap.ref, 1), (note.ref, 2)]
    assert quote.hash != plain.hash
    assert quotes.make_quote(**wish(mugs, lena, wrap, note, quantity=2)).hash == quote.hash


def test_an_offer_says_what_the_total_rises_by_with_its_part_of_the_fee(mugs, lena, wrap, note):
    quote, offers = quotes.make_quote_with_offers(**wish(mugs, lena, wrap, quantity=2))
    taken, _ = quotes.make_quote_with_offers(**wish(mugs, lena, wrap, note, quantity=2))
    without = quotes.make_quote(**wish(mugs, lena, quantity=2))

    assert [(offer.extra, offer.quantity, offer.rise_minor, offer.is_chosen) for offer in offers] == [
        (wrap, 1, 412, True),
        (note, 2, 412, False),
    ]
    assert taken.total_minor - quote.total_minor == 412
    assert quote.total_minor - without.total_minor == 412


def test_two_ways_to_pack_are_each_compared_with_neither(mugs, lena, wrap):
    bare = make_extra(creator=mugs.drop.creator, title="Plastic-free", price_minor=100, position=2)

    _, offers = quotes.make_quote_with_offers(**wish(mugs, lena, wrap))

    assert [(offer.extra, offer.rise_minor) for offer in offers] == [(wrap, 412), (bare, 103)]


def test_an_extra_of_another_class_is_taxed_by_its_own_rate(mugs, lena):
    TaxRate.objects.create(
        country="PT", tax_class="reduced", rate_bp=600, valid_from=DAY, checked_on=DAY, source="by hand"
    )
    book = make_extra(
        creator=mugs.drop.creator, kind="extra", title="Glaze book", price_minor=1060, tax_class="reduced"
    )

    quote, [offer] = quotes.make_quote_with_offers(**wish(mugs, lena, book))

    taxes = {tax["tax_class"]: tax["rate_bp"] for tax in quote.terms["of_which"] if tax["kind"] == "tax"}
    assert taxes == {"standard": 2300, "reduced": 600}
    assert offer.rise_minor == 1060 + 32


def test_what_nobody_knows_the_tax_of_is_not_offered(mugs, lena):
    book = make_extra(creator=mugs.drop.creator, tax_class="super_reduced")

    _, offers = quotes.make_quote_with_offers(**wish(mugs, lena))

    assert offers == []
    refused(mugs, lena, TaxUnknown, [book.ref])


def refused(mugs, lena, refusal, extras, **given):
    before = Quote.objects.count()
    with pytest.raises(refusal) as told:
        quotes.make_quote(**(wish(mugs, lena, **given) | {"extras": extras}))
    assert Quote.objects.count() == before
    return told.value


def test_what_is_not_offered_is_refused_and_no_price_is_written(mugs, lena, wrap):
    capsule = make_capsule(creator=mugs.drop.creator)
    elsewhere = make_extra(creator=mugs.drop.creator, capsule=capsule)
    beside_bowls = make_extra(creator=mugs.drop.creator)
    beside_bowls.products.add(make_product(capsule=mugs.drop.capsule))
    gone = make_extra(creator=mugs.drop.creator, is_active=False)
    foreign = make_extra(creator=make_creator())

    for extra in (elsewhere, beside_bowls, gone, foreign):
        told = refused(mugs, lena, ExtraGone, [wrap.ref, extra.ref])
        assert (told.code, told.facts) == ("extra_gone", {"extra": extra.ref})
    assert refused(mugs, lena, ExtraGone, ["no-such"]).status == 409


def test_each_comes_once_and_things_are_packed_in_one_way(mugs, lena, wrap, note):
    bare = make_extra(creator=mugs.drop.creator, title="Plastic-free", price_minor=150, position=2)

    assert refused(mugs, lena, WrongExtras, [note.ref, note.ref]).message == "Choose each extra once."
    two = refused(mugs, lena, WrongExtras, [bare.ref, wrap.ref])
    assert (two.message, two.facts) == ("It can be packed in one way only.", {"extras": [wrap.ref, bare.ref]})


def test_limits_narrow_where_it_is_offered(mugs, lena, wrap):
    wrap.capsule = mugs.drop.capsule
    wrap.save(update_fields=["capsule"])
    wrap.products.add(mugs.sku.product, make_product(capsule=mugs.drop.capsule))

    assert quotes.make_quote(**wish(mugs, lena, wrap)).terms["extras"][0]["title"] == "Gift wrap"


def buy(mugs, lena, *extras, quantity=1):
    quote = quotes.make_quote(**wish(mugs, lena, *extras, quantity=quantity))
    hold = holding.place_hold(shopper=lena, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)
    Extra.objects.update(is_active=False, price_minor=9900)  # after the hold, nothing of it matters any more
    payment = make_payment(hold=hold)
    approve_payment(payment)
    return settling.refresh_payment(payment_ref=payment.ref).order


def test_what_was_held_is_charged_and_becomes_lines_of_the_order(mugs, lena, wrap, note):
    order = buy(mugs, lena, wrap, note, quantity=2)

    assert order.total_minor == 8652
    lines = list(order.lines.order_by("pk"))
    assert [(line.sku, line.extra, line.title, line.quantity, line.unit_price_minor) for line in lines] == [
        (mugs.sku, None, str(mugs.sku), 2, 3800),
        (None, wrap, "Gift wrap", 1, 400),
        (None, note, "Note", 2, 200),
    ]
    assert [line.units.count() for line in lines] == [2, 0, 0]
    assert beside_text(order=order) == "Gift wrap, 2 × Note"


def test_the_database_takes_no_line_that_is_both_or_neither_and_no_extra_twice(mugs, lena, wrap):
    order = buy(mugs, lena, wrap)
    line = {"order": order, "title": "x", "quantity": 1, "unit_price_minor": 0}

    for wrong in ({}, {"sku": mugs.sku, "extra": wrap}, {"extra": wrap}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderLine.objects.create(**line, **wrong)
    assert order.lines.count() == 2
