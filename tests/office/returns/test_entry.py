"""A return that was asked for by mail, entered on the order's page."""

import pytest
from django.urls import reverse

from drops.catalog.return_rules import ReturnRule
from drops.returns.models import Return, ReturnState
from tests.clock import set_clock
from tests.office.returns.makers import AFTER_THE_DAYS, ask, bought, page_of, text
from tests.office.test_board import said

pytestmark = pytest.mark.django_db


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


def test_what_was_made_for_its_buyer_waits_for_an_answer_and_the_form_says_so(creator, helper):
    order = bought(creator, rule=ReturnRule.MADE_FOR_BUYER)
    door = reverse("admin:office_return", args=[order.pk])
    assert "It was sold as made for its buyer, without the right to withdraw: it will wait" in text(helper.get(door))

    answer = helper.post(door, {"line-0": "1", "reason": "damaged", "note": "The name is misspelt."}, follow=True)

    returned = Return.objects.get()
    assert said(answer) == [f"{returned} is written down. It waits for your answer."]
    assert "without the right to withdraw, so it is yours to agree or to refuse." in text(answer)


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
