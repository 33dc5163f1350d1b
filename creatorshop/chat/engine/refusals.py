"""
Every "no", in a sentence that says why and comes with what can be had instead.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from creatorshop.chat.engine import members, patience, tickets
from creatorshop.chat.engine.commands import LoadDelivery, PlaceHold
from creatorshop.chat.engine.facts import VariantFacts
from creatorshop.chat.engine.offers import (
    next_drop_button,
    not_yet_open_words,
    offer_help,
    offer_instead,
    others_than,
    wait_option,
)
from creatorshop.chat.engine.reminders import remind_button
from creatorshop.chat.engine.states import QuoteInView
from creatorshop.chat.engine.turns import Pen

TRIES = 4  # the first and three by itself, then a button
BUSY = "busy"
SHARED_LIMITS = ("chat", "phone", "device", "card", "addr")


def refuse(pen: Pen, code: str, facts: dict[str, Any], *, sku: str, quantity: int) -> None:
    """Say a refusal of the shop's services in words. The numbers are the refusal's own where it names them."""
    variant = pen.facts.variant(sku)
    match code:
        case "not_yet_open" | "drop_paused" | "drop_closed":
            tell_not_open(pen, code)
        case "only_some_left" if variant:
            tell_only_some(pen, variant, quantity, left=int(facts.get("available", variant.left)))
        case "held_by_others" if variant:
            next_return_at = instant(facts.get("next_return_at"))
            tell_held_by_others(pen, variant, next_return_at=next_return_at, quantity=quantity)
        case "sold_out" if variant:
            tell_sold_out(pen, variant, quantity)
        case "limit_reached":
            drop, taken = pen.facts.drop, pen.facts.shopper.taken
            limit = int(facts.get("limit", drop.limit if drop else 1))
            if "left" in facts:
                taken = limit - int(facts["left"])
            tell_limit_reached(pen, limit=limit, taken=taken, sku=sku, kind=str(facts.get("kind", "account")))
        case "none_left_here" if variant:
            tell_none_left_here(pen, variant, quantity, facts)
        case "already_holding":
            tell_already_holding(pen, sku)
        case "delivery_gone":
            tell_delivery_gone(pen, sku, quantity)
        case "cooling_down" if until := instant(facts.get("until")):
            patience.tell_cooling_down(pen, until, int(facts.get("lapsed", 2)), sku=sku, quantity=quantity)
        case "step_up_required" if facts.get("check_url"):
            patience.tell_step_up(pen, facts["check_url"], sku=sku, quantity=quantity)
        case "blocked" if facts.get("contact") and facts.get("mention"):
            patience.tell_blocked(pen, facts)
        case "not_eligible":
            until = instant(facts.get("open_to_all_at"))
            members.tell_first(pen, sku=sku, quantity=quantity, until=until, tier=str(facts.get("tier", "")))
        case "session_invalid":
            shop = pen.link(pen.voice.text("b_shop"), pen.facts.creator.url)
            pen.notice("session_lost", pen.voice.text("session_lost"), shop, level="warn")
        case _:
            tell_unforeseen(pen, sku)


def tell_not_open(pen: Pen, code: str = "") -> None:
    """Say why nothing can be had right now, and when."""
    drop, voice = pen.facts.drop, pen.voice
    if pen.has_told_drop:
        return
    if drop is None:
        offer_help(pen, voice.text("nothing_on_sale", creator=pen.facts.creator.name))
        return
    state = {"not_yet_open": "scheduled", "drop_paused": "paused", "drop_closed": "closed"}.get(code, drop.state)
    pen.remember(drop_state=drop.state)
    if state == "scheduled":
        see = pen.link(voice.text("b_see"), drop.url)
        pen.notice("not_yet_open", not_yet_open_words(pen), *remind_button(pen, drop.ref), see)
    elif state == "paused":
        retry = pen.button(voice.text("b_check_again"), "shelf")
        words = _with_live_holds(pen, paused_words(pen))
        pen.notice("drop_paused", words, retry, next_drop_button(pen), level="warn")
    else:
        pen.notice("drop_closed", _with_live_holds(pen, closed_words(pen)), next_drop_button(pen))


def paused_words(pen: Pen) -> str:
    drop, voice = pen.facts.drop, pen.voice
    assert drop is not None
    if drop.paused_at is None:
        return voice.text("paused_plain")
    key = "paused_because" if drop.pause_reason else "paused"
    return voice.text(key, time=voice.time(drop.paused_at), reason=drop.pause_reason)


def closed_words(pen: Pen) -> str:
    drop, voice = pen.facts.drop, pen.voice
    assert drop is not None
    if drop.state != "closed" and drop.closes_at > pen.facts.now:
        return voice.text("closed_plain", title=drop.title)
    return voice.text("closed", title=drop.title, time=voice.moment(drop.closed_at or drop.closes_at, drop.zone))


def _with_live_holds(pen: Pen, words: str) -> str:
    """Add, for those who hold something, that it stays theirs to its end."""
    has_live = any(hold.is_live for hold in pen.facts.shopper.holds)
    return f"{words} {pen.voice.text('live_holds_go_on')}" if has_live else words


def tell_too_few(pen: Pen, variant: VariantFacts, quantity: int, *, is_old: bool = False) -> None:
    """Say which kind of "not enough" it is."""
    if variant.left > 0:
        tell_only_some(pen, variant, quantity, left=variant.left)
    elif variant.held > 0:
        tell_held_by_others(pen, variant, next_return_at=variant.next_return_at, quantity=quantity)
    elif is_old:
        tell_gone(pen, variant.sku)
    else:
        tell_sold_out(pen, variant, quantity)


def tell_only_some(pen: Pen, variant: VariantFacts, asked: int, *, left: int) -> None:
    words = pen.voice.text("only_some_left", n=left, item=variant.name, asked=asked)
    take = pen.option(pen.voice.text("b_take_left", n=left), "pick", sku=variant.sku, quantity=left)
    first = [take, *wait_option(pen, variant.sku, asked)]
    offer_instead(pen, words, variant.sku, first=first)


def tell_held_by_others(pen: Pen, variant: VariantFacts, *, next_return_at: datetime | None, quantity: int) -> None:
    voice = pen.voice
    words = voice.text("held_by_others_plain", item=variant.name)
    if next_return_at:
        time = voice.second(next_return_at)
        words = voice.text("held_by_others", n=variant.total, item=variant.name, time=time)
    again = pen.option(voice.text("b_check_again"), "pick", sku=variant.sku)
    offer_instead(pen, words, variant.sku, first=[again, *wait_option(pen, variant.sku, quantity)])


def tell_sold_out(pen: Pen, variant: VariantFacts, quantity: int) -> None:
    words = pen.voice.text("sold_out", item=variant.name)
    offer_instead(pen, words, variant.sku, first=wait_option(pen, variant.sku, quantity))


def tell_gone(pen: Pen, sku: str) -> None:
    """Answer a button of yesterday by what is true now."""
    others = others_than(pen, sku)
    words = pen.voice.text("gone_but", other=others[0].name) if others else pen.voice.text("gone")
    offer_instead(pen, words, sku, first=wait_option(pen, sku, 1))


def tell_none_left_here(pen: Pen, variant: VariantFacts, asked: int, facts: dict[str, Any]) -> None:
    """Say where units are instead, one tap from there."""
    voice, quote = pen.voice, pen.state.quote
    left, elsewhere = int(facts.get("available", 0)), facts.get("elsewhere", [])
    is_pickup = quote is not None and quote.method == "pickup"
    if left:
        words = [voice.text("few_here", n=left, asked=asked)]
    elif not is_pickup:
        words = [voice.text("none_to_send")]
    elif facts.get("is_store_room"):
        words = [voice.text("none_in_store_room")]
    else:
        words = [voice.text("none_on_shelf", place=facts.get("pool", ""))]
    for other in elsewhere:
        key = "in_store_room" if other["is_store_room"] else "on_shelf"
        words.append(voice.text(key, n=int(other["available"]), place=other["pool"]))
    label = "b_other_delivery" if is_pickup else "b_pick_up"
    options = [pen.option(voice.text(label), "where", sku=variant.sku, quantity=asked)]
    if left:
        options.append(pen.option(voice.text("b_take_left", n=left), "pick", sku=variant.sku, quantity=left))
    pen.remember(delivery=None)
    offer_instead(pen, " ".join(words), variant.sku, first=options)


def tell_limit_reached(pen: Pen, *, limit: int, taken: int, sku: str, kind: str = "account") -> None:
    """Say by what the limit is reached: by the account, or by what it shares with others."""
    voice = pen.voice
    if kind in SHARED_LIMITS:
        left = limit - taken
        words = voice.text(f"limit_{kind}_left", n=left) if left > 0 else voice.text(f"limit_{kind}", n=limit)
    else:
        words = voice.text("limit_reached_one") if limit == 1 else voice.text("limit_reached", limit=limit, taken=taken)
    options = []
    live = next((hold for hold in pen.facts.shopper.holds if hold.is_live), None)
    if live:
        options.append(pen.option(voice.text("b_pay_plain"), "pay", hold=live.ref))
        options.append(pen.option(voice.text("b_release"), "release", hold=live.ref))
    if pen.facts.shopper.orders:
        options.append(pen.option(voice.text("b_order"), "ask", intent="order_status"))
    if 0 < limit - taken and pen.facts.variant(sku):
        options.append(pen.option(voice.text("b_take_left", n=limit - taken), "pick", sku=sku, quantity=limit - taken))
    options.append(pen.option(voice.text("b_next_drop"), "next_drop"))
    pen.choices(words, options)


def tell_already_holding(pen: Pen, sku: str) -> None:
    live = pen.facts.live_hold_of(sku)
    if live:
        tickets.show_again(pen, live.ref)
    else:
        offer_instead(pen, pen.voice.text("hold_gone"), sku, first=[_again(pen, sku)])


def tell_delivery_gone(pen: Pen, sku: str, quantity: int) -> None:
    """Say that the chosen way filled up, and look up what there is now."""
    pen.remember(delivery=None)
    pen.text(pen.voice.text("delivery_gone"))
    country, postcode = pen.state.country or pen.facts.shopper.country, pen.state.postcode or pen.facts.shopper.postcode
    pen.order(LoadDelivery(purpose="choose", sku=sku, quantity=quantity, country=country, postcode=postcode))


def tell_cannot_ship(pen: Pen, country: str, reasons: list[str]) -> None:
    """Say why nothing reaches a country, with the pickups and other addresses instead."""
    voice = pen.voice
    name = voice.country(country)
    reason = " ".join(reasons)
    words = voice.text("cannot_ship_because" if reason else "cannot_ship", country=name, reason=reason)
    sku, quantity = pen.state.sku, pen.state.quantity
    options = [
        pen.option(voice.text("b_try_other"), "ship", sku=sku, quantity=quantity),
        pen.option(voice.text("b_other_delivery"), "where", sku=sku, quantity=quantity),
        pen.option(voice.text("b_shelf"), "shelf"),
    ]
    pen.choices(words, options)


def tell_busy(pen: Pen, quote: QuoteInView, attempt: int, *, by: str = "", actor: str = "") -> None:
    """Try again by itself, a few times; then leave it to the shopper."""
    voice = pen.voice
    if attempt < TRIES:
        pen.notice(BUSY, voice.text("busy"), pin=BUSY)
        pen.order(PlaceHold(quote=quote.ref, hash=quote.hash, attempt=attempt + 1, by=by, actor=actor))
        return
    wish = {"sku": quote.sku, "quantity": quote.quantity, "method": quote.method, "option": quote.option}
    retry = pen.button(voice.text("b_retry"), "accept", style="primary", quote=quote.ref, wish=wish)
    pen.notice(BUSY, voice.text("still_busy"), retry, level="warn", pin=BUSY)
    pen.unpin(BUSY)


def tell_unforeseen(pen: Pen, sku: str = "") -> None:
    voice = pen.voice
    again = _again_button(pen, sku) if sku and pen.facts.variant(sku) else pen.button(voice.text("b_shelf"), "shelf")
    pen.notice("unforeseen", voice.text("unforeseen"), again, level="bad")


def _again(pen: Pen, sku: str) -> Any:
    return pen.option(pen.voice.text("b_again"), "pick", sku=sku)


def _again_button(pen: Pen, sku: str) -> Any:
    return pen.button(pen.voice.text("b_retry"), "pick", sku=sku)


def instant(value: Any) -> datetime | None:
    """Read an instant that came through JSON."""
    if isinstance(value, datetime) or value is None:
        return value
    return datetime.fromisoformat(str(value))
