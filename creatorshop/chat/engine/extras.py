"""
What is offered beside the goods: below the price, nothing of it taken for anybody, and not shown again once it was left.
"""

from __future__ import annotations

from typing import Any

from creatorshop.chat.bodies import TITLE, Money, Offer, Offers, Option
from creatorshop.chat.engine import choosing, tickets
from creatorshop.chat.engine.states import Delivery, OfferedExtra, QuoteInView
from creatorshop.chat.engine.turns import Pen, clip
from creatorshop.chat.freetext.entities import Entities

PACKAGING = "packaging"
SHOWN = 10
KEPT = 40  # of what was declined


def offers_of(pen: Pen, quote: QuoteInView) -> Offers | None:
    """Return what may still be added to a quote, or taken off it; each is one tap."""
    voice, currency = pen.voice, quote.terms["currency"]
    shown = [each for each in quote.offers if each.ref in quote.extras or each.ref not in pen.state.declined][:SHOWN]
    if not shown:
        return None
    options = tuple(
        Offer(
            label=clip(each.title, TITLE),
            desc=each.blurb,
            kind=each.kind,
            rise=_rise(pen, each.rise_minor, currency),
            is_chosen=each.ref in quote.extras,
            token=pen.tap("beside", **_tap(quote, each)),
        )
        for each in shown
    )
    is_open = any(not option.is_chosen for option in options)
    return Offers(
        prompt=voice.text("offers"),
        options=options,
        decline=pen.button(voice.text("b_no_extras"), "nothing_beside", quote=quote.ref) if is_open else None,
    )


def words_of(pen: Pen, offers: Offers) -> str:
    """Return the offers as a messenger shows them that has no toggles, and how to take one there."""
    lines = [f"- {_line(pen, each.label, each.rise.text, each.rise.amount_minor)}" for each in offers.options]
    for at, each in enumerate(offers.options):
        if each.is_chosen:
            lines[at] += f", {pen.voice.text('added')}"
        if each.desc:
            lines[at] += f" · {each.desc}"
    free = next((each.label for each in offers.options if not each.is_chosen), "")
    how = pen.voice.text("offers_how", title=free) if free else ""
    buttons = f"[{offers.decline.label}]" if offers.decline else ""
    return "\n".join(part for part in (offers.prompt, *lines, how, buttons) if part)


def change(pen: Pen, ref: str, wish: dict[str, Any], *, is_wanted: bool) -> None:
    """Have the price made with something more, or with something less. A hold that runs stays as it was agreed."""
    quote, drop, sku = pen.state.quote, pen.facts.drop, wish["sku"]
    if drop is None or not drop.is_open or pen.facts.variant(sku) is None:
        choosing.pick(pen, sku, wish["quantity"], is_old=True)
    elif live := pen.facts.live_hold_of(sku):
        pen.text(pen.voice.text("extras_too_late", title=live.title))
        tickets.show_again(pen, live.ref)
    elif quote is None or quote.sku != sku or quote.is_taken:
        # A button of a price that is over: as it was, and with what was tapped.
        delivery = Delivery(method=wish["method"], option=wish["option"])
        kept = [each for each in wish["extras"] if each != ref]
        chosen = [*kept, ref] if is_wanted else kept
        choosing.ask_price(pen, sku, wish["quantity"], delivery, extras=tuple(chosen), reason="extras")
    else:
        _ask(pen, quote, _with(quote, ref) if is_wanted else _without(quote, ref))


def decline(pen: Pen) -> None:
    """Take a no for an answer, for the rest of this thread."""
    quote = pen.state.quote
    leave(pen)
    if quote is None or quote.is_taken:
        return
    total = pen.voice.money(quote.terms["total_minor"], quote.terms["currency"]).text
    pen.text(pen.voice.text("extras_declined", total=total))


def leave(pen: Pen) -> None:
    """Note what of the offers below the price in view was not taken, so that it does not come back."""
    quote = pen.state.quote
    if quote is None:
        return
    left = [each.ref for each in quote.offers if each.ref not in quote.extras]
    pen.remember(declined=tuple(dict.fromkeys([*pen.state.declined, *left]))[-KEPT:])


def tell_total(pen: Pen, quote: QuoteInView) -> None:
    """Say what it comes to now, in words: a price that changes in place is not read out."""
    voice = pen.voice
    total = voice.money(quote.terms["total_minor"], quote.terms["currency"]).text
    titles = [each.title for each in quote.offers if each.ref in quote.extras]
    words = voice.text("extras_now", titles=voice.listed(titles), total=total) if titles else ""
    pen.text(words or voice.text("extras_none", total=total))


def typed(pen: Pen, named: Entities, *, is_question: bool) -> bool:
    """Do what a text says about offers that it names; False if none of them is there any more."""
    quote = pen.state.quote
    meant = [each for each in quote.offers if each.ref in named.extras] if quote else []
    if quote is None or not meant:
        return False
    first = meant[0]
    if is_question or not named.beside:
        _describe(pen, quote, meant)
    elif quote.is_taken or pen.facts.live_hold_of(quote.sku):
        change(pen, first.ref, _tap(quote, first)["wish"], is_wanted=named.beside == "add")
    else:
        chosen = quote.extras
        for each in meant:
            changed = quote.model_copy(update={"extras": chosen})
            chosen = _with(changed, each.ref) if named.beside == "add" else _without(changed, each.ref)
        _ask(pen, quote, chosen)
    return True


def _ask(pen: Pen, quote: QuoteInView, chosen: tuple[str, ...]) -> None:
    delivery = Delivery(method=quote.method, option=quote.option)
    choosing.ask_price(pen, quote.sku, quote.quantity, delivery, extras=chosen, reason="extras")


def _with(quote: QuoteInView, ref: str) -> tuple[str, ...]:
    """Return the choice with one more; of two ways to pack the later one stands."""
    kinds = {each.ref: each.kind for each in quote.offers}
    kept = [each for each in quote.extras if not kinds.get(each) == kinds.get(ref) == PACKAGING]
    return tuple(dict.fromkeys([*kept, ref]))


def _without(quote: QuoteInView, ref: str) -> tuple[str, ...]:
    return tuple(each for each in quote.extras if each != ref)


def _rise(pen: Pen, rise_minor: int, currency: str) -> Money:
    """Return what the total rises by, as it is read: nobody should puzzle over a plus and a zero."""
    money = pen.voice.money(rise_minor, currency)
    return money if rise_minor else money.model_copy(update={"text": pen.voice.text("free")})


def _describe(pen: Pen, quote: QuoteInView, meant: list[OfferedExtra]) -> None:
    currency = quote.terms["currency"]
    lines = [
        " · ".join(
            part
            for part in (
                _line(pen, each.title, pen.voice.money(each.rise_minor, currency).text, each.rise_minor),
                each.blurb,
            )
            if part
        )
        for each in meant
    ]
    options: list[Option] = [pen.option(each.title, "beside", **_tap(quote, each)) for each in meant[:SHOWN]]
    pen.choices("\n".join(lines), options, style="chips")


def _line(pen: Pen, title: str, rise: str, rise_minor: int) -> str:
    return f"{title}: + {rise}" if rise_minor else f"{title}: {pen.voice.text('free')}"


def _tap(quote: QuoteInView, each: OfferedExtra) -> dict[str, Any]:
    wish = quote.model_dump(include={"sku", "quantity", "method", "option"}) | {"extras": list(quote.extras)}
    # A button says what it makes of it: an old one, or one that is tapped twice, undoes nothing.
    return {"extra": each.ref, "wish": wish, "is_wanted": each.ref not in quote.extras}
