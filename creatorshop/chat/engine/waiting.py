"""
Standing in line for what is gone: joining, the place that is kept true in place, and what became of it.

As with tickets, nothing here trusts an announcement: what a place has become is read from the facts and compared with
what was shown. When it is somebody's turn, the offer is a hold and has its ticket; the place only says so.
"""

from __future__ import annotations

from creatorshop.chat.bodies import DESCRIPTION, LABEL, Option
from creatorshop.chat.engine import choosing, refusals, tickets
from creatorshop.chat.engine.commands import JoinWaitlist, LeaveWaitlist
from creatorshop.chat.engine.events import LeaveRefused, WaitlistRefused
from creatorshop.chat.engine.facts import EntryFacts
from creatorshop.chat.engine.offers import next_drop_button, offer_instead, wait_option
from creatorshop.chat.engine.shelves import count_words
from creatorshop.chat.engine.states import KEPT_WAITS, Delivery, Waited
from creatorshop.chat.engine.turns import Pen, clip

LISTED = 9


def ask(pen: Pen, sku: str, quantity: int) -> None:
    """Take a wish for what is gone: straight into the line if we know where it goes, else ask."""
    drop, variant, shopper = pen.facts.drop, pen.facts.variant(sku), pen.facts.shopper
    if drop is None or not drop.has_line:
        refusals.tell_not_open(pen)
    elif variant is None:
        refusals.tell_gone(pen, sku)
    elif entry := pen.facts.entry_in_line(sku):
        tell_place(pen, entry)
    elif live := pen.facts.live_hold_of(sku):
        tickets.show_again(pen, live.ref)
    elif shopper.taken + quantity > drop.limit:
        refusals.tell_limit_reached(pen, limit=drop.limit, taken=shopper.taken, sku=sku)
    elif variant.left >= quantity and drop.is_open:
        choosing.pick(pen, sku, quantity)
    else:
        pen.remember(sku=sku, quantity=quantity, wish="wait")
        if pen.state.delivery:
            join(pen, sku, quantity, pen.state.delivery)
        else:
            pen.text(pen.voice.text("wait_where", item=variant.name))
            choosing.ask_where(pen, sku, quantity)


def ask_which(pen: Pen, handle: str) -> None:
    """Ask which of a product's kinds that are gone it should be; straight on if there is one."""
    product = next((product for product in pen.facts.products if product.handle == handle), None)
    gone = [variant for variant in (product.variants if product else ()) if not variant.is_free]
    if product is None or not gone:
        choosing.pick(pen, product.variants[0].sku if product else "")
    elif len(gone) == 1:
        ask(pen, gone[0].sku, 1)
    else:
        voice = pen.voice
        options = [
            Option(
                label=clip(variant.name, LABEL),
                desc=clip(count_words(voice, variant.left, variant.held, variant.total), DESCRIPTION),
                token=pen.tap("wait", sku=variant.sku, quantity=1),
                swatch=variant.swatch or None,
            )
            for variant in gone[:LISTED]
        ]
        pen.choices(voice.text("wait_which", title=product.title), options)


def join(pen: Pen, sku: str, quantity: int, delivery: Delivery) -> None:
    country, postcode = choosing.place_of(pen)
    pen.order(
        JoinWaitlist(
            sku=sku,
            quantity=quantity,
            method=delivery.method,
            option=delivery.option,
            country=country,
            postcode=postcode,
        )
    )


def joined(pen: Pen) -> None:
    """Nothing to add: the place has been shown by whoever follows the line."""
    pen.remember(wish="hold")


def refused(pen: Pen, event: WaitlistRefused) -> None:
    """Say why there is no place in line; nothing was held and nothing charged."""
    entry = pen.facts.entry_in_line(event.sku)
    if event.code == "already_waiting" and entry:
        tell_place(pen, entry)
    elif event.code == "units_free" and pen.facts.variant(event.sku):
        choosing.pick(pen, event.sku, event.quantity)
    else:
        refusals.refuse(pen, event.code, event.facts, sku=event.sku, quantity=event.quantity)


def leave(pen: Pen, ref: str) -> None:
    entry = pen.facts.entry(ref)
    if entry is None or not entry.is_in_line:
        tell_over(pen, entry)
    else:
        pen.order(LeaveWaitlist(entry=ref))


def leave_refused(pen: Pen, event: LeaveRefused) -> None:
    entry = pen.facts.entry(event.entry)
    if entry and entry.hold:
        tickets.show_again(pen, entry.hold)
    else:
        tell_over(pen, entry)


def tell_place(pen: Pen, entry: EntryFacts) -> None:
    """Say a place that was asked for again. The first message stays the one that is kept true."""
    button = pen.button(pen.voice.text("b_leave_line"), "leave_line", entry=entry.ref)
    pen.notice("in_line", _words(pen, entry), button)


def tell_over(pen: Pen, entry: EntryFacts | None) -> None:
    """Answer a button of a place that is gone by what is true now."""
    if entry and entry.hold and entry.state == "offered":
        tickets.show_again(pen, entry.hold)
    elif entry:
        offer_instead(pen, _words(pen, entry), entry.sku, first=wait_option(pen, entry.sku, entry.quantity))
    else:
        offer_instead(pen, pen.voice.text("line_gone"), "")


def follow(pen: Pen) -> None:
    """Bring every place up to date, and show one that is new."""
    for entry in pen.facts.shopper.entries:
        known = pen.state.waited(entry.ref)
        shown = Waited(entry=entry.ref, state=entry.state, place=entry.place, reason=entry.reason)
        if known == shown or (known is None and not entry.is_in_line):
            continue
        others = [kept for kept in pen.state.waits if kept.entry != entry.ref]
        pen.remember(waits=(*others[-(KEPT_WAITS - 1) :], shown))
        _show(pen, entry)


def _show(pen: Pen, entry: EntryFacts) -> None:
    """Write or revise the place. What an offer came to is its ticket's story."""
    pin = f"entry:{entry.ref}"
    if entry.is_in_line:
        button = pen.button(pen.voice.text("b_leave_line"), "leave_line", entry=entry.ref)
        pen.notice("in_line", _words(pen, entry), button, pin=pin)
    elif entry.state in ("left", "removed"):
        again = pen.button(pen.voice.text("b_waitlist"), "wait", sku=entry.sku, quantity=entry.quantity)
        pen.notice("line_left", _words(pen, entry), again, pin=pin)
    elif entry.state == "over":
        pen.notice("line_over", _words(pen, entry), next_drop_button(pen), pin=pin)
    else:
        pen.notice("line_turn", _words(pen, entry), pin=pin)


def _words(pen: Pen, entry: EntryFacts) -> str:
    voice = pen.voice
    variant = pen.facts.variant(entry.sku)
    item = variant.name if variant else entry.title
    match entry.state:
        case "waiting" | "passed":
            words = voice.text("in_line", place=voice.ordinal(entry.place), quantity=entry.quantity, item=item)
            return f"{words} {_reason(pen, entry)}"
        case "left" | "removed" | "over":
            return voice.text(f"line_{entry.state}", item=item)
        case "offered" if hold := pen.facts.hold(entry.hold):
            # The ticket counts down; this says what it is for.
            key, time = ("offered" if entry.quantity == 1 else "offered_many"), voice.second(hold.expires_at)
            return voice.text(key, n=entry.quantity, item=item, time=time)
        case "offered":
            return voice.text("line_offered", item=item)
        case _:
            return voice.text("line_turn_over", item=item)


def _reason(pen: Pen, entry: EntryFacts) -> str:
    """Return why a turn was missed, or else what will happen when it comes."""
    voice = pen.voice
    match entry.reason:
        case "":
            return voice.text("line_promise", n=pen.facts.drop.offer_minutes if pen.facts.drop else 15)
        case "too_few":
            return voice.text("line_too_few", quantity=entry.quantity)
        case "limit_reached" | "already_holding":
            return voice.text("line_limit")
        case "delivery_gone" | "cannot_deliver":
            return voice.text("line_delivery")
        case _:
            return voice.text("line_not_now")
