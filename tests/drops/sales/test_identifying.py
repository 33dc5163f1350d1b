"""What limits count besides the account: at the claim, when somebody begins to pay, and before a card is charged."""

from datetime import timedelta

import pytest

from drops.audience.identities import key_of, remember
from drops.audience.models import Identity, IdentityKind
from drops.sales import checkout, holding
from drops.sales.addresses import address_line
from drops.sales.models import Payment
from drops.sales.payment import Outcome
from drops.sales.settling import PaymentNotFound, settle
from drops.stock.holds import HoldClosed
from drops.stock.limits import LimitReached
from drops.stock.models import NEVER, Hold, HoldState, LimitSlot
from tests.clock import advance, stopped_clock
from tests.doubles import event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment, make_shopper

pytestmark = pytest.mark.django_db

DEVICE = "0b7e4a52-7c1f-4a30-9d55-1f4f5e0a9c11"
HOME = {"street": "Rua do Poço 4", "city": "Lisboa", "postcode": "1200-109", "country": "PT"}
POST = {"method": "parcel", "option": "post"}


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8), account_limit=1)
    return make_drop_sku(drop=drop, units=9)


def shopper_with(drop_sku, *, kind=IdentityKind.DEVICE, value=DEVICE):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    remember(shopper=shopper, kind=kind, value=value)
    return shopper


def live(drop_sku):
    """Return how many places of each kind are taken now."""
    places = LimitSlot.objects.filter(drop=drop_sku.drop, free_at__gt=NOON).order_by("kind")
    kinds = list(places.values_list("kind", flat=True))
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def rows():
    """Return everything that a refusal must leave alone."""
    return (
        list(Hold.objects.order_by("pk").values()),
        list(LimitSlot.objects.order_by("pk").values()),
        list(Payment.objects.order_by("pk").values()),
        list(Identity.objects.order_by("pk").values()),
    )


@pytest.mark.parametrize(
    ("kind", "value", "sentence", "limit"),
    [
        (IdentityKind.CHAT, "host:4711", "This login has the unit that one person may have in this drop.", 1),
        (
            IdentityKind.PHONE,
            "+351912345678",
            "This phone number has the unit that one person may have in this drop.",
            1,
        ),
    ],
)
def test_two_accounts_with_one_login_or_telephone_are_one_person(drop_sku, kind, value, sentence, limit):
    make_hold(drop_sku=drop_sku, shopper=shopper_with(drop_sku, kind=kind, value=value))
    before = rows()[:2]

    with pytest.raises(LimitReached) as refusal:
        make_hold(drop_sku=drop_sku, shopper=shopper_with(drop_sku, kind=kind, value=value))

    assert refusal.value.message == sentence
    assert refusal.value.facts == {"limit": limit, "left": 0, "asked": 1, "kind": str(kind)}
    assert rows()[:2] == before


def test_a_device_may_have_what_a_household_may(drop_sku):
    holds = [make_hold(drop_sku=drop_sku, shopper=shopper_with(drop_sku)) for _ in range(2)]

    with pytest.raises(LimitReached) as refusal:
        make_hold(drop_sku=drop_sku, shopper=shopper_with(drop_sku))

    assert refusal.value.message == "This device has the 2 units that one household may have in this drop."
    assert live(drop_sku) == {"account": 2, "device": 2}
    holding.release_hold(hold_ref=holds[0].ref, shopper=holds[0].shopper)
    assert live(drop_sku) == {"account": 1, "device": 1}


def test_the_creator_says_how_much_a_household_may_have():
    drop = make_drop(
        opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8), account_limit=2, household_limit=3
    )
    drop_sku = make_drop_sku(drop=drop, units=9)
    make_hold(drop_sku=drop_sku, shopper=shopper_with(drop_sku), quantity=2)

    with pytest.raises(LimitReached) as refusal:
        make_hold(drop_sku=drop_sku, shopper=shopper_with(drop_sku), quantity=2)

    assert refusal.value.message == "This device can have 1 more in this drop: one household may have 3."
    assert refusal.value.facts == {"limit": 3, "left": 1, "asked": 2, "kind": "device"}


def test_an_address_is_counted_when_somebody_begins_to_pay_and_not_before(drop_sku):
    hold = make_hold(drop_sku=drop_sku, **POST)
    assert live(drop_sku) == {"account": 1}

    make_payment(hold=hold, address=HOME)

    assert live(drop_sku) == {"account": 1, "addr": 1}
    assert "Rua" not in str(list(LimitSlot.objects.values()))


def test_the_third_parcel_to_a_household_of_two_is_refused_before_any_payment(drop_sku):
    written = [
        HOME,
        {"street": "RUA DO POCO, 4", "city": "Lisbon", "postcode": "1200 109", "country": "PT"},
        {"street": " rua do  poço 4. ", "city": "", "postcode": "1200109", "country": "pt"},
    ]
    holds = [make_hold(drop_sku=drop_sku, **POST) for _ in written]
    for hold, address in zip(holds[:2], written, strict=False):
        make_payment(hold=hold, address=address)
    before = rows()

    with pytest.raises(LimitReached) as refusal:
        make_payment(hold=holds[2], address=written[0] | {"street": written[2]["street"]}, phone="912 345 678")

    assert refusal.value.message == "This address has the 2 units that one household may have in this drop."
    assert refusal.value.facts == {"limit": 2, "left": 0, "asked": 1, "kind": "addr"}
    assert rows() == before


def test_another_address_gives_the_places_of_the_first_back(drop_sku):
    hold = make_hold(drop_sku=drop_sku, **POST)
    make_payment(hold=hold, address=HOME)

    make_payment(hold=hold, address=HOME | {"street": "Rua do Poço 5"})

    assert live(drop_sku) == {"account": 1, "addr": 1}
    for _ in range(2):
        make_payment(hold=make_hold(drop_sku=drop_sku, **POST), address=HOME)
    assert live(drop_sku) == {"account": 3, "addr": 3}


def test_nothing_is_counted_by_address_that_is_collected(drop_sku):
    make_payment(hold=make_hold(drop_sku=drop_sku), address=HOME)

    assert live(drop_sku) == {"account": 1}


def test_a_telephone_given_at_the_checkout_is_remembered_and_counted(drop_sku):
    first, second = (make_hold(drop_sku=drop_sku) for _ in range(2))
    payment = make_payment(hold=first, phone="912 345 678")
    before = rows()

    with pytest.raises(LimitReached) as refusal:
        make_payment(hold=second, phone="+351 912-345-678")

    assert refusal.value.facts["kind"] == "phone"
    assert rows() == before
    assert payment.phone == "+351912345678"
    assert list(Identity.objects.values_list("shopper", "kind", "key_hash")) == [
        (first.shopper_id, "phone", key_of(identity="+351912345678"))
    ]
    order = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order
    assert order.phone == "+351912345678"


def test_a_telephone_that_is_none_is_named_and_nothing_starts(drop_sku):
    hold = make_hold(drop_sku=drop_sku)

    with pytest.raises(checkout.ContactIncomplete) as refusal:
        make_payment(hold=hold, phone="call me")

    assert refusal.value.facts == {"fields": {"phone": "Please write a telephone number, like +351 912 345 678."}}
    assert Payment.objects.count() == 0


def test_a_card_is_counted_before_it_is_charged(drop_sku):
    first, second = (make_payment(hold=make_hold(drop_sku=drop_sku)) for _ in range(2))
    checkout.admit_card(payment_ref=first.ref, fingerprint="4242")
    checkout.admit_card(payment_ref=first.ref, fingerprint="4242")
    before = rows()

    with pytest.raises(LimitReached) as refusal:
        checkout.admit_card(payment_ref=second.ref, fingerprint="4242")

    assert refusal.value.message == "This card has the unit that one person may have in this drop."
    assert rows() == before
    assert live(drop_sku) == {"account": 2, "card": 1}


def test_a_card_that_gave_way_to_another_counts_no_more(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    checkout.admit_card(payment_ref=payment.ref, fingerprint="4242")
    checkout.admit_card(payment_ref=payment.ref, fingerprint="1881")

    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    other = make_payment(hold=make_hold(drop_sku=drop_sku))
    checkout.admit_card(payment_ref=other.ref, fingerprint="4242")
    with pytest.raises(LimitReached):
        checkout.admit_card(payment_ref=other.ref, fingerprint="1881")


def test_a_card_for_a_hold_that_is_over_is_refused(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    Hold.objects.update(state=HoldState.REVOKED)

    with pytest.raises(HoldClosed) as refusal:
        checkout.admit_card(payment_ref=payment.ref, fingerprint="4242")

    assert refusal.value.facts == {"state": "revoked"}
    assert live(drop_sku) == {"account": 1}


def test_a_card_for_a_payment_of_nobody_is_refused():
    with pytest.raises(PaymentNotFound):
        checkout.admit_card(payment_ref="0" * 32, fingerprint="4242")


def everything_known(drop_sku):
    """Begin to pay for a parcel with a device, a login, a telephone and a card."""
    shopper = shopper_with(drop_sku)
    remember(shopper=shopper, kind=IdentityKind.CHAT, value="host:4711")
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, shopper=shopper, **POST), phone="912345678", address=HOME)
    checkout.admit_card(payment_ref=payment.ref, fingerprint="4242")
    return payment


def test_what_is_paid_keeps_its_places_of_every_kind_for_good(drop_sku):
    payment = everything_known(drop_sku)

    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    kept = LimitSlot.objects.filter(hold=payment.hold, free_at=NEVER).order_by("kind").values_list("kind", flat=True)
    assert list(kept) == ["account", "addr", "card", "chat", "device", "phone"]


def test_what_is_let_go_gives_its_places_of_every_kind_back(drop_sku):
    hold = everything_known(drop_sku).hold

    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    assert live(drop_sku) == {}


def test_late_money_takes_places_of_every_kind_anew(drop_sku):
    payment = everything_known(drop_sku)
    LimitSlot.objects.filter(hold=payment.hold).delete()  # as if others had them, and gave them back
    advance(timedelta(minutes=15))

    settled = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert (settled.hold.state, settled.hold.is_late) == (HoldState.CONFIRMED, True)
    assert live(drop_sku) == {"account": 1, "addr": 1, "card": 1, "chat": 1, "device": 1, "phone": 1}


@pytest.mark.parametrize("kind", ["device", "chat", "phone", "card", "addr"])
def test_late_money_goes_back_when_one_kind_of_place_is_used_up(drop_sku, kind):
    payment = everything_known(drop_sku)
    advance(timedelta(minutes=15))
    key_hash = LimitSlot.objects.get(hold=payment.hold, kind=kind).key_hash
    rival = make_hold(drop_sku=drop_sku)
    for slot in (1, 2):
        LimitSlot.objects.update_or_create(
            drop=drop_sku.drop, kind=kind, key_hash=key_hash, slot=slot, defaults={"hold": rival, "free_at": NEVER}
        )

    settled = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert (settled.hold.state, settled.hold.close_reason) == (HoldState.LATE_REFUND, "the limit was used up")
    assert settled.order is None
    assert live_of(payment.hold) == 0


def live_of(hold):
    return LimitSlot.objects.filter(hold=hold, free_at__gt=NOON + timedelta(minutes=15)).count()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"street": "Hauptstraße 12 A"}, {"street": "HAUPTSTRASSE 12a"}),
        ({"street": "Calle d'Alcalá, 3"}, {"street": "calle d Alcala 3"}),
        ({"street": "Rua 1", "postcode": "1200-109"}, {"street": "rua 1", "postcode": " 1200 109"}),
        (
            {"street": "Rua 1", "city": "Lisboa", "postcode": "1"},
            {"street": "Rua 1", "city": "Lisbon", "postcode": "1"},
        ),
    ],
)
def test_two_spellings_of_an_address_are_one(one, other):
    assert address_line(one) == address_line(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"street": "Rua 1"}, {"street": "Rua 11"}),
        ({"street": "Rua 1, 23"}, {"street": "Rua 12, 3"}),
        ({"street": "Rua 1", "postcode": "1200"}, {"street": "Rua 1", "postcode": "1201"}),
        ({"street": "Rua 1", "country": "PT"}, {"street": "Rua 1", "country": "ES"}),
        ({"street": "Rua 1, Flat 2"}, {"street": "Rua 1, Flat 3"}),
        ({"street": "Rua 1", "city": "Lisboa"}, {"street": "Rua 1", "city": "Porto"}),
    ],
)
def test_two_addresses_stay_two(one, other):
    assert address_line(one) != address_line(other)


def test_without_a_street_there_is_no_address():
    assert address_line({"city": "Lisboa", "country": "PT"}) == ""
