"""
Answers to typed text. What was asked is read from the words; every number in the answer comes from the facts.
"""

from __future__ import annotations

from creatorshop.chat.bodies import Option, TextBody
from creatorshop.chat.engine import (
    choosing,
    deliveries,
    extras,
    follow_ons,
    giving,
    humans,
    orders,
    reminders,
    returns,
    speaking,
    tickets,
)
from creatorshop.chat.engine.commands import LoadDelivery
from creatorshop.chat.engine.events import Typed
from creatorshop.chat.engine.facts import VariantFacts
from creatorshop.chat.engine.offers import offer_help, offer_instead, others_than, tell_next_drop
from creatorshop.chat.engine.shelves import count_words, show_product, show_shelf, variant_option
from creatorshop.chat.engine.turns import Pen
from creatorshop.chat.freetext.entities import Entities, Piece, Vocabulary
from creatorshop.chat.freetext.reading import Reading, read

LISTED = 8
# What can be said together: "Do you still have it, and can it be in Berlin by Friday?"
_TOGETHER = ({"stock", "delivery"}, {"price", "delivery"}, {"stock", "price"})
# A courtesy before a question is not a question of its own.
_COURTESIES = ("greeting", "thanks")


def typed(pen: Pen, event: Typed) -> None:
    """Keep the shopper's words in the thread, and answer them unless a human does."""
    words = event.text.strip() or "…"
    pen.say(TextBody(text=words), words, speaker="shopper", message_id=f"m_{event.id}")
    if pen.state.human:
        humans.ask(pen)
        return
    facts = pen.facts
    vocabulary = Vocabulary(
        pieces=tuple(Piece(v.sku, p.handle, v.words) for p in facts.products for v in p.variants),
        titles=tuple((product.handle, product.title) for product in facts.products),
        orders=tuple(order.ref for order in facts.shopper.orders),
        extras=tuple((each.ref, each.title) for each in pen.state.quote.offers) if pen.state.quote else (),
    )
    zone = facts.drop.zone if facts.drop else ""
    reading = read(event.text, language=pen.voice.language, vocabulary=vocabulary, today=pen.voice.today(zone))
    _answer(pen, reading)


def asked(pen: Pen, intent: str, skus: list[str] | None = None) -> None:
    """Answer a question that was tapped and not typed."""
    pen.remember(unsure=0)
    _say(pen, intent, Entities(skus=tuple(skus or ()), is_named_by_option=bool(skus)))


def _answer(pen: Pen, reading: Reading) -> None:
    is_question = "price" in reading.intents
    if reading.entities.extras and extras.typed(pen, reading.entities, is_question=is_question):
        pen.remember(unsure=0)
        return
    intents = [intent for intent in reading.intents if intent not in _COURTESIES] or list(reading.intents)
    if not intents:
        _miss(pen, reading.entities)
        return
    pen.remember(unsure=0)
    first_two = set(intents[:2])
    if len(intents) > 1 and first_two in _TOGETHER:
        for intent in ("stock", "price", "delivery"):
            if intent in first_two:
                _say(pen, intent, reading.entities)
    elif reading.is_close and len(intents) > 1:
        skus = list(reading.entities.skus[:LISTED])
        options = [
            pen.option(pen.voice.text(f"intent_{intent}"), "ask", intent=intent, skus=skus)
            for intent in intents[:2]
            if intent in _NAMED
        ]
        if len(options) == 2:
            pen.choices(pen.voice.text("which"), options)
        else:
            _say(pen, intents[0], reading.entities)
    else:
        _say(pen, intents[0], reading.entities)


_NAMED = [
    "stock",
    "price",
    "variants",
    "delivery",
    "order_status",
    "buy",
    "returns",
    "pay",
    "release",
    "more_time",
    "cancel",
    "gift",
    "who",
    "human",
    "next_drop",
]


def _miss(pen: Pen, entities: Entities) -> None:
    if entities.skus:
        _buy(pen, entities)
        return
    unsure = pen.state.unsure + 1
    pen.remember(unsure=unsure)
    if unsure == 1:
        offer_help(pen, f"{pen.voice.text('unsure')} {pen.voice.text('help')}")
    else:
        humans.want_not_understood(pen)


def _say(pen: Pen, intent: str, entities: Entities) -> None:
    voice, facts = pen.voice, pen.facts
    creator = facts.creator.name
    match intent:
        case "stock":
            _tell_stock(pen, entities)
        case "price":
            _tell_prices(pen, entities)
        case "variants":
            _tell_variants(pen, entities)
        case "delivery":
            _tell_delivery(pen, entities)
        case "order_status":
            order = facts.order(entities.order) if entities.order else None
            if order:
                orders.tell(pen, order)
            else:
                orders.tell_latest(pen)
        case "buy":
            _buy(pen, entities)
        case "pay" | "release" | "more_time":
            _about_hold(pen, intent)
        case "returns":
            returns.asked(pen, entities.order)
        case "cancel":
            returns.asked(pen, entities.order, before="cancel")
        case "gift":
            giving.asked(pen)
        case "who":
            offer_help(pen, voice.text("who", creator=creator))
        case "human":
            humans.want_asked(pen)
        case "greeting":
            offer_help(pen, f"{voice.text('greeting')} {voice.text('help')}")
        case "thanks":
            offer_help(pen, voice.text("thanks"))
        case "language":
            speaking.speak(pen, entities.language)
        case "next_drop":
            tell_next_drop(pen)
        case "remind":
            _remind(pen)
        case "stop":
            pen.remember(is_quiet=True)
            for drop in facts.shopper.reminded:
                reminders.unwanted(pen, drop)
            follow_ons.stop_letters(pen)
            offer_help(pen, voice.text("stop"))
        case "shelf":
            pen.unpin("shelf")
            show_shelf(pen)
        case _:
            offer_help(pen, voice.text("help"))


def _meant(pen: Pen, entities: Entities) -> list[VariantFacts]:
    """Return the variants a text is about: those it names, else the one in view, else all."""
    named = [variant for sku in entities.skus if (variant := pen.facts.variant(sku))]
    if named:
        return named
    in_view = pen.facts.variant(pen.state.sku) if pen.state.sku else None
    return [in_view] if in_view else list(pen.facts.variants())


def _remind(pen: Pen) -> None:
    """Take a typed wish to be told; without an opening to come, say what there is."""
    drop, upcoming = pen.facts.drop, pen.facts.next_drop
    if drop and drop.state == "scheduled":
        reminders.wanted(pen, drop.ref)
    elif upcoming:
        reminders.wanted(pen, upcoming.ref)
    else:
        tell_next_drop(pen)


def _tell_stock(pen: Pen, entities: Entities) -> None:
    voice = pen.voice
    meant = _meant(pen, entities) if entities.skus else list(pen.facts.variants())
    if not meant:
        offer_help(pen, voice.text("nothing_on_sale", creator=pen.facts.creator.name))
        return
    lines = []
    for variant in meant[:LISTED]:
        if variant.is_sold_out:
            lines.append(voice.text("stock_gone", item=variant.title))
        else:
            count = count_words(voice, variant.left, variant.held, variant.total)
            lines.append(voice.text("stock_one", item=variant.title, count=count))
    if len(meant) > LISTED:
        lines.append(voice.text("more_products", n=len(meant) - LISTED))
    _offer(pen, "\n".join(lines), meant)


def _tell_prices(pen: Pen, entities: Entities) -> None:
    voice, currency = pen.voice, pen.facts.creator.currency
    meant = _meant(pen, entities)
    if not meant:
        offer_help(pen, voice.text("nothing_on_sale", creator=pen.facts.creator.name))
        return
    lines = []
    for variant in meant[:LISTED]:
        price = voice.money(variant.from_minor, currency).text
        lines.append(voice.text("price_one", item=variant.title, price=price))
    adds_tax = any(product.adds_tax for product in pen.facts.products)
    lines.append(voice.text("price_note_tax" if adds_tax else "price_note"))
    _offer(pen, "\n".join(lines), meant)


def _tell_variants(pen: Pen, entities: Entities) -> None:
    voice = pen.voice
    named = set(entities.skus)
    products = [p for p in pen.facts.products if not named or any(v.sku in named for v in p.variants)]
    if not products:
        offer_help(pen, voice.text("nothing_on_sale", creator=pen.facts.creator.name))
        return
    lines = [
        voice.text("variants", title=product.title, names=", ".join(variant.name for variant in product.variants))
        for product in products[:LISTED]
    ]
    _offer(pen, "\n".join(lines), [variant for product in products for variant in product.variants])


def _tell_delivery(pen: Pen, entities: Entities) -> None:
    """Look the dates up if we know what and where to; else ask for it."""
    meant = _meant(pen, entities)
    free = next((variant for variant in meant if variant.is_free), meant[0] if meant else None)
    drop = pen.facts.drop
    if free is None or drop is None:
        offer_help(pen, pen.voice.text("nothing_on_sale", creator=pen.facts.creator.name))
        return
    country, postcode = choosing.place_of(pen)
    if entities.country and entities.country != country:
        country, postcode = entities.country, ""
    postcode = entities.postcode or postcode
    quantity = entities.quantity or 1
    if not country:
        deliveries.ask_address(pen, free.sku, quantity, note=pen.voice.text("delivery_needs_place"))
        return
    pen.remember(country=country, postcode=postcode)
    pen.order(
        LoadDelivery(
            purpose="answer",
            sku=free.sku,
            quantity=quantity,
            country=country,
            postcode=postcode,
            by_date=entities.by_date,
        )
    )


def _buy(pen: Pen, entities: Entities) -> None:
    named = [variant for sku in entities.skus if (variant := pen.facts.variant(sku))]
    quantity = entities.quantity or 1
    if len(named) == 1:
        choosing.pick(pen, named[0].sku, quantity)
        return
    if not named:
        pen.unpin("shelf")
        if pen.facts.products:
            show_shelf(pen)
        else:
            offer_help(pen, pen.voice.text("nothing_on_sale", creator=pen.facts.creator.name))
        return
    handles = {product.handle for product in pen.facts.products if any(v in named for v in product.variants)}
    if len(handles) == 1 and not entities.is_named_by_option:
        product = next(product for product in pen.facts.products if product.handle in handles)
        show_product(pen, product)
        return
    options = [_named_option(pen, variant, quantity) for variant in named[:LISTED]]
    pen.choices(pen.voice.text("which"), options)


def _about_hold(pen: Pen, intent: str) -> None:
    voice = pen.voice
    live = [hold for hold in pen.facts.shopper.holds if hold.is_live]
    if not live:
        key = "nothing_to_pay" if intent == "pay" else "more_time_none"
        offer_help(pen, voice.text(key))
        return
    hold = live[-1]
    if intent == "more_time":
        tickets.extend(pen, hold.ref)
    elif intent == "pay":
        tickets.pay(pen, hold.ref)
    else:
        options = [
            pen.option(voice.text("b_release"), "release", hold=hold.ref),
            pen.option(voice.text("b_keep"), "keep", hold=hold.ref),
        ]
        pen.choices(voice.text("let_go_which", title=hold.title), options)


def _offer(pen: Pen, words: str, meant: list[VariantFacts]) -> None:
    """Say an answer with the pieces it is about one tap away, or what is there instead."""
    drop = pen.facts.drop
    free = [variant for variant in meant if variant.is_free]
    if drop and drop.is_open and free:
        pen.choices(words, [_named_option(pen, variant, 1) for variant in free[:LISTED]], style="chips")
    elif meant and others_than(pen, meant[0].sku):
        offer_instead(pen, words, meant[0].sku)
    else:
        offer_help(pen, words)


def _named_option(pen: Pen, variant: VariantFacts, quantity: int) -> Option:
    if quantity == 1:
        return variant_option(pen, variant)
    return variant_option(pen, variant, quantity=quantity)
