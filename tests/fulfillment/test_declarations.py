"""What the quote was reckoned from and what customs is told of the parcel are the same lines, to the cent."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from drops.catalog.tax_rates import TaxRate
from drops.sales import holding, quotes
from drops.sales.delivery import Destination
from drops.sales.models import Order, Quote
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund
from drops.sales.settling import settle
from fulfillment.customs import Consignment, CustomsItem, evaluate
from fulfillment.declarations import declaration_of
from fulfillment.documents.spreadsheet import table_of
from fulfillment.import_rules import ImportRule, Incoterm, RuleKind
from fulfillment.models import Parcel
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider, Outcome, event_of
from tests.factories import make_extra, make_payment, make_shopper
from tests.fulfillment.customs import DATED, duty_of, flat, tax_of
from tests.fulfillment.test_crossing import lines_of, make_candles

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
NETHERLANDS = Destination("NL", "1015 BA")
SOAP = {"hs_code": "340130", "origin_country": "GB", "customs_description": "Liquid soap in bottle"}


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    ImportRule.objects.all().delete()
    TaxRate.objects.all().delete()
    with stopped_clock(NOON):
        yield
    InMemoryProvider.reset()


@pytest.fixture
def candles():
    duty_of(800).save()
    tax_of(2100).save()
    return make_candles()


def make_wrap(candles, **given):
    return make_extra(creator=candles.drop.creator, **{"title": "Gift wrap", "price_minor": 400} | given)


def make_kit(candles, **given):
    return make_extra(
        creator=candles.drop.creator,
        **{"kind": "extra", "title": "Care kit", "price_minor": 1200, "position": 1} | given,
    )


def wish(candles, *extras, quantity=1):
    [option] = quotes.offered_choices(drop_sku=candles, quantity=quantity, destination=NETHERLANDS).options
    return {
        "shopper": make_shopper(creator=candles.drop.creator),
        "drop": candles.drop,
        "sku_code": candles.sku.code,
        "quantity": quantity,
        "destination": NETHERLANDS,
        "method": "parcel",
        "option": option.key,
        "extras": [extra.ref for extra in extras],
    }


def buy(candles, *extras, quantity=1):
    asked = wish(candles, *extras, quantity=quantity)
    quote = quotes.make_quote(**asked)
    hold = holding.place_hold(
        shopper=asked["shopper"], quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref
    )
    address = {"street": "Herengracht 1", "city": "Amsterdam", "postcode": "1015 BA", "country": "NL"}
    payment = make_payment(hold=hold, address=address)
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    return Order.objects.get(hold=hold)


def told(order):
    declaration = declaration_of(Parcel.objects.get(order=order))
    return [
        (line.what, line.hs_code, line.origin_country, line.quantity, line.value_minor) for line in declaration.lines
    ]


def test_what_is_chosen_beside_the_goods_is_in_the_duty_of_the_quote(candles):
    quote = quotes.make_quote(**wish(candles, make_wrap(candles), make_kit(candles, **SOAP)))

    assert lines_of(quote.terms) == [
        ("goods", str(candles.sku), 4000),
        ("packaging", "Gift wrap", 400),
        ("extra", "Care kit", 1200),
        ("delivery", "Post to Netherlands", 1000),
        ("duty", "Customs duty 8 %", 528),
        ("import_tax", "Import tax 21 %", 1496),
    ]
    assert quote.total_minor == 8624
    assert quote.terms["shares"]["duties_minor"] == 2024


def test_the_parcel_declares_what_the_quote_was_reckoned_from(candles):
    order = buy(candles, make_wrap(candles), make_kit(candles, **SOAP), quantity=2)
    ImportRule.objects.update(rate_bp=5000)

    assert told(order) == [(candles.sku.code, "340600", "GB", 2, 8348), ("Care kit", "340130", "GB", 1, 1252)]
    declaration = declaration_of(Parcel.objects.get(order=order))
    assert (declaration.country, declaration.incoterm, declaration.value_minor) == ("NL", "DDP", 9600)
    again = evaluate(
        parcel=Consignment(
            country=declaration.country,
            currency=declaration.currency,
            items=tuple(
                CustomsItem(line.what, line.hs_code, line.origin_country, line.description, line.value_minor)
                for line in declaration.lines
            ),
            freight_minor=1000,
            incoterm=declaration.incoterm,
        ),
        rules=[duty_of(800), tax_of(2100)],
        conversions=[],
        day=date(2026, 12, 2),
    )
    charged = [(kind, amount) for kind, _, amount in lines_of(order.terms) if kind in ("duty", "import_tax")]
    assert [(charge.kind, charge.amount_minor) for charge in again.charges] == charged
    assert again.total_minor == order.terms["shares"]["duties_minor"]


def test_an_extra_without_a_code_is_declared_as_the_goods_are(candles):
    assert told(buy(candles, make_kit(candles))) == [
        (candles.sku.code, "340600", "GB", 1, 4000),
        ("Care kit", "340600", "GB", 1, 1200),
    ]


def test_a_unit_that_stays_at_home_takes_its_price_with_it_and_leaves_the_packing(candles):
    order = buy(candles, make_wrap(candles), quantity=2)
    selection = Selection(Kind.LINES, quantities=((0, 1),))
    plan = preview_refund(order_ref=order.ref, selection=selection)

    refund(order_ref=order.ref, plan_hash=plan.hash, selection=selection, actor="office:maud", reason="one is enough")

    assert told(order) == [(candles.sku.code, "340600", "GB", 1, 4400)]


def test_a_parcel_that_crosses_no_border_declares_nothing(candles):
    order = buy(candles)
    terms = {**order.terms, "delivery": {"method": "parcel"}}
    Order.objects.filter(pk=order.pk).update(terms=terms)

    assert declaration_of(Parcel.objects.get(order=order)) is None


def test_an_order_from_before_lines_kept_their_values_declares_nothing_wrong(candles):
    order = buy(candles)
    [item] = order.terms["delivery"]["import"]["items"]
    order.terms["delivery"]["import"]["items"] = [{key: item[key] for key in ("sku", "hs_code", "origin_country")}]
    order.save(update_fields=["terms"])

    assert declaration_of(Parcel.objects.get(order=order)) is None


def test_the_table_for_the_carrier_has_the_lines_and_their_value(candles):
    parcel = Parcel.objects.get(order=buy(candles, make_wrap(candles), make_kit(candles, **SOAP)))
    parcel.address = {part: "x" for part in ("name", "street", "city", "postcode", "region", "country")}

    written = table_of(parcels=[parcel]).decode("utf-8-sig")

    assert (
        '"1 × Beeswax candle in glass, HS 340600, GB, 43.08; 1 × Liquid soap in bottle, HS 340130, GB, 12.92",56.00,EUR'
    ) in written


def test_what_an_extra_adds_to_the_total_has_its_duty_in_it(candles):
    wrap = make_wrap(candles)

    _, [offer] = quotes.make_quote_with_offers(**wish(candles))

    # 4.00, and 0.32 duty and 0.91 import tax more than without.
    assert (offer.extra, offer.rise_minor) == (wrap, 523)


def test_an_extra_that_would_bring_the_parcel_over_what_anybody_knows_is_not_offered_and_not_quoted():
    flat(300, value_upto_minor=15_000).save()
    tax_of(2100).save()
    candles = make_candles(price_minor=14_500)
    wrap, kit = make_wrap(candles), make_kit(candles)

    _, offers = quotes.make_quote_with_offers(**wish(candles))
    assert [offer.extra for offer in offers] == [wrap]
    Quote.objects.all().delete()

    with pytest.raises(quotes.DeliveryGone, match="Nobody can say yet which import charges"):
        quotes.make_quote(**wish(candles, kit))

    assert not Quote.objects.exists()


def test_an_extra_that_customs_does_not_let_in_is_refused_with_the_reason():
    ImportRule.objects.create(dest="NL", kind=RuleKind.BLOCK, hs_prefix="3401", note="No soap this year.", **DATED)
    candles = make_candles(incoterm=Incoterm.DAP)
    kit = make_kit(candles, **SOAP)

    _, offers = quotes.make_quote_with_offers(**wish(candles))
    with pytest.raises(quotes.DeliveryGone, match=r"Customs of Netherlands does not let this in: No soap this year\."):
        quotes.make_quote(**wish(candles, kit))

    assert offers == []
    assert Quote.objects.count() == 1


def test_the_product_page_leaves_out_what_cannot_go_there_and_prices_the_rest():
    ImportRule.objects.create(dest="NL", kind=RuleKind.BLOCK, hs_prefix="3401", note="No soap this year.", **DATED)
    duty_of(800).save()
    tax_of(2100).save()
    candles = make_candles()
    wrap, soap = make_wrap(candles), make_kit(candles, **SOAP)
    product = candles.sku.product
    address = f"/{product.creator.slug}/p/{product.handle}/"

    page = Client().get(address, {"country": "NL", "packaging": wrap.ref, "extra": [soap.ref]})

    shown = " ".join(page.content.decode().split())
    assert page.status_code == 200
    assert "Gift wrap" in shown
    assert "Care kit" not in shown
    # 40.00 and 4.00, postage 10.00, duty 4.32, import tax 12.25.
    assert "€70.57" in shown
