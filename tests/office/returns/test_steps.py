"""What may be done where a return stands, what was found of it, and that a refusal changes nothing and keeps words."""

from datetime import timedelta

import pytest
from django.urls import reverse

from creatorshop.office.return_page import INSPECT
from drops.returns.models import ReturnState
from drops.schedule.models import Drop, DropState
from drops.stock.counts import count_of
from tests.clock import set_clock
from tests.factories import (
    NOON,
)
from tests.office.returns.makers import arrived, ask, ask_late, bought, buttons, counts, everything, page_of, take, text
from tests.office.test_board import said

pytestmark = pytest.mark.django_db


def test_a_withdrawal_says_that_nobody_approves_it_and_until_when_the_money_goes_back(creator, owner):
    returned = ask(bought(creator))

    page = owner.get(page_of(returned))

    assert "1 × Ring mug · Sage I changed my mind One is enough for me after all." in text(page)
    assert "It was declared in time, until the end of 11 Dec 2026, so nobody has to approve it." in text(page)
    assert "The money has to go back by 11 Dec 2026, 14 days after it was declared." in text(page)
    assert "27 Nov 2026, 12:00 Declared as a withdrawal the buyer" in text(page)
    assert f'href="{reverse("admin:drops_order_change", args=[returned.order_id])}"' in page.content.decode()
    assert buttons(page) == ["It has arrived", "It is on its way", "Call it off", "Send the money back"]


def test_what_was_earned_waits_for_the_return_and_says_so(creator, owner, helper):
    returned = ask(bought(creator))

    page = text(owner.get(page_of(returned)))

    assert "Payouts of this order Kiln & Tide €61.79 Platform (EUR) €1.85" in page
    assert "Something of it is to come back, and the return is not closed yet." in page
    assert "Payouts of this order" not in text(helper.get(page_of(returned)))
    payouts = text(owner.get(reverse("admin:drops_payout_changelist")))
    assert "Something of it is to come back, and the return is not closed yet." in payouts


def test_one_that_is_asked_for_is_agreed_to_with_words(creator, helper):
    returned = ask_late(bought(creator))
    assert buttons(helper.get(page_of(returned))) == ["Let it come back", "Reject it"]

    answer = take(helper, returned, "approve", words="Send it to Rua do Poço 12.")

    returned.refresh_from_db()
    assert (returned.state, returned.answer) == (ReturnState.APPROVED, "Send it to Rua do Poço 12.")
    assert said(answer) == [f"{returned} may come back."]
    assert "17 Dec 2026, 12:00 May come back rui Send it to Rua do Poço 12." in text(answer)


def test_whoever_refuses_says_why(creator, helper):
    returned = ask_late(bought(creator))
    before = everything()

    answer = take(helper, returned, "reject", words="  ")
    assert said(answer) == ["Please say why; the buyer reads it."]
    assert everything() == before

    take(helper, returned, "reject", words="It was used for a year.")
    returned.refresh_from_db()
    assert (returned.state, returned.answer) == (ReturnState.REJECTED, "It was used for a year.")
    assert buttons(helper.get(page_of(returned))) == []


def test_an_old_page_is_told_so_and_what_was_typed_stays(creator, owner):
    returned = ask_late(bought(creator))
    take(owner, returned, "approve")
    before = everything()

    answer = take(owner, returned, "reject", words="It was used for a year.")

    assert said(answer) == [f"{returned} is at “May come back” by now. Nothing was changed; please look again."]
    assert everything() == before
    assert "What you had written It was used for a year." in text(answer)


def test_a_buyer_has_time_to_send_it_and_the_refusal_keeps_the_words(creator, owner):
    returned = ask(bought(creator))
    before = everything()

    answer = take(owner, returned, "call_off", words="Nothing came.")

    assert said(answer) == ["The buyer has until 11 Dec 2026 to send it. Nothing was changed."]
    assert everything() == before
    assert 'value="Nothing came."' in answer.content.decode()

    set_clock(NOON + timedelta(days=14))
    assert said(take(owner, returned, "call_off", words="Nothing came.")) == [f"{returned} is called off."]


def test_a_number_of_the_carrier_is_kept_with_its_step(creator, helper):
    returned = ask(bought(creator))

    answer = take(helper, returned, "sent", words="CTT DX00010001")

    assert said(answer) == [f"{returned} is on its way."]
    assert "On its way back rui CTT DX00010001" in text(answer)
    assert buttons(answer) == ["It has arrived", "Call it off"]


def test_a_step_that_does_not_exist_changes_nothing(creator, owner):
    returned = ask(bought(creator))
    before = everything()

    assert said(take(owner, returned, "burn")) == ["Nothing was changed: choose one of the buttons below."]
    assert everything() == before


def test_what_is_fine_is_on_the_shelf_again_and_for_sale_while_the_drop_runs(creator, owner):
    order = bought(creator)
    returned = arrived(owner, ask(order, units=2))
    free = count_of(drop_sku_id=order.hold.drop_sku_id).available
    form = owner.get(page_of(returned)).context["lines"]
    assert [(line["ok"], line["damaged"], line["missing"], line["disposition"]) for line in form] == [
        ("2", "0", "0", "restock")
    ]

    answer = take(owner, returned, INSPECT, **counts(returned), words="As new.")

    assert said(answer) == [f"{returned} was looked at. 2 units are on the shelf again and for sale in Batch 07."]
    assert count_of(drop_sku_id=order.hold.drop_sku_id).available == free + 2
    assert "2 × Ring mug · Sage 2 fine – back into the store-room" in text(answer)
    assert buttons(answer) == ["Close it without money", "Send the money back"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DropState.PAUSED, "1 unit is on the shelf again and back in Batch 07, for sale once it is resumed."),
        (DropState.CLOSED, "1 unit is on the shelf again, for another drop: Batch 07 is over."),
    ],
)
def test_a_drop_that_sells_no_more_is_named(creator, owner, state, words):
    order = bought(creator)
    returned = arrived(owner, ask(order))
    Drop.objects.filter(pk=order.drop_id).update(state=state, closed_at=NOON if state == DropState.CLOSED else None)

    assert said(take(owner, returned, INSPECT, **counts(returned))) == [f"{returned} was looked at. {words}"]


def test_what_is_broken_or_given_away_is_not_for_sale_again(creator, owner):
    order = bought(creator)
    returned = arrived(owner, ask(order, units=2))

    answer = take(owner, returned, INSPECT, **counts(returned, ok=1, damaged=1, disposition="donate"))

    assert said(answer) == [f"{returned} was looked at. Nothing of it is for sale again."]
    assert "1 fine, 1 damaged – given away" in text(answer)
    assert count_of(drop_sku_id=order.hold.drop_sku_id).available == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ok": 1}, "Of 2 × Ring mug · Sage there are 2 to account for, not 1."),
        ({"ok": -1, "damaged": 3}, "Please say how many of 2 × Ring mug · Sage are fine, damaged and missing."),
        ({"ok": "two"}, "Please write whole numbers, and what becomes of 2 × Ring mug · Sage."),
        ({"disposition": "burn"}, "Please write whole numbers, and what becomes of 2 × Ring mug · Sage."),
    ],
)
def test_counts_that_are_none_are_refused_and_nothing_typed_is_lost(creator, owner, given, words):
    order = bought(creator)
    returned = arrived(owner, ask(order, units=2))
    before = everything()

    answer = take(owner, returned, INSPECT, **counts(returned, **given), words="A chip in the rim.")

    assert said(answer) == [words]
    assert everything() == before
    [line] = answer.context["lines"]
    assert line["ok"] == str(given.get("ok", 2))
    assert line["damaged"] == str(given.get("damaged", 0))
    assert 'value="A chip in the rim."' in answer.content.decode()


def test_one_that_is_looked_at_is_closed_without_money_only_with_a_reason(creator, owner):
    returned = arrived(owner, ask(bought(creator)))
    take(owner, returned, INSPECT, **counts(returned, ok=0, missing=1))
    before = everything()

    assert said(take(owner, returned, "close")) == ["Please say why; the buyer reads it."]
    assert everything() == before

    answer = take(owner, returned, "close", words="The parcel was empty.")
    assert said(answer) == [f"{returned} is closed, and no money went back."]
    assert "1 missing" in text(answer)
    assert "Closed ines The parcel was empty." in text(answer)
