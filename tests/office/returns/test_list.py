"""Who sees which returns, in which order, and what Today says of them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from creatorshop.office.return_page import INSPECT
from drops.returns.models import Return, ReturnState
from tests.clock import set_clock
from tests.factories import (
    NOON,
)
from tests.office.returns.makers import (
    LIST,
    arrived,
    ask,
    ask_late,
    bought,
    buttons,
    counts,
    everything,
    money_of,
    page_of,
    plan_on,
    take,
    text,
)
from tests.office.test_board import said

pytestmark = pytest.mark.django_db


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
