"""
Sending something back from the page of an order: two steps without a script, and the order's page says how it stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from creatorshop.storefront import wording
from drops.catalog.models import Creator
from drops.clock import database_now
from drops.documents.models import Seller
from drops.returns import handling
from drops.returns.models import Return, ReturnEvent, ReturnReason, ReturnState
from drops.returns.refunding import preview_return_refund, refund_return
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState
from tests.storefront.stalls import Stall, buy, hand_over, tags_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

LISBON = ZoneInfo("Europe/Lisbon")
MUG = "Ring mug · Sage"


@pytest.fixture
def order(stall: Stall, client: Client) -> Order:
    """Return two mugs that Lena bought, has, and may send back."""
    order = buy(client, stall, quantity="2")
    hand_over()
    order.refresh_from_db()
    return order


def page_of(order: Order) -> str:
    return f"/orders/{order.ref}/{order_access(order.ref)}/"


def said(response: Any) -> str:
    return text_of(response).replace("&#x27;", "'")


def day(at: datetime, days: int = 0) -> str:
    return wording.day(at.astimezone(LISBON).date() + timedelta(days=days))


def look(client: Client, order: Order, **more: str) -> Any:
    return client.post(page_of(order) + "return/", {"do": "look", "units-0": "1", "reason": "unsaid"} | more)


def confirm(client: Client, summary: Any, order: Order) -> Any:
    """Press the summary's first button."""
    hidden = {
        tag["name"]: tag["value"] for name, tag in tags_of(summary) if name == "input" and tag.get("type") == "hidden"
    }
    return client.post(page_of(order) + "return/", hidden | {"do": "confirm"})


def send_one_back(client: Client, order: Order, **more: str) -> Return:
    confirm(client, look(client, order, **more), order)
    return Return.objects.latest("pk")


def everything() -> tuple[object, ...]:
    return (
        list(Return.objects.order_by("pk").values_list("ref", "state", "reason", "note", "answer")),
        ReturnEvent.objects.count(),
        list(Order.objects.values_list("state", flat=True)),
    )


def test_the_orders_page_says_until_when_it_may_go_back_and_leads_there(client: Client, order: Order) -> None:
    answer = client.get(page_of(order))

    assert f"You can send it back until {day(database_now(), 14)}, without saying why." in said(answer)
    links = [tag["href"] for name, tag in tags_of(answer) if name == "a"]
    assert links.count(page_of(order) + "return/") == 1
    assert f"/withdraw/?number={order.ref}" in links


def test_one_of_two_is_withdrawn_from_in_two_steps_without_a_reason(client: Client, order: Order) -> None:
    first = client.get(page_of(order) + "return/")
    assert "By law you need no reason." in said(first)
    [chosen] = [tag["value"] for name, tag in tags_of(first) if name == "input" and "checked" in tag]
    assert chosen == "unsaid"

    summary = look(client, order)
    assert summary.status_code == 200
    assert f"Withdraw from this? 1 × {MUG} Your word is enough" in said(summary)
    assert Return.objects.count() == 0
    answer = confirm(client, summary, order)

    assert (answer.status_code, answer["Location"]) == (302, page_of(order) + "#returns")
    returned = Return.objects.get()
    assert (returned.state, returned.is_withdrawal, returned.reason, returned.note) == (
        ReturnState.APPROVED,
        True,
        ReturnReason.CHANGED_MIND,
        "",
    )
    assert [(line.row, line.quantity, line.label) for line in returned.lines.all()] == [(0, 1, MUG)]
    words = said(client.get(page_of(order)))
    today = database_now()
    assert f"1 × {MUG} Withdrawn You withdrew on {day(today)}. Please send it by {day(today, 14)}." in words


def test_the_summary_says_where_to_until_when_who_pays_and_how_money_comes_back(client: Client, order: Order) -> None:
    summary = said(look(client, order))
    assert f"Send it by {day(database_now(), 14)}, which is 14 days from today, to: The shop mails you the address" in (
        summary
    )
    Seller.objects.create(
        creator=order.creator,
        legal_name="Ines Prado",
        street="Rua do Forno 3",
        postcode="1100-012",
        city="Lisboa",
        country="PT",
    )

    summary = said(look(client, order))

    assert (
        "to: Ines Prado Rua do Forno 3 1100-012 Lisboa Portugal You pay the postage back. If it is damaged" in summary
    )
    assert "Your money comes back by the way you paid, within 14 days." in summary
    send_one_back(client, order)
    assert "Ines Prado Rua do Forno 3 1100-012 Lisboa Portugal" in said(client.get(page_of(order)))


def test_before_it_is_there_it_can_be_withdrawn_from_and_nothing_has_to_be_sent(client: Client, order: Order) -> None:
    Order.objects.update(state=OrderState.PAID, fulfilled_at=None)
    assert "Until you have it, and for 14 days after, you can send it back without saying why." in said(
        client.get(page_of(order))
    )

    summary = look(client, order)
    confirm(client, summary, order)

    assert "You don’t have it yet, so there is nothing to send." in said(summary)
    words = said(client.get(page_of(order)))
    assert f"You withdrew on {day(database_now())}, before you had it, so there is nothing to send." in words
    assert "I have sent it" not in words


def test_after_the_last_day_it_is_asked_of_the_shop_and_needs_a_reason(client: Client, order: Order) -> None:
    hand_over(days_ago=15)
    last_day = day(database_now(), -1)
    first = client.get(page_of(order) + "return/")
    assert f"The last day to send it back was {last_day}. You can still ask the shop." in said(first)
    assert "I’d rather not say" not in said(first)
    refused = look(client, order)
    assert (refused.status_code, "Please choose why." in said(refused)) == (422, True)

    summary = look(client, order, reason="damaged", note="A chip in the rim.")
    assert "Ask the shop?" in said(summary)
    assert "Confirm withdrawal" not in said(summary)
    confirm(client, summary, order)

    returned = Return.objects.get()
    assert (returned.state, returned.is_withdrawal, returned.reason, returned.note) == (
        ReturnState.REQUESTED,
        False,
        ReturnReason.DAMAGED,
        "A chip in the rim.",
    )
    assert (
        f"Asked for You asked on {day(database_now())}. Kiln & Tide answers here and by mail. I keep it after all"
        in (said(client.get(page_of(order))))
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"units-0": "0"}, "Please choose what comes back."),
        ({"units-0": "many"}, "Please choose what comes back."),
        ({"units-0": "3"}, "Of this line 2 can come back."),
        ({"units-7": "1"}, "Of this line 0 can come back."),
        ({"reason": "because"}, "Please choose why."),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_changes_nothing(
    client: Client, order: Order, typed: dict[str, str], sentence: str
) -> None:
    before = everything()

    for deed in ("look", "confirm"):
        answer = look(client, order, **{"note": "It is <too> big."} | typed | {"do": deed})

        assert (answer.status_code, sentence in said(answer)) == (422, True)
        assert "It is &lt;too&gt; big.</textarea>" in answer.content.decode()
    assert everything() == before


def test_going_back_a_step_keeps_what_was_chosen(client: Client, order: Order) -> None:
    answer = look(client, order, do="change", reason="too_late", note="For Monday.", **{"units-0": "2"})

    assert answer.status_code == 200
    [reason] = [tag["value"] for name, tag in tags_of(answer) if name == "input" and "checked" in tag]
    [units] = [tag["value"] for name, tag in tags_of(answer) if name == "option" and "selected" in tag]
    assert (reason, units, "For Monday.</textarea>" in answer.content.decode()) == ("too_late", "2", True)
    assert Return.objects.count() == 0


def test_a_button_that_is_pressed_twice_sends_one_back_and_not_both(client: Client, order: Order) -> None:
    summary = look(client, order)
    confirm(client, summary, order)
    before = everything()

    again = confirm(client, summary, order)

    assert again.status_code == 409
    assert "Something has changed since you looked at this. Please look at it again." in said(again)
    assert everything() == before


def test_what_is_all_on_its_way_back_cannot_be_sent_back_again(client: Client, order: Order) -> None:
    send_one_back(client, order, **{"units-0": "2"})
    before = everything()

    answer = client.get(page_of(order) + "return/")

    assert "Nothing to send back All of this order is on its way back already." in said(answer)
    assert "Send something back" not in said(client.get(page_of(order)))
    assert look(client, order).status_code == 409
    assert everything() == before


def test_the_buyer_says_that_it_is_sent_and_then_keeps_it_after_all(client: Client, order: Order) -> None:
    returned = send_one_back(client, order)
    url = f"{page_of(order)}return/{returned.ref}/"

    answer = client.post(url, {"do": "sent", "tracking": "  RR 123 PT "})

    assert (answer.status_code, answer["Location"]) == (302, page_of(order) + "#returns")
    event = ReturnEvent.objects.latest("pk")
    assert (event.to_state, event.actor, event.words) == ("in_transit", "shopper:order page", "RR 123 PT")
    words = said(client.get(page_of(order)))
    assert "On its way back You said that you sent it. Kiln & Tide says when it has arrived." in words
    assert "I have sent it" not in words

    client.post(url, {"do": "keep"})

    returned.refresh_from_db()
    assert returned.state == ReturnState.WITHDRAWN
    words = said(client.get(page_of(order)))
    assert f"You keep it You took it back on {day(database_now())}, so it stays with you." in words
    assert "Send something back" in words


def test_a_step_that_comes_too_late_is_refused_on_the_page_and_changes_nothing(client: Client, order: Order) -> None:
    returned = send_one_back(client, order)
    handling.receive(ref=returned.ref, actor="office:ines", now=database_now())
    before = everything()
    url = f"{page_of(order)}return/{returned.ref}/"

    for form in ({"do": "sent"}, {"do": "keep"}):
        answer = client.post(url, form)
        assert (answer.status_code, "is at “Arrived” by now. Nothing was changed" in said(answer)) == (409, True)
    assert client.post(url, {"do": "burn"}).status_code == 422
    assert client.get(url)["Location"] == page_of(order) + "#returns"

    assert everything() == before


def test_nobody_goes_on_with_the_return_of_another_order(client: Client, order: Order) -> None:
    returned = send_one_back(client, order)
    before = everything()
    foreign = Order.objects.get(pk=order.pk)
    foreign.ref = "4KD2M9XQ7A"

    assert client.post(f"{page_of(foreign)}return/{returned.ref}/", {"do": "keep"}).status_code == 404
    assert client.post(f"{page_of(order)}return/ZZZZZZZZZZ/", {"do": "keep"}).status_code == 404
    assert client.get(f"/orders/{order.ref}/{'x' * 43}/return/").status_code == 404
    assert everything() == before


def test_the_shops_answer_and_the_money_are_told_on_the_page(client: Client, order: Order) -> None:
    hand_over(days_ago=15)
    no = send_one_back(client, order, reason="other")
    handling.reject(ref=no.ref, actor="office:ines", now=database_now(), words="It was used for a year.")
    assert f"Not agreed Kiln & Tide said no on {day(database_now())}. It was used for a year." in said(
        client.get(page_of(order))
    )

    yes = send_one_back(client, order, reason="damaged")
    handling.approve(ref=yes.ref, actor="office:ines", now=database_now(), words="We are sorry.")
    words = said(client.get(page_of(order)))
    assert f"Agreed Kiln & Tide agreed that it comes back. Please send it by {day(database_now(), 14)}." in words
    assert "We are sorry." in words

    plan = preview_return_refund(ref=yes.ref)
    refund_return(ref=yes.ref, plan_hash=plan.hash, actor="office:ines", reason="chip")
    words = said(client.get(page_of(order)))
    assert f"€39.14 went back to you on {day(database_now())}." in words


def test_an_order_whose_money_went_back_has_nothing_to_send_back(client: Client, order: Order) -> None:
    Order.objects.update(state=OrderState.REFUNDED)
    before = everything()

    answer = client.get(page_of(order) + "return/")

    assert "All the money of this order went back already, so there is nothing to send back." in said(answer)
    assert look(client, order).status_code == 200
    assert "Returns" not in said(client.get(page_of(order)))
    assert everything() == before


def test_the_page_is_private_and_needs_no_script_and_no_cookie(client: Client, order: Order) -> None:
    answer = client.get(page_of(order) + "return/")

    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex")
    assert [tag for tag, _ in tags_of(answer) if tag == "script"] == []
    assert look(Client(enforce_csrf_checks=True), order).status_code == 200
    assert "frame-ancestors 'self' https://kilnandtide.example;" in f"{answer['Content-Security-Policy']};"


def test_an_order_is_not_changed_without_end(client: Client, order: Order, settings: Any) -> None:
    settings.API_RATES = settings.API_RATES | {"returns_of_order": "2/600"}
    summary = look(client, order)
    look(client, order)

    answer = confirm(client, summary, order)

    assert (answer.status_code, Return.objects.count()) == (429, 0)
    assert client.get(page_of(order) + "return/").status_code == 200


def test_the_orders_creator_may_send_it_from_their_zone(client: Client, order: Order) -> None:
    """The last day ends where the creator lives."""
    Creator.objects.update(time_zone="Pacific/Kiritimati")
    there = database_now().astimezone(ZoneInfo("Pacific/Kiritimati")).date()

    words = said(client.get(page_of(order)))

    assert f"until {wording.day(there + timedelta(days=14))}, without saying why." in words
