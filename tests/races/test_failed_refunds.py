"""Two people of one shop decide about the same refund that came back."""

from contextlib import ExitStack

import pytest

from drops.ledger.entries import balance_of
from drops.ledger.models import Account
from drops.sales import failed_refunds
from drops.sales.failed_refunds import RefundNotFailed, pay_by_hand, send_again
from drops.sales.models import Refund, RefundState
from drops.sales.payment import Outcome
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import preview_refund, refund
from drops.sales.settling import settle
from tests.doubles import InMemoryProvider, event_of
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.races.crowd import rival_after, swapped

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def came_back():
    """Return a refund of 39.14 that came back."""
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=1)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    order = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    done = refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:mira", reason="broken")
    settle(provider="memory", event=InMemoryProvider.fail_refund(done.key))
    return done


def decide_beside_a_rival(*, is_locked=True):
    """Pay a refund by hand while somebody else, who saw it too, sends it again; return what became of both."""
    owed = came_back()
    with ExitStack() as stack:
        if not is_locked:
            seen = Refund.objects.select_related("payment")
            stack.enter_context(swapped(failed_refunds, "_failed", lambda refund_id: seen.get(pk=refund_id)))
        answers = stack.enter_context(rival_after(failed_refunds, "_failed", lambda: send_again(refund_id=owed.pk)))
        pay_by_hand(refund_id=owed.pk, how="SEPA 4711")
    return answers[0], owed


def test_of_two_who_decide_about_one_refund_the_second_is_told():
    answer, owed = decide_beside_a_rival()

    assert isinstance(answer, RefundNotFailed)
    assert InMemoryProvider.refunded == [owed.key]
    assert balance_of(account=Account.REFUND, currency="EUR") == 0
    assert Refund.objects.get().state == RefundState.SENT


def test_control_without_the_locks_the_shopper_is_paid_twice():
    _, owed = decide_beside_a_rival(is_locked=False)

    assert InMemoryProvider.refunded == [owed.key, f"{owed.key}:1"]
    assert balance_of(account=Account.REFUND, currency="EUR") == 3914  # twice as much as was owed
