"""
Showing what a drop has: cards with a photo, the price from, the live count, and one tap a variant.
"""

from __future__ import annotations

from creatorshop.chat.bodies import (
    BODY,
    LABEL,
    TITLE,
    Action,
    Badge,
    CardBody,
    CarouselBody,
    ChoicesBody,
    Claim,
    Image,
    Live,
    Option,
    StockProofBody,
)
from creatorshop.chat.engine.facts import PhotoFacts, ProductFacts, VariantFacts
from creatorshop.chat.engine.turns import Pen, clip, with_buttons, with_options
from creatorshop.chat.engine.voice import Voice

CARDS = 10
OPTIONS = 10
SHELF = "shelf"
BOUGHT = "bought"


def look_of(pen: Pen) -> str:
    """Return what would make the shelf worth showing again: whether the drop is open, and what is there or not."""
    drop = pen.facts.drop
    if drop is None:
        return ""
    free = "".join("1" if v.is_free else "-" if v.held else "0" for v in pen.facts.variants())
    return f"{drop.state}:{free}"


def show_shelf(pen: Pen, offset: int = 0) -> None:
    """Show the drop's products, ten at a time; the first ten stay one message that is kept true in place."""
    products = pen.facts.products[offset : offset + CARDS]
    if not products:
        return
    cards = [card_of(pen, product) for product in products]
    more = len(pen.facts.products) - offset - len(products)
    pin = "" if offset else SHELF
    if len(cards) == 1:
        pen.say(cards[0], words_of(cards[0]), pin=pin)
    else:
        cursor = pen.tap("more", offset=offset + CARDS) if more > 0 else None
        body = CarouselBody(cards=tuple(cards), cursor=cursor)
        pen.say(body, "\n\n".join(words_of(card) for card in cards), pin=pin)
    if more > 0:
        prompt = pen.voice.text("more_products", n=more)
        pen.choices(prompt, [pen.option(pen.voice.text("b_more"), "more", offset=offset + CARDS)])
    if not offset:
        pen.remember(shelf=look_of(pen))


def tell_bought(pen: Pen) -> None:
    """Say how many were bought, if that may be told; the message is kept true in place when somebody comes back."""
    drop, voice = pen.facts.drop, pen.voice
    if drop is None or drop.bought is None:
        return
    text = voice.text("bought_since", n=drop.bought.units, moment=voice.moment(drop.bought.since, drop.zone))
    if pen.state.bought == text:
        return
    evidence = voice.text("bought_counted")
    pen.remember(bought=text)
    pen.say(
        StockProofBody(claims=(Claim(text=text, evidence=evidence),), as_of=pen.facts.now),
        f"{text} {evidence}",
        pin=BOUGHT,
    )


def show_product(pen: Pen, product: ProductFacts) -> None:
    """Show one product's card."""
    card = card_of(pen, product)
    pen.say(card, words_of(card))


def refresh_shelf(pen: Pen) -> None:
    """Revise the shelf in place if something on it came or went since it was shown."""
    if SHELF in pen.state.pins and pen.state.shelf and pen.state.shelf != look_of(pen):
        show_shelf(pen)


def count_words(voice: Voice, left: int, held: int, total: int) -> str:
    """Return a count that says what it counts, like "6 of 24 left, 3 on hold right now"."""
    if left == 0 and held == 0:
        return voice.text("sold_out_badge")
    if held:
        return voice.text("left_and_held", left=left, held=held, total=total)
    return voice.text("left", left=left, total=total)


def variant_option(pen: Pen, variant: VariantFacts, **more: object) -> Option:
    """Return the one-tap choice of a variant; one that is gone stays in sight and says why."""
    voice = pen.voice
    # What is merely on hold may be tapped: the answer says when the next hold ends.
    reason = voice.text("sold_out_badge") if variant.is_sold_out else None
    return Option(
        label=clip(variant.name, LABEL),
        desc=clip(_count(voice, variant), 72),
        token=pen.tap("pick", sku=variant.sku, **more),
        swatch=variant.swatch or None,
        sku=variant.sku,
        disabled_reason=reason,
    )


def card_of(pen: Pen, product: ProductFacts) -> CardBody:
    voice, facts = pen.voice, pen.facts
    variants = product.variants
    is_open = facts.drop is not None and facts.drop.is_open
    choices: ChoicesBody | None = None
    actions: list[Action] = []
    if is_open and len(variants) > 1:
        shown = variants if len(variants) <= OPTIONS else variants[: OPTIONS - 1]
        options = [variant_option(pen, variant) for variant in shown]
        if len(variants) > OPTIONS:
            options.append(pen.option(voice.text("b_more"), "more_variants", handle=product.handle, offset=len(shown)))
        option = product.option_name
        prompt = voice.text("shelf_prompt", option=option) if option else voice.text("shelf_prompt_plain")
        choices = ChoicesBody(prompt=prompt, style="chips", options=tuple(options))
    elif is_open and variants[0].is_free:
        actions.append(pen.button(voice.text("b_choose"), "pick", sku=variants[0].sku, style="primary"))
    if facts.drop is not None and facts.drop.has_line and not all(variant.is_free for variant in variants):
        actions.append(pen.button(voice.text("b_waitlist"), "wait_for", handle=product.handle))
    actions.append(pen.link(voice.text("b_see"), product.url))
    left, held, total = (sum(getattr(v, name) for v in variants) for name in ("left", "held", "total"))
    return CardBody(
        title=clip(product.title, TITLE),
        subtitle=clip(facts.drop.title if facts.drop else "", TITLE),
        body=clip(" · ".join(product.benefits), BODY),
        image=_image(product.photo),
        price=voice.money(min(v.from_minor for v in variants), facts.creator.currency),
        price_note=clip(_price_note(pen, product), TITLE),
        badge=Badge(kind="stock", text=count_words(voice, left, held, total)),
        live=Live(drop=facts.drop.ref, skus=tuple(v.sku for v in variants), total=total) if facts.drop else None,
        choices=choices,
        actions=tuple(actions),
    )


def show_more_variants(pen: Pen, handle: str, offset: int) -> None:
    """Show the variants of a product that did not fit on its card."""
    product = next((product for product in pen.facts.products if product.handle == handle), None)
    if product is None or offset >= len(product.variants):
        show_shelf(pen)
        return
    rest = product.variants[offset:]
    shown = rest if len(rest) <= OPTIONS else rest[: OPTIONS - 1]
    options = [variant_option(pen, variant) for variant in shown]
    if len(rest) > OPTIONS:
        label = pen.voice.text("b_more")
        options.append(pen.option(label, "more_variants", handle=handle, offset=offset + len(shown)))
    pen.choices(product.title, options, style="chips")


def words_of(card: CardBody) -> str:
    """Return a card as plain words."""
    price = f"{card.price.text} ({card.price_note})" if card.price else ""
    lines = [card.title, card.subtitle, price, card.badge.text if card.badge else "", card.body]
    if card.choices:
        lines.append(with_options(card.choices.prompt, card.choices.options))
    if card.actions:
        lines.append(with_buttons("", card.actions).strip())
    return "\n".join(line for line in lines if line)


def _price_note(pen: Pen, product: ProductFacts) -> str:
    """Say what the price of a card is, and of the lowest one whether it was reduced."""
    tax = "_tax" if product.adds_tax else ""
    if product.lowest_before_minor is None:
        return pen.voice.text(f"from_price{tax}")
    before = pen.voice.money(product.lowest_before_minor, pen.facts.creator.currency)
    return pen.voice.text(f"from_price_reduced{tax}", before=before.text)


def _count(voice: Voice, variant: VariantFacts) -> str:
    return count_words(voice, variant.left, variant.held, variant.total)


def _image(photo: PhotoFacts | None) -> Image | None:
    if photo is None:
        return None
    return Image(
        url=photo.url,
        srcset_avif=photo.srcset_avif,
        srcset_webp=photo.srcset_webp,
        alt=photo.alt[:200],
        w=max(1, photo.width),
        h=max(1, photo.height),
        placeholder=photo.placeholder,
        focal=photo.focal,
    )
