from datetime import timedelta

import pytest

from creatorshop.insights.proof import whole_proof_of
from drops.ledger.models import Entry
from drops.ledger.partner_agreements import offer_terms
from drops.sales import holding, quotes
from drops.sales.delivery import DeliveryGone, Destination
from drops.sales.models import Order
from drops.sales.revoking import refund_order
from drops.sales.settling import settle
from drops.stock.counts import count_of
from drops.stock.holds import MARGIN
from drops.stock.models import FREE, NEVER, Hold, HoldState
from pickups.delivery import PickupDelivery
from pickups.models import Pickup, PickupEvent, PickupUnit, SlotPlace, UnitState
from pickups.passes import UnknownCode, code_of, pickup_by_code, reissue_code
from pickups.queries import counts_by_drop_sku, pass_of
from pickups.slots import bookable_slots, close_slot
from tests.clock import advance, stopped_clock
from tests.doubles import Outcome, event_of
from tests.factories import NOON, make_creator, make_payment, make_quote
from tests.pickups.factories import agree_on_fee, first_slot, hold_for, make_cafe, make_mugs, make_pickup, pay_for

pytestmark = pytest.mark.django_db

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def cafe():
    return make_cafe(capacity=1)


@pytest.fixture
def mugs(cafe):
    return make_mugs(creator=cafe.creators.get())


@pytest.fixture
def slot(cafe):
    return first_slot(cafe)


def options(mugs, country="PT"):
    return quotes.delivery_choices(
        drop=mugs.drop, sku_code=mugs.sku.code, quantity=2, destination=Destination(country, "")
    )


def test_an_option_says_where_when_and_for_how_many(mugs, slot):
    found = options(mugs).options[0]

    assert (found.method, found.key, found.label) == ("pickup", slot.ref, "Pickup at Café Mira, Lisbon")
    assert (found.price_minor, found.partner_fee_minor, found.places_left) == (0, 200, 1)
    assert (found.starts_at, found.ends_at) == (NOON + timedelta(hours=4), NOON + timedelta(hours=6))
    assert (found.earliest_date, found.latest_date) == (NOON.date(), NOON.date())
    assert found.place == "Café Mira, Rua do Poço 12, 1200-109 Lisbon"
    assert (found.time_zone, found.detail) == ("Europe/Lisbon", "Fri 27 Nov, 16–18h")


def test_options_reach_seven_days(mugs):
    found = options(mugs).options

    assert (len(found), found[-1].latest_date) == (14, NOON.date() + timedelta(days=6))


def test_a_country_that_is_not_said_yet_sees_the_options_too(mugs):
    assert len(options(mugs, country="").options) == 14


def test_somebody_in_another_country_is_told_where_they_could_collect(mugs):
    choices = options(mugs, country="DE")

    assert (choices.options, choices.refusals) == ([], ["You can collect only in Lisbon."])
    assert choices.why == {"You can collect only in Lisbon.": {"why": "collect_there", "cities": ["Lisbon"]}}


def test_a_creator_without_a_place_offers_no_pickup_and_no_excuse():
    mugs = make_mugs(creator=make_creator())

    choices = options(mugs)

    assert (choices.options, choices.refusals) == ([], [])


def test_a_week_that_is_taken_is_said_to_be(cafe, mugs):
    for open_slot in bookable_slots(location=cafe, now=NOON):
        close_slot(slot_id=open_slot.pk)

    choices = options(mugs)

    assert choices.refusals == ["Every pickup slot of the next 7 days at Café Mira is taken or closed."]
    assert choices.why[choices.refusals[0]] == {"why": "collect_soon", "places": ["Café Mira"], "days": 7}


def test_a_hold_keeps_a_place_for_as_long_as_its_units(slot, mugs):
    hold = hold_for(slot, drop_sku=mugs)

    place = slot.places.get()
    assert (place.hold_id, place.free_at) == (hold.pk, NOON + TEN_MINUTES + MARGIN)
    assert slot.ref not in {option.key for option in options(mugs).options}


def test_a_full_slot_refuses_the_next_hold_and_takes_no_units_either(slot, mugs):
    quote = make_quote(drop_sku=mugs, method="pickup", option=slot.ref)
    hold_for(slot, drop_sku=mugs)

    with pytest.raises(DeliveryGone):
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="second")

    count = count_of(drop_sku_id=mugs.pk)
    assert (count.available, count.held, Hold.objects.count()) == (7, 1, 1)


def test_the_place_of_a_lapsed_hold_is_free_again_and_no_worker_was_needed(slot, mugs):
    early = hold_for(slot, drop_sku=mugs)

    advance(TEN_MINUTES + MARGIN)
    late = hold_for(slot, drop_sku=mugs)

    assert slot.places.get().hold_id == late.pk
    assert Hold.objects.get(pk=early.pk).state_at(NOON + TEN_MINUTES) == HoldState.EXPIRED


def test_a_second_before_the_margin_is_over_the_place_is_still_kept(slot, mugs):
    hold_for(slot, drop_sku=mugs)

    advance(TEN_MINUTES + MARGIN - timedelta(seconds=1))

    with pytest.raises(DeliveryGone):
        hold_for(slot, drop_sku=mugs)


def test_letting_a_hold_go_gives_the_place_back_at_once(slot, mugs):
    hold = hold_for(slot, drop_sku=mugs)

    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    place = slot.places.get()
    assert (place.hold_id, place.free_at) == (None, FREE)


def test_an_extension_moves_the_end_of_the_place_too(slot, mugs):
    hold = hold_for(slot, drop_sku=mugs)

    extended = holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)

    assert extended.expires_at == NOON + timedelta(minutes=12)
    assert slot.places.get().free_at == NOON + timedelta(minutes=12) + MARGIN


def test_a_slot_that_was_closed_after_the_quote_is_gone(slot, mugs):
    quote = make_quote(drop_sku=mugs, method="pickup", option=slot.ref)
    close_slot(slot_id=slot.pk)

    with pytest.raises(DeliveryGone):
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="one")

    assert slot.places.get().free_at == FREE


def test_nobody_books_a_slot_of_another_creators_place(mugs):
    foreign = first_slot(make_cafe(partner_name="Loja Norte", name="Loja Norte"))
    hold = hold_for(first_slot(mugs.drop.creator.pickup_locations.get()), drop_sku=mugs)
    before = list(SlotPlace.objects.order_by("pk").values_list("hold", "free_at"))

    with pytest.raises(DeliveryGone):
        PickupDelivery().reserve(hold=hold, option=foreign.ref)

    assert list(SlotPlace.objects.order_by("pk").values_list("hold", "free_at")) == before


def test_an_option_that_never_was_is_gone(mugs):
    with pytest.raises(DeliveryGone):
        make_quote(drop_sku=mugs, method="pickup", option="NOSUCHSLOT")


def test_a_paid_order_has_a_booked_place_a_pass_and_its_units(slot, mugs):
    order = pay_for(hold_for(slot, drop_sku=mugs, quantity=2))

    pickup = Pickup.objects.get(order=order)
    assert slot.places.get().free_at == NEVER
    assert [unit.state for unit in pickup.units.all()] == [UnitState.BOOKED] * 2
    assert list(PickupEvent.objects.values_list("from_state", "to_state", "actor")) == [("", "booked", "shop")] * 2
    assert counts_by_drop_sku(drop_ids=[mugs.drop_id]) == {mugs.pk: 2}


def test_starting_again_makes_nothing_twice(slot, mugs):
    order = pay_for(hold_for(slot, drop_sku=mugs))

    PickupDelivery().start(order=order)

    assert (Pickup.objects.count(), PickupUnit.objects.count(), PickupEvent.objects.count()) == (1, 1, 1)


def test_a_refunded_order_is_called_off_and_its_place_is_free_again(slot, mugs):
    pickup = make_pickup(slot=slot, drop_sku=mugs, quantity=2)

    refund_order(order_ref=pickup.order.ref, actor="admin:mira", reason="kiln broke")

    place = slot.places.get()
    assert (place.hold_id, place.free_at) == (None, FREE)
    steps = PickupEvent.objects.filter(unit__pickup=pickup, to_state=UnitState.CANCELLED)
    assert [(step.actor, step.reason) for step in steps] == [("shop", "order called off")] * 2
    assert counts_by_drop_sku(drop_ids=[mugs.drop_id]) == {mugs.pk: 2}
    assert [problem for line in whole_proof_of(drop=mugs.drop) for problem in line.problems] == []


def test_a_late_payment_still_gets_the_place_if_nobody_took_it(slot, mugs):
    hold = hold_for(slot, drop_sku=mugs)
    payment = make_payment(hold=hold)
    advance(timedelta(minutes=20))

    settled = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert settled.order is not None
    assert slot.places.get().free_at == NEVER


def test_a_late_payment_is_sent_back_if_somebody_else_has_the_last_place(slot, mugs):
    hold = hold_for(slot, drop_sku=mugs)
    payment = make_payment(hold=hold)
    advance(timedelta(minutes=20))
    rival = hold_for(slot, drop_sku=mugs)

    settled = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert (settled.order, settled.hold.state) == (None, HoldState.LATE_REFUND)
    assert slot.places.get().hold_id == rival.pk
    assert Order.objects.count() == Pickup.objects.count() == 0


def test_the_partner_earns_what_the_terms_said_and_the_creator_the_rest(slot, mugs, cafe):
    hold = hold_for(slot, drop_sku=mugs)
    agree_on_fee(creator=mugs.drop.creator, partner=cafe.partner, fixed_minor=900, now=NOON)

    order = pay_for(hold)

    assert order.terms["shares"]["partner_minor"] == 100
    assert Entry.objects.get(payee=cafe.partner.payee).amount_minor == -100


def test_an_order_keeps_the_version_that_its_price_was_made_by(slot, mugs, cafe):
    hold = hold_for(slot, drop_sku=mugs)
    later = agree_on_fee(creator=mugs.drop.creator, partner=cafe.partner, fixed_minor=900, now=NOON)

    order = pay_for(hold)
    next_order = pay_for(hold_for(first_slot(cafe), drop_sku=mugs))

    assert order.lines.get().partner_agreement.version == 1
    assert next_order.lines.get().partner_agreement == later
    assert next_order.terms["shares"]["partner_agreement"] == {"ref": later.ref, "version": 2}
    assert next_order.terms["shares"]["partner_minor"] == 900


def test_terms_that_the_partner_has_not_accepted_pay_nothing_and_nobody(mugs):
    unpaid = make_cafe(creator=mugs.drop.creator, partner_name="Loja Norte", name="Loja Norte", fee_fixed_minor=0)
    offer_terms(
        creator=mugs.drop.creator,
        partner=unpaid.partner.payee,
        fixed_minor=500,
        bp=1000,
        valid_from=NOON,
        actor="office:owner",
        now=NOON,
    )

    order = pay_for(hold_for(first_slot(unpaid), drop_sku=mugs))

    assert order.terms["shares"]["partner_minor"] == 0
    assert "partner_agreement" not in order.terms["shares"]
    assert order.lines.get().partner_agreement is None
    assert not Entry.objects.filter(payee=unpaid.partner.payee).exists()


def test_a_fee_of_both_kinds_is_for_each_unit_and_of_the_goods(mugs, cafe):
    agree_on_fee(creator=mugs.drop.creator, partner=cafe.partner, fixed_minor=50, bp=250, now=NOON)

    order = pay_for(hold_for(first_slot(cafe), drop_sku=mugs))

    goods = order.terms["lines"][0]["amount_minor"]
    assert (goods, order.terms["shares"]["partner_minor"]) == (3800, 50 + 95)


def test_a_pass_says_the_code_the_place_and_the_time_there(slot, mugs):
    order = pay_for(hold_for(slot, drop_sku=mugs))

    found = pass_of(order=order)

    assert found is not None
    assert (found.location, found.address) == ("Café Mira", "Rua do Poço 12, 1200-109 Lisbon")
    assert (found.when, found.time_zone, found.state_text) == ("Fri 27 Nov, 16–18h", "Europe/Lisbon", "Booked")
    assert found.qr == f"PK1.{found.code}"
    assert found.code_text.replace("-", "") == found.code
    assert pickup_by_code(scanned=found.code_text).order == order


def test_an_order_that_nobody_collects_has_no_pass(slot, mugs):
    order = pay_for(hold_for(slot, drop_sku=mugs))

    assert pass_of(order=Order(pk=order.pk + 1)) is None


def test_the_code_is_nowhere_in_the_database(slot, mugs):
    pickup = make_pickup(slot=slot, drop_sku=mugs)
    code = code_of(pickup=pickup)

    stored = Pickup.objects.filter(pk=pickup.pk).values_list().get()
    assert not any(code in str(value) or code[4:] in str(value) for value in stored)
    assert pickup.short_code == code[:4]


def test_a_new_secret_key_keeps_old_passes_while_the_old_key_is_a_fallback(slot, mugs, settings):
    pickup = make_pickup(slot=slot, drop_sku=mugs)
    code = code_of(pickup=pickup)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 8

    assert code_of(pickup=pickup) == code
    assert pickup_by_code(scanned=code) == pickup


def test_a_reissued_code_ends_the_old_one(slot, mugs):
    pickup = make_pickup(slot=slot, drop_sku=mugs)
    old = code_of(pickup=pickup)

    reissue_code(pickup=pickup)

    assert pickup_by_code(scanned=code_of(pickup=pickup)) == pickup
    with pytest.raises(UnknownCode):
        pickup_by_code(scanned=old)
