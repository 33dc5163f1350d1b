"""The money of a return: the plan that is shown, and exactly it, or nothing."""

import pytest

from creatorshop.office.return_page import INSPECT
from drops.returns.models import Return, ReturnState
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund
from tests.doubles import InMemoryProvider
from tests.office.returns.makers import (
    arrived,
    ask,
    bought,
    buttons,
    counts,
    everything,
    money_of,
    plan_on,
    take,
    text,
)
from tests.office.test_board import said

pytestmark = pytest.mark.django_db


def test_the_plan_is_shown_and_exactly_it_happens(creator, owner):
    returned = arrived(owner, ask(bought(creator)))
    take(owner, returned, INSPECT, **counts(returned))

    shown = owner.get(money_of(returned))
    assert "€39.14 goes back to the buyer" in text(shown)
    assert "Kiln & Tide €30.90 earned, not released yet" in text(shown)
    assert f'value="{returned}"' in shown.content.decode()
    answer = owner.post(money_of(returned), {"plan": plan_on(shown), "reason": str(returned)}, follow=True)

    assert said(answer) == [f"{returned}: €39.14 went back. It is closed."]
    returned.refresh_from_db()
    assert (returned.state, returned.refund.amount_minor, returned.refund.actor) == ("closed", 3914, "office:ines")
    assert InMemoryProvider.refunded == [returned.refund.key]
    assert "€39.14 went back Fri 27 Nov 2026" in text(answer)


def test_money_may_go_back_before_the_goods_and_the_return_stays_open(creator, owner):
    returned = ask(bought(creator))

    shown = owner.get(money_of(returned))
    answer = owner.post(money_of(returned), {"plan": plan_on(shown), "reason": "kindly"}, follow=True)

    assert said(answer) == [f"{returned}: €39.14 went back. It is still open until the goods were looked at."]
    assert "Money sent back ines" in text(answer)
    assert buttons(answer) == ["It has arrived", "It is on its way", "Call it off"]
    take(owner, returned, "receive")
    assert said(take(owner, returned, INSPECT, **counts(returned)))[0].startswith(f"{returned} was looked at.")
    assert Return.objects.get().state == ReturnState.CLOSED


def test_a_plan_that_changed_is_shown_anew_with_the_words_and_nothing_happens(creator, owner):
    order = bought(creator)
    returned = ask(order)
    seen = plan_on(owner.get(money_of(returned)))
    goodwill = Selection(Kind.AMOUNT, amount_minor=1000)
    plan = preview_refund(order_ref=order.ref, selection=goodwill)
    refund(order_ref=order.ref, plan_hash=plan.hash, selection=goodwill, actor="office:ines", reason="a scratch")
    before = everything()

    answer = owner.post(money_of(returned), {"plan": seen, "reason": "as agreed"}, follow=True)

    assert said(answer) == ["The order has changed since. Please look at it again."]
    assert everything() == before
    assert plan_on(answer) != seen
    assert 'value="as agreed"' in answer.content.decode()


def test_money_needs_a_reason(creator, owner):
    returned = ask(bought(creator))
    before = everything()

    answer = owner.post(money_of(returned), {"plan": plan_on(owner.get(money_of(returned))), "reason": " "})

    assert said(answer) == ["Please say why; the reason is kept."]
    assert everything() == before


def test_what_is_all_missing_has_no_money_to_send(creator, owner):
    returned = arrived(owner, ask(bought(creator)))
    take(owner, returned, INSPECT, **counts(returned, ok=0, missing=1))

    answer = owner.get(money_of(returned), follow=True)

    assert said(answer) == ["None of it came back, so nothing goes back. Close the return and say why."]
