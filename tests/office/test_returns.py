"""
Returns in the office: who sees which, what may be done where one stands, and that a refusal changes nothing and keeps words.
"""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from creatorshop.office.return_page import INSPECT
from drops.catalog.models import MemberRole
from drops.returns.models import Return, ReturnEvent, ReturnLine, ReturnState
from drops.returns.requesting import request_return
from drops.sales.models import Order, Refund
from drops.sales.orders import mark_fulfilled
from drops.sales.payment import Outcome
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund
from drops.sales.settling import settle
from drops.schedule.models import Drop, DropState
from drops.stock.counts import count_of
from tests.clock import set_clock, stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import (
    NOON,
    make_capsule,
    make_creator,
    make_drop,
    make_drop_sku,
    make_hold,
    make_payment,
    make_product,
    make_sku,
)
from tests.office.people import client_of, make_person
from tests.office.test_board import said

pytestmark = pytest.mark.django_db

LIST = "admin:drops_return_changelist"
AFTER_THE_DAYS = NOON + timedelta(days=20)


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    CounterDelivery.reset()
    InMemoryProvider.reset()
    with stopped_clock(NOON):
        yield
    CounterDelivery.reset()
    InMemoryProvider.reset()


@pytest.fixture
def creator():
    return make_creator(name="Kiln & Tide")


@pytest.fixture
def owner(creator):
    return client_of(make_person("ines", creator=creator))


@pytest.fixture
def helper(creator):
    return client_of(make_person("rui", creator=creator, role=MemberRole.HELPER))


@pytest.fixture
def packer(creator):
    return client_of(make_person("tiago", creator=creator, role=MemberRole.PACKER))


@pytest.fixture
def stranger():
    return client_of(make_person("noor", creator=make_creator(name="Night Signal")))


def bought(creator, *, units=2, is_handed_over=True):
    """Sell mugs at 38.00 from a drop that runs until eight in the evening; they are with their buyer since noon."""
    product = make_product(capsule=make_capsule(creator=creator))
    drop = make_drop(capsule=product.capsule, opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    drop_sku = make_drop_sku(drop=drop, sku=make_sku(product=product, option_values=["Sage"]), units=4)
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=units))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    order = Order.objects.get(hold=payment.hold)
    if is_handed_over:
        CounterDelivery.handed_over[order.ref] = units
        mark_fulfilled(order_id=order.pk, at=NOON)
    order.refresh_from_db()
    return order


def ask(order, *, units=1, reason="changed_mind", note="One is enough for me after all."):
    return request_return(
        order_ref=order.ref, quantities={0: units}, reason=reason, note=note, actor=f"shopper:{order.shopper_id}"
    )


def ask_late(order, **given):
    """Ask after the last day, when nobody has to agree any more."""
    set_clock(AFTER_THE_DAYS)
    return ask(order, **given)


def page_of(returned):
    return reverse("admin:drops_return_change", args=[returned.pk])


def money_of(returned):
    return reverse("admin:office_refund_return", args=[returned.pk])


def take(person, returned, step, **form):
    return person.post(page_of(returned), {"step": step, **form}, follow=True)


def counts(returned, *, ok=None, damaged=0, missing=0, disposition="restock"):
    [line] = returned.lines.all()
    ok = line.quantity if ok is None else ok
    return {
        f"ok-{line.pk}": ok,
        f"damaged-{line.pk}": damaged,
        f"missing-{line.pk}": missing,
        f"disposition-{line.pk}": disposition,
    }


def arrived(person, returned):
    take(person, returned, "receive")
    return returned


def text(answer):
    return " ".join(unescape(strip_tags(answer.content.decode())).split())


def buttons(answer):
    """Return the buttons and the link to the money that a return's page has."""
    page = answer.content.decode()
    main = page[page.index('<div class="office office-two">') :]
    found = re.findall(r'<button[^>]*class="office-button"[^>]*>\s*(.*?)\s*</button>', main, re.DOTALL)
    return [*found, *(["Send the money back"] if "Send the money back</a>" in main else [])]


def everything():
    return (
        list(Return.objects.order_by("pk").values()),
        list(ReturnLine.objects.order_by("pk").values()),
        ReturnEvent.objects.count(),
        Refund.objects.count(),
        list(InMemoryProvider.refunded),
    )


# Who sees what


def test_open_ones_come_first_and_the_oldest_of_them(creator, owner):
    over = ask(bought(creator))
    take(owner, over, "receive")
    take(owner, over, INSPECT, **counts(over))
    take(owner, over, "close", words="The mug came back glazed in tea.")
    newer, older = ask(bought(creator)), ask(bought(creator))
    Return.objects.filter(pk=older.pk).update(created_at=NOON - timedelta(days=2))

    rows = owner.get(reverse(LIST)).context["cl"].result_list

    assert [row.pk for row in rows] == [older.pk, newer.pk, over.pk]


def test_the_list_is_filtered_and_finds_a_return_and_an_order_by_their_numbers(creator, owner):
    one, other = ask(bought(creator)), ask_late(bought(creator), reason="damaged")

    def found(**asked):
        return [row.pk for row in owner.get(reverse(LIST), asked).context["cl"].result_list]

    assert found(state__exact="requested") == [other.pk]
    assert found(reason__exact="changed_mind") == [one.pk]
    assert found(money="owed") == [one.pk]
    assert found(q=one.ref) == [one.pk]
    assert found(q=other.order.ref) == [other.pk]


def test_the_money_of_a_withdrawal_is_marked_once_it_is_late(creator, owner):
    ask(bought(creator))
    assert "11 Dec 2026" in text(owner.get(reverse(LIST)))
    assert "11 Dec 2026 late" not in text(owner.get(reverse(LIST)))

    set_clock(NOON + timedelta(days=15))

    assert "11 Dec 2026 late" in text(owner.get(reverse(LIST)))


def test_somebody_elses_return_does_not_exist(creator, stranger):
    returned = ask(bought(creator))
    before = everything()

    assert returned.ref not in stranger.get(reverse(LIST)).content.decode()
    for address in (page_of(returned), money_of(returned), reverse("admin:office_return", args=[returned.order_id])):
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"step": "receive"}).status_code == 404
    assert everything() == before


def test_a_packer_takes_it_in_and_looks_at_it_and_reads_nothing_of_the_buyer(creator, packer):
    returned = ask(bought(creator))

    page = packer.get(page_of(returned))

    assert buttons(page) == ["It has arrived"]
    for private in ("Lena Vogt", "One is enough for me", reverse("admin:drops_order_change", args=[returned.order_id])):
        assert private not in page.content.decode()
    assert "Whoever keeps the books sends it back." in text(page)
    take(packer, returned, "receive")
    assert buttons(packer.get(page_of(returned))) == ["Write it down"]
    take(packer, returned, INSPECT, **counts(returned))
    assert Return.objects.get().state == ReturnState.INSPECTED


def test_a_packer_finds_nothing_that_nobody_agreed_to(creator, packer):
    returned = ask_late(bought(creator))

    assert returned.ref not in packer.get(reverse(LIST)).content.decode()
    assert packer.get(page_of(returned)).status_code == 404


@pytest.mark.parametrize("step", ["approve", "reject", "sent", "call_off", "close"])
def test_a_packer_does_none_of_what_belongs_to_orders(creator, packer, step):
    returned = ask(bought(creator))
    before = everything()

    answer = take(packer, returned, step, words="No.")

    assert said(answer) == ["Your role does not include this."]
    assert everything() == before


def test_the_money_is_for_whoever_keeps_the_books_alone(creator, helper):
    returned = ask(bought(creator))
    before = everything()

    assert "Send the money back" not in text(helper.get(page_of(returned)))
    for answer in (helper.get(money_of(returned), follow=True), helper.post(money_of(returned), {}, follow=True)):
        assert said(answer) == ["Your role does not include this."]
    assert everything() == before


def test_the_sidebar_leads_to_the_returns_whoever_has_to_do_with_them(creator, packer, helper):
    for person in (packer, helper):
        assert f'href="{reverse(LIST)}"' in person.get(reverse("admin:index")).content.decode()


# One return


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


# Looking at it


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


# The money


def plan_on(answer):
    return re.search(r'name="plan" value="(\w+)"', answer.content.decode()).group(1)


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


# From the order's page


def test_a_helper_writes_a_return_down_for_a_buyer_who_wrote(creator, helper):
    order = bought(creator)
    door = reverse("admin:office_return", args=[order.pk])
    assert f'href="{door}"' in helper.get(reverse("admin:drops_order_change", args=[order.pk])).content.decode()
    assert "In time, until the end of 11 Dec 2026: it will be a withdrawal" in text(helper.get(door))

    answer = helper.post(door, {"line-0": "2", "reason": "wrong_item", "note": "These are blue."}, follow=True)

    returned = Return.objects.get()
    assert said(answer) == [f"{returned} is written down. It may come back."]
    assert (returned.reason, returned.note, returned.is_withdrawal) == ("wrong_item", "These are blue.", True)
    assert [str(line) for line in returned.lines.all()] == ["2 × Ring mug · Sage"]
    assert returned.events.get().actor == "office:rui"
    page = helper.get(reverse("admin:drops_order_change", args=[order.pk]))
    assert f"{returned} May come back 2 × Ring mug · Sage · It is not what I bought · Fri 27 Nov 2026" in text(page)
    assert f'href="{page_of(returned)}"' in page.content.decode()


def test_after_the_days_it_waits_for_an_answer_and_says_so_before(creator, helper):
    order = bought(creator, units=1)
    set_clock(AFTER_THE_DAYS)
    door = reverse("admin:office_return", args=[order.pk])

    page = helper.get(door)
    assert "The last day was 11 Dec 2026: it will wait for your answer." in text(page)
    assert [value for _, value in page.context["lines"]] == ["1"]

    answer = helper.post(door, {"line-0": "1", "reason": "damaged"}, follow=True)
    assert said(answer) == [f"{Return.objects.get()} is written down. It waits for your answer."]


def test_a_mail_that_came_in_time_is_a_withdrawal_though_it_is_entered_later(creator, helper):
    order = bought(creator, units=1)
    set_clock(AFTER_THE_DAYS)

    helper.post(
        reverse("admin:office_return", args=[order.pk]), {"line-0": "1", "reason": "changed_mind", "day": "2026-12-11"}
    )

    returned = Return.objects.get()
    assert (returned.is_withdrawal, returned.state) == (True, ReturnState.APPROVED)
    assert "by 25 Dec 2026, 14 days after it was declared." in text(helper.get(page_of(returned)))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (
            {"line-0": "1", "reason": "other", "day": "2026-11-28"},
            "They wrote on a day between the purchase and today.",
        ),
        (
            {"line-0": "1", "reason": "other", "day": "2026-11-26"},
            "They wrote on a day between the purchase and today.",
        ),
        (
            {"line-0": "1", "reason": "other", "day": "Friday"},
            "Please write the day on which they wrote to you, like 2026-11-27.",
        ),
        ({"line-0": "1", "reason": ""}, "Please choose why."),
        ({"line-0": "0", "reason": "other"}, "Please choose what comes back."),
        ({"line-0": "3", "reason": "other"}, "Of this line 2 can come back."),
        ({"line-0": "two", "reason": "other"}, "Please write units as whole numbers."),
        ({"line-9": "1", "reason": "other"}, "Of this line 0 can come back."),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_and_kept_as_it_was_typed(creator, helper, form, words):
    order = bought(creator)

    answer = helper.post(reverse("admin:office_return", args=[order.pk]), {**form, "note": "The rim is chipped."})

    assert said(answer) == [words]
    assert Return.objects.count() == 0
    assert "The rim is chipped." in text(answer)
    assert [value for _, value in answer.context["lines"]] == [form.get("line-0", "0")]
    assert answer.context["chosen"] == form["reason"]
    assert answer.context["day"] == form.get("day", "2026-11-27")


def test_what_is_on_its_way_back_already_cannot_be_entered_again(creator, helper):
    order = bought(creator)
    ask(order, units=2)

    page = helper.post(reverse("admin:office_return", args=[order.pk]), {"line-0": "1", "reason": "other"}, follow=True)

    assert said(page) == ["All of this order is on its way back already."]
    assert Return.objects.count() == 1


def test_a_packer_enters_none(creator, packer):
    order = bought(creator)

    assert packer.get(reverse("admin:office_return", args=[order.pk])).status_code == 404
    assert Return.objects.count() == 0


# Today


def tasks(person):
    found = person.get(reverse("admin:index")).context["office_tasks"]
    return {task["text"]: task for task in found if "return" in task["text"] or "withdrawal" in task["text"]}


def test_today_says_what_waits_and_leads_to_just_that(creator, owner, helper, packer, stranger):
    first, second, third = (bought(creator) for _ in range(3))
    ask(first)
    arrived(owner, ask(second))
    ask_late(third)

    found = tasks(owner)

    assert {words: task["count"] for words, task in found.items()} == {
        "return waits for your answer": 1,
        "return has arrived to be looked at": 1,
        "withdrawals’ money is due, the first by 11 Dec 2026": 2,
    }
    for task in found.values():
        assert owner.get(task["url"]).context["cl"].result_count == task["count"]
    assert set(tasks(helper)) == {"return waits for your answer", "return has arrived to be looked at"}
    assert set(tasks(packer)) == {"return has arrived to be looked at"}
    assert tasks(stranger) == {}


def test_money_that_went_back_is_due_no_more(creator, owner):
    returned = ask(bought(creator))
    assert list(tasks(owner)) == ["withdrawal’s money is due by 11 Dec 2026"]

    owner.post(money_of(returned), {"plan": plan_on(owner.get(money_of(returned))), "reason": "withdrawn"})

    assert tasks(owner) == {}
    assert "The money has to go back by" not in text(owner.get(page_of(returned)))
