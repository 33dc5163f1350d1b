"""
After the money: the receipt, and how the order goes on.
"""

from __future__ import annotations

from datetime import datetime

from creatorshop.chat.bodies import TITLE, Action, PickupPass, ReceiptBody, ReceiptDelivery
from creatorshop.chat.engine import follow_ons, giving, ratings, return_windows
from creatorshop.chat.engine.events import ArrivalNoted
from creatorshop.chat.engine.facts import OrderFacts
from creatorshop.chat.engine.offers import offer_help
from creatorshop.chat.engine.quotewords import delivery_words, lines_of
from creatorshop.chat.engine.retelling import delivery_label, import_note
from creatorshop.chat.engine.states import KEPT_ORDERS
from creatorshop.chat.engine.turns import Pen, clip

# What is worth a message; that a parcel is packed is told to those who ask.
STEPS = ("sent", "delivered", "ready", "handed_over", "refunded")
MONEY_STEPS = ("refunded",)
THEIRS = ("delivered", "handed_over")  # they have it


def paid(pen: Pen, order: OrderFacts, *, is_late: bool) -> None:
    """Give the receipt, once."""
    if not first_time(pen, order, "paid"):
        return
    voice = pen.voice
    if is_late:
        pen.notice("paid_late_rescued", voice.text("paid_late_rescued"), _open_button(pen, order))
    delivery = order.delivery
    way = delivery_words(voice, order.terms)
    note = import_note(voice, order.terms)
    total = voice.money(order.total_minor, order.currency)
    body = ReceiptBody(
        order=order.ref,
        title=clip(order.title, TITLE),
        lines=lines_of(voice, order.terms, "lines", pen.facts.creator.name),
        total=total,
        delivery=ReceiptDelivery(
            method=delivery["method"],
            label=clip(delivery_label(voice, order.terms), 200),
            text=f"{way}. {note}" if note else way,
        ),
        order_url=order.url,
        pass_=_pass(pen, order),
        track_url=order.track_url or None,
    )
    words = voice.text("receipt", title=order.title, total=total.text, order=order.ref, delivery=way)
    if order.pass_code:
        words = f"{words} {voice.text('pass', code=order.pass_code)}"
    pen.say(body, f"{words} {order.url}", pin=f"order:{order.ref}")
    giving.offer(pen, order)
    follow_ons.offer(pen, order)


def paid_elsewhere(pen: Pen, ref: str) -> None:
    """Give the receipt of an order whose hold was never shown here."""
    order = pen.facts.order(ref)
    if order:
        hold = pen.facts.hold(order.hold)
        paid(pen, order, is_late=bool(hold and hold.is_late))


def follow(pen: Pen, *, steps: tuple[str, ...] = STEPS) -> None:
    """Say of each order that was spoken of here how it went on, once for each step."""
    for order in reversed(pen.facts.shopper.orders):
        is_known = f"{order.ref}:paid" in pen.state.told
        if is_known and order.progress in steps and first_time(pen, order, order.progress):
            pen.notice(f"order_{order.progress}", _words(pen, order, order.progress), *_buttons(pen, order))
            if order.progress in THEIRS:
                ratings.ask(pen, order)
        if steps == STEPS and return_windows.is_to_tell(pen, order) and first_time(pen, order, return_windows.MARK):
            day = pen.voice.day(order.returns_until) if order.returns_until else ""
            words = pen.voice.text("returns_end", order=order.ref, title=order.title, day=day)
            pen.notice("returns_end", words, _open_button(pen, order))


def arrival_noted(pen: Pen, event: ArrivalNoted) -> None:
    """Say how the order stands, unless that was said on the way here."""
    order = pen.facts.order(event.order)
    if order and not pen.messages:
        tell(pen, order)


def tell(pen: Pen, order: OrderFacts) -> None:
    """Say how an order stands."""
    buttons = [*_buttons(pen, order), *giving.give_button(pen, order)]
    pen.notice("order_status", _words(pen, order, order.progress or "paid"), *buttons)


def tell_latest(pen: Pen) -> None:
    """Say how the newest orders stand."""
    orders = pen.facts.shopper.orders
    if not orders:
        offer_help(pen, pen.voice.text("no_orders", creator=pen.facts.creator.name))
        return
    for order in orders[:3]:
        tell(pen, order)


def _words(pen: Pen, order: OrderFacts, progress: str) -> str:
    way = delivery_words(pen.voice, order.terms)
    words = pen.voice.text(f"order_{progress}", order=order.ref, title=order.title, delivery=way)
    if order.pass_code and progress in ("paid", "ready"):
        words = f"{words} {pen.voice.text('pass', code=order.pass_code)}"
    return words


def _buttons(pen: Pen, order: OrderFacts) -> list[Action]:
    buttons = [_open_button(pen, order)]
    if order.progress == "sent":
        buttons.append(pen.button(pen.voice.text("b_arrived"), "arrived", order=order.ref))
    if order.track_url:
        buttons.append(pen.link(pen.voice.text("b_track"), order.track_url))
    return buttons


def _open_button(pen: Pen, order: OrderFacts) -> Action:
    return pen.link(pen.voice.text("b_open_order"), order.url)


def _pass(pen: Pen, order: OrderFacts) -> PickupPass | None:
    if not order.pass_code:
        return None
    delivery, voice = order.delivery, pen.voice
    when = ""
    if delivery.get("starts_at") and delivery.get("ends_at"):
        starts_at, ends_at = (datetime.fromisoformat(delivery[key]) for key in ("starts_at", "ends_at"))
        zone = delivery.get("time_zone", "")
        when = voice.text("pass_when", day=voice.day_of(starts_at, zone), hours=voice.slot(starts_at, ends_at, zone))
    place = delivery.get("place") or delivery_label(voice, order.terms)
    return PickupPass(code=order.pass_code, qr_url=order.qr_url or None, place=clip(place, 300), when=when)


def first_time(pen: Pen, order: OrderFacts, step: str) -> bool:
    """Tell whether a step of an order was not told yet, and remember that it is now."""
    mark = f"{order.ref}:{step}"
    if mark in pen.state.told:
        return False
    pen.remember(told=(*pen.state.told, mark)[-KEPT_ORDERS * (len(STEPS) + 2) :])
    return True
