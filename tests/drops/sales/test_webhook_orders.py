"""
What a provider says comes late, twice, never, and in any order, and the end is the same.

`make nightly` looks at many more orders than `make test`.
"""

from datetime import timedelta
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drops.errors import ShopError
from drops.ledger.models import Entry
from drops.sales import holding, revoking, settling, taking
from drops.sales.models import Order, Payment
from drops.sales.payment import Outcome
from drops.sales.settling import refresh_payment, settle
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.drops.sales.money import do_what_was_left, lost_money, unfinished_books
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment
from tests.hypotheses import many_in_the_database
from tests.undone import undone

ENDS = [[], [Outcome.DISPUTED], [Outcome.DISPUTED, Outcome.DISPUTE_WON], [Outcome.DISPUTED, Outcome.DISPUTE_LOST]]


@st.composite
def shuffled(draw, words, must=()):
    """Draw words in any order, some of them twice or never; those that the provider repeats until they are heard come once."""
    told = [word for word in words for _ in range(draw(st.integers(word in must, 2)))]
    return draw(st.permutations(told))


@st.composite
def tales(draw):
    """Draw how a payment went at its bank, and what of it was told before and after the shop acted, in which order."""
    takes_at_once, end = draw(st.booleans()), draw(st.sampled_from(ENDS))
    before = [Outcome.FAILED] * draw(st.booleans())
    reserved = Outcome.CAPTURED if takes_at_once else Outcome.AUTHORISED
    after = [Outcome.CAPTURED, *end]
    first = draw(shuffled([*before, reserved]))
    second = draw(shuffled([*before, reserved, *after], must=end[-1:]))
    return reserved, [*before, reserved], first, after, second


def begin(units=1):
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    drop_sku = make_drop_sku(drop=drop, units=units)
    return drop_sku, make_payment(hold=make_hold(drop_sku=drop_sku))


@pytest.fixture
def begun(transactional_db):
    """Let somebody begin to pay for the one unit of a drop, at noon. It stays, and every example goes on from there."""
    with stopped_clock(NOON):
        _, payment = begin()
    return payment.pk


def apart(begun, play):
    """Play how it goes on, at noon, undo it, and return what it returned."""
    InMemoryProvider.reset()
    CounterDelivery.reset()
    with stopped_clock(NOON), undone():
        payment = Payment.objects.select_related("hold__drop_sku__drop__creator").get(pk=begun)
        InMemoryProvider.outcomes[payment.ref] = Outcome.PENDING
        CounterDelivery.reserved[payment.hold.ref] = payment.hold.delivery_option
        return play(payment)


def tell(payment, words):
    for word in words:
        settle(provider="memory", event=event_of(payment, word))


def how_it_ended(payment):
    payment.refresh_from_db()
    payment.hold.refresh_from_db()
    books = {}
    for entry in Entry.objects.select_related("payee"):
        key = entry.account, entry.payee.name if entry.payee else "", entry.country
        books[key] = books.get(key, 0) + entry.amount_minor
    return {
        "payment": (payment.state, payment.dispute, payment.failure),
        "hold": payment.hold.state,
        "orders": list(Order.objects.values_list("state", flat=True)),
        "books": {key: amount for key, amount in books.items() if amount},
    }


def play(payment, reserved, first, second):
    InMemoryProvider.outcomes[payment.ref] = reserved
    tell(payment, first)
    assert lost_money() == []
    do_what_was_left_after_a_while()
    assert lost_money() == []
    tell(payment, second)
    do_what_was_left_after_a_while()
    assert lost_money() == []
    return how_it_ended(payment)


def do_what_was_left_after_a_while():
    advance(timedelta(minutes=2))
    do_what_was_left()


@cache
def right_end(begun, reserved, in_order, after):
    """Tell every word once and in its order. There are sixteen such tales, and each ends as it did the first time."""
    return apart(begun, lambda payment: play(payment, reserved, in_order, after))


@pytest.mark.nightly
@many_in_the_database
@given(tale=tales())
def test_any_order_of_words_ends_as_the_right_order_does(begun, tale):
    reserved, in_order, first, after, second = tale

    right = right_end(begun, reserved, tuple(in_order), tuple(after))
    found = apart(begun, lambda payment: play(payment, reserved, first, second))

    assert found == right
    assert right["payment"][0] == "captured"
    assert right["orders"] == ["paid"]


STEPS = [
    "approve", "take at once", "decline", "challenge", "break the promise", "say", "say an old word", "poll", "work",
    "time passes", "an hour passes", "let go", "revoke", "another takes the unit", "provider down", "provider up",
    "pay again",
]  # fmt: skip


class Life:
    """One unit, whoever pays for it, and everything that may come between."""

    def __init__(self, payment):
        self.drop_sku = payment.hold.drop_sku
        self.payments, self.said = [payment], []

    @property
    def payment(self):
        return self.payments[-1]

    def step(self, name, pick):
        payment = self.payments[pick % len(self.payments)]
        bank = InMemoryProvider.outcomes
        is_open = bank[payment.ref] in (
            Outcome.PENDING,
            Outcome.ACTION_NEEDED,
            Outcome.FAILED,
        )  # declined: another card
        if name in BANK and is_open:
            bank[payment.ref] = BANK[name]
        elif name == "break the promise":
            InMemoryProvider.on_capture[payment.ref] = Outcome.FAILED
        elif name == "say":
            self.said.append(event_of(payment, bank[payment.ref]))
            settle(provider="memory", event=self.said[-1])
        elif name == "say an old word" and self.said:
            settle(provider="memory", event=self.said[pick % len(self.said)])
        elif name == "poll":
            refresh_payment(payment_ref=payment.ref)
        elif name == "work":
            is_down = InMemoryProvider.is_down
            do_what_was_left() if not is_down else settling.carry_out_owed()
        elif name in PAUSES:
            advance(PAUSES[name])
        elif name == "let go":
            holding.release_hold(hold_ref=payment.hold.ref, shopper=payment.hold.shopper)
        elif name == "revoke":
            revoking.revoke_hold(hold_ref=payment.hold.ref, actor="admin:mira", reason="bot")
        elif name == "another takes the unit":
            make_hold(drop_sku=self.drop_sku)
        elif name.startswith("provider"):
            InMemoryProvider.is_down = name.endswith("down")
        elif name == "pay again":
            again = make_payment(hold=Payment.objects.get(pk=payment.pk).hold)
            if again.pk not in [known.pk for known in self.payments]:
                self.payments.append(again)


BANK = {
    "approve": Outcome.AUTHORISED,
    "take at once": Outcome.CAPTURED,
    "decline": Outcome.FAILED,
    "challenge": Outcome.ACTION_NEEDED,
}
PAUSES = {"time passes": timedelta(minutes=2), "an hour passes": timedelta(hours=1)}


def live(payment, steps):
    life = Life(payment)
    for name, pick in steps:
        try:
            life.step(name, pick)
        except ShopError:
            pass  # a refusal is an answer; it must not have lost money
        assert lost_money() == [], f"after {name}"
    do_what_was_left_after_a_while()
    advance(timedelta(hours=1))
    do_what_was_left()
    return lost_money() + unfinished_books()


@pytest.mark.nightly
@many_in_the_database
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), max_size=14))
@example(steps=[("approve", 0), ("an hour passes", 0), ("another takes the unit", 0), ("say", 0)])
@example(steps=[("approve", 0), ("provider down", 0), ("say", 0), ("revoke", 0), ("provider up", 0), ("work", 0)])
@example(steps=[("approve", 0), ("let go", 0), ("say an old word", 0)])
def test_whatever_comes_between_no_money_is_lost_and_the_books_come_to_rest(begun, steps):
    assert apart(begun, lambda payment: live(payment, steps)) == []


@pytest.mark.django_db
def test_control_a_shop_that_believes_old_words_makes_an_order_of_money_that_is_not_there(monkeypatch):
    monkeypatch.setattr(settling, "_may_be_stale", lambda payment, event: False)
    with stopped_clock(NOON):
        _, payment = begin()
        InMemoryProvider.outcomes[payment.ref] = Outcome.CANCELLED

        tell(payment, [Outcome.CANCELLED, Outcome.AUTHORISED])

    # It was made, and undone when its capture failed; with the guard there never is one.
    assert list(Order.objects.values_list("state", flat=True)) == ["refunded"]


def second_card_that_nobody_told_of():
    """Decline a first card, and let the bank reserve a second one's money on the same payment, in silence."""
    _, payment = begin()
    InMemoryProvider.outcomes[payment.ref] = Outcome.FAILED
    tell(payment, [Outcome.FAILED])
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    do_what_was_left_after_a_while()
    return payment


@pytest.mark.django_db
def test_control_a_shop_that_takes_a_decline_for_the_end_leaves_money_reserved_for_nobody(monkeypatch):
    monkeypatch.setattr(settling, "_owe_stop_of_declined", lambda payment, hold, now: None)

    with stopped_clock(NOON):
        payment = second_card_that_nobody_told_of()

    assert f"{payment} is failed, and its money stays reserved" in lost_money()


@pytest.mark.django_db
def test_control_a_shop_that_stops_without_a_look_sends_a_second_card_away(monkeypatch):
    monkeypatch.setattr(settling, "_may_be_paid_yet", lambda payment: False)

    with stopped_clock(NOON):
        payment = second_card_that_nobody_told_of()

    assert how_it_ended(payment)["orders"] == []


@pytest.mark.django_db
def test_control_a_dispute_booked_by_its_last_word_alone_leaves_money_on_the_way(monkeypatch):
    monkeypatch.setattr(taking, "post_dispute_opened", lambda **what: None)
    with stopped_clock(NOON):
        _, payment = begin()
        InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED

        tell(payment, [Outcome.CAPTURED, Outcome.DISPUTED, Outcome.DISPUTE_WON])

    assert unfinished_books() != []
