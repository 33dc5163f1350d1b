"""
A paid order that its buyer gives to somebody: offered, made, taken back, and what became of it.

Nothing is said of whoever accepted it, and the link is not in the thread: the order's page shows it once.
"""

from __future__ import annotations

from creatorshop.chat.bodies import LABEL, Action, FormBody, FormField, TextBody
from creatorshop.chat.engine.commands import MakeGift, TakeGiftBack
from creatorshop.chat.engine.events import GiftRefused
from creatorshop.chat.engine.facts import OrderFacts
from creatorshop.chat.engine.offers import offer_help
from creatorshop.chat.engine.states import KEPT_ORDERS
from creatorshop.chat.engine.turns import Pen, clip

LONGEST = 300
REASONS = ("too_late", "already_given", "refunded", "handed_over", "packed")


def give_button(pen: Pen, order: OrderFacts) -> list[Action]:
    """Return the button that gives an order to somebody, if it can be given."""
    return [pen.button(pen.voice.text("b_give"), "give", order=order.ref)] if order.is_giveable else []


def offer(pen: Pen, order: OrderFacts) -> None:
    """Say below a receipt that it may be for somebody else; while a human speaks it can wait until somebody asks."""
    if order.is_giveable and not pen.state.human:
        pen.notice("gift_offer", pen.voice.text("gift_offer", title=order.title), *give_button(pen, order))


def ask_message(pen: Pen, ref: str) -> None:
    """Ask for a few words to go with it, which may stay out. An earlier form for them loses its fields and its button."""
    order = pen.facts.order(ref)
    if order is None or not order.is_giveable:
        tell(pen, ref)
        return
    prompt, label = pen.voice.text("gift_form", title=order.title), pen.voice.text("gift_words")
    if _form(ref) in pen.state.pins:
        pen.say(TextBody(text=prompt), prompt, pin=_form(ref))
        pen.unpin(_form(ref))
    field = FormField(name="message", label=clip(label, 40), kind="message", required=False)
    body = FormBody(
        prompt=prompt,
        token=pen.tap("gift", order=ref),
        submit_label=clip(pen.voice.text("b_make_gift"), LABEL),
        fields=(field,),
    )
    pen.say(body, f"{prompt} {label}.", pin=_form(ref))


def take_message(pen: Pen, ref: str, values: dict[str, str]) -> None:
    # Stored for good with the command: a sign that no database keeps has to stay out here.
    message = values.get("message", "").replace("\x00", "").strip()
    order = pen.facts.order(ref)
    if order is None or not order.is_giveable:
        made(pen, ref)
    else:
        pen.order(MakeGift(order=ref, message=message[:LONGEST]))


def take_back(pen: Pen, ref: str) -> None:
    order = pen.facts.order(ref)
    if order and order.gift and order.gift.state == "open":
        pen.order(TakeGiftBack(order=ref))
    else:
        tell(pen, ref)


def taken_back(pen: Pen, ref: str) -> None:
    order = pen.facts.order(ref)
    if order:
        words = pen.voice.text("gift_taken_back", order=ref, title=order.title)
        pen.notice("gift_taken_back", words, *_buttons(pen, order))
    else:
        tell(pen, ref)


def made(pen: Pen, ref: str) -> None:
    """Answer the form in its own place: it was used, and its button would do nothing more."""
    tell(pen, ref, pin=_form(ref))
    pen.unpin(_form(ref))


def refused(pen: Pen, event: GiftRefused) -> None:
    tell(pen, event.order, why=event.why, pin=_form(event.order))
    pen.unpin(_form(event.order))


def tell(pen: Pen, ref: str, *, why: str = "", pin: str = "") -> None:
    """Say how an order's gift stands, or why it cannot be given."""
    order, voice = pen.facts.order(ref), pen.voice
    if order is None:
        offer_help(pen, voice.text("no_orders", creator=pen.facts.creator.name))
        return
    gift = order.gift
    if gift and gift.state == "open":
        until = voice.moment(gift.until, order.delivery.get("time_zone") or pen.facts.zone)
        words = voice.text("gift_made", title=order.title, until=until)
        link = pen.link(voice.text("b_gift_link"), f"{order.url}#gift")
        pen.notice("gift_made", words, link, pen.button(voice.text("b_take_back"), "take_back", order=ref), pin=pin)
    elif gift and gift.state == "claimed":
        pen.notice("gift_claimed", voice.text("gift_claimed", title=order.title), _page(pen, order), pin=pin)
    elif order.is_giveable and not why:
        pen.notice("gift_offer", voice.text("gift_offer", title=order.title), *_buttons(pen, order), pin=pin)
    else:
        why = why or order.why_not_give
        key = f"gift_{why}" if why in REASONS else "gift_already_given"
        pen.notice("gift_refused", voice.text(key, title=order.title), _page(pen, order), level="warn", pin=pin)


def asked(pen: Pen) -> None:
    """Answer somebody who writes of a gift: what they can give, what they gave, or how one gives."""
    orders = pen.facts.shopper.orders
    meant = [order for order in orders if order.is_giveable or (order.gift and order.gift.state == "open")]
    for order in meant[:3]:
        tell(pen, order.ref)
    if not meant:
        offer_help(pen, pen.voice.text("gift"))


def follow(pen: Pen) -> None:
    """Say once what became of each gift."""
    for order in reversed(pen.facts.shopper.orders):
        gift = order.gift
        if gift is None or gift.state not in ("claimed", "expired") or f"{order.ref}:paid" not in pen.state.told:
            continue
        mark = f"{order.ref}:gift:{gift.key}:{gift.state}"
        if mark in pen.state.told_gifts:
            continue
        pen.remember(told_gifts=(*pen.state.told_gifts, mark)[-2 * KEPT_ORDERS :])
        words = pen.voice.text(f"gift_{gift.state}", title=order.title)
        pen.notice(f"gift_{gift.state}", words, *_buttons(pen, order))


def _form(ref: str) -> str:
    return f"gift:{ref}"


def _buttons(pen: Pen, order: OrderFacts) -> list[Action]:
    return [_page(pen, order), *give_button(pen, order)]


def _page(pen: Pen, order: OrderFacts) -> Action:
    return pen.link(pen.voice.text("b_open_order"), order.url)
