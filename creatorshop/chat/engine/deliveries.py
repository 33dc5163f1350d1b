"""
Where it should go: pickup slots near, or an address, and the ways to send it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from creatorshop.chat.bodies import (
    DESCRIPTION,
    LABEL,
    Day,
    FieldOption,
    FormBody,
    FormField,
    Option,
    Slot,
    SlotPickerBody,
)
from creatorshop.chat.engine import choosing, refusals, retelling, waiting
from creatorshop.chat.engine.commands import LoadDelivery
from creatorshop.chat.engine.events import DeliveryLoaded, OfferedOption
from creatorshop.chat.engine.states import Delivery
from creatorshop.chat.engine.turns import Pen, clip

PLACES = 2  # pickup places shown at once; the others are a tap away
WAYS = 9  # ways of sending listed at once
DAYS = 7
POSTCODE_LENGTH = 16


def loaded(pen: Pen, event: DeliveryLoaded) -> None:
    """Go on with what the delivery ports offered."""
    if event.purpose == "answer":
        answer_when(pen, event)
    elif event.purpose == "ship":
        offer_ways(pen, event)
    else:
        ask_where(pen, event)


def ask_where(pen: Pen, event: DeliveryLoaded) -> None:
    """Ask "Where should it go?" with the pickup slots near, and *Ship it*."""
    voice, args = pen.voice, {"sku": event.sku, "quantity": event.quantity}
    pickups = [option for option in event.options if option.starts_at and option.ends_at]
    free = [option for option in pickups if option.left is None or option.left > 0]
    places = _by_place(free)
    shown = places[event.skip : event.skip + PLACES] or places[:PLACES]
    for _, slots in shown:
        picker = _slot_picker(pen, _label(pen, slots[0], event), slots, event)
        pen.say(picker, _words_of_slots(picker))
    options = [_way(pen, option, event) for option in event.options if not option.starts_at][: WAYS - 1]
    options.append(pen.option(voice.text("b_ship"), "ship", **args))
    prompt = voice.text("where_slots") if places else voice.text("where")
    if pickups and not free:
        prompt = f"{voice.text('slots_taken')} {prompt}"
    if event.withheld:
        prompt = " ".join([*retelling.reasons(voice, event.withheld, event.why), prompt])
    if len(places) > PLACES:
        following = event.skip + PLACES if event.skip + PLACES < len(places) else 0
        options.append(pen.option(voice.text("b_more_places"), "places", skip=following, **args))
    pen.choices(prompt, options)


def ask_address(pen: Pen, sku: str, quantity: int, *, note: str = "") -> None:
    """Ask for country and postcode: all that the price of sending depends on."""
    voice = pen.voice
    country, postcode = choosing.place_of(pen)
    prompt = f"{note} {voice.text('ship_form')}".strip()
    countries = tuple(FieldOption(value=code, label=name) for code, name in voice.countries.items())
    fields = (
        FormField(
            name="country",
            label=voice.text("country"),
            kind="country",
            value=country or pen.facts.creator.country,
            options=countries,
        ),
        FormField(name="postcode", label=voice.text("postcode"), kind="text", value=postcode, required=False),
    )
    body = FormBody(
        prompt=prompt,
        token=pen.tap("address", sku=sku, quantity=quantity),
        submit_label=clip(voice.text("b_show_prices"), LABEL),
        fields=fields,
    )
    words = f"{prompt} {voice.text('country')}, {voice.text('postcode')}."
    pen.say(body, words)


def take_address(pen: Pen, sku: str, quantity: int, values: dict[str, str]) -> None:
    """Take the form, and have the ways of sending looked up."""
    country = values.get("country", "").strip().upper()
    postcode = values.get("postcode", "").strip().upper()
    if country not in pen.voice.countries:
        ask_address(pen, sku, quantity, note=pen.voice.text("bad_country"))
        return
    if len(postcode) > POSTCODE_LENGTH:
        ask_address(pen, sku, quantity, note=pen.voice.text("bad_postcode"))
        return
    pen.remember(country=country, postcode=postcode, sku=sku, quantity=quantity)
    pen.order(LoadDelivery(purpose="ship", sku=sku, quantity=quantity, country=country, postcode=postcode))


def offer_ways(pen: Pen, event: DeliveryLoaded) -> None:
    """Go straight on when there is one way to send it; else let the shopper choose."""
    ways = [option for option in event.options if option.method != "pickup"]
    if not ways:
        pen.remember(sku=event.sku, quantity=event.quantity)
        refusals.tell_cannot_ship(pen, event.country, retelling.reasons(pen.voice, event.refusals, event.why))
        return
    if len(ways) == 1:
        delivery = Delivery(method=ways[0].method, option=ways[0].key)
        pen.remember(delivery=delivery)
        _go_on(pen, event.sku, event.quantity, delivery)
        return
    prompt = pen.voice.text("ship_choices", country=pen.voice.country(event.country))
    pen.choices(prompt, [_way(pen, option, event) for option in ways[:WAYS]], style="list")


def take_way(pen: Pen, sku: str, quantity: int, method: str, option: str) -> None:
    """Remember how the shopper wants it, and have the price made."""
    delivery = Delivery(method=method, option=option)
    pen.remember(delivery=delivery, sku=sku, quantity=quantity)
    if pen.state.wish == "wait":
        waiting.ask(pen, sku, quantity)
        return
    if pen.facts.drop is None or not pen.facts.drop.is_open or pen.facts.variant(sku) is None:
        choosing.pick(pen, sku, quantity)
        return
    choosing.ask_price(pen, sku, quantity, delivery)


def _go_on(pen: Pen, sku: str, quantity: int, delivery: Delivery) -> None:
    if pen.state.wish == "wait":
        waiting.ask(pen, sku, quantity)
    else:
        choosing.ask_price(pen, sku, quantity, delivery)


def answer_when(pen: Pen, event: DeliveryLoaded) -> None:
    """Answer "when" and "how much": one line a way, and whether a day can be kept."""
    voice, currency = pen.voice, pen.facts.creator.currency
    # Who asks about Berlin does not ask about a counter in Lisbon.
    is_near = event.country == pen.facts.creator.country
    options = [option for option in event.options if is_near or option.method != "pickup"]
    if not options:
        pen.remember(sku=event.sku, quantity=event.quantity)
        refusals.tell_cannot_ship(pen, event.country, retelling.reasons(pen.voice, event.refusals, event.why))
        return
    soonest = min(options, key=lambda option: option.latest_date)
    lines = []
    if event.by_date:
        in_time = soonest.latest_date <= event.by_date
        key, day = ("by_date_yes" if in_time else "by_date_no"), voice.day(event.by_date)
        dates = voice.dates(soonest.earliest_date, soonest.latest_date)
        lines.append(voice.text(key, label=_label(pen, soonest, event), day=day, dates=dates))
    for _, alike in _by_place(options)[:WAYS]:
        first = min(alike, key=lambda option: option.earliest_date)
        price = voice.money(first.price_minor, currency).text if first.price_minor else voice.text("free")
        dates = voice.dates(first.earliest_date, first.latest_date)
        label = _label(pen, first, event)
        lines.append(voice.text("delivery_answer", label=label, dates=dates, price=price))
    lines += retelling.reasons(voice, event.refusals, event.why)
    args = {"sku": event.sku, "quantity": event.quantity}
    buttons = [
        pen.option(voice.text("b_full_price"), "pick", **args),
        pen.option(voice.text("b_try_other"), "ship", **args),
    ]
    pen.choices("\n".join(lines), buttons)


def _label(pen: Pen, option: OfferedOption, event: DeliveryLoaded) -> str:
    known = {"method": option.method, "name": option.name, "country": event.country, "label": option.label}
    return retelling.way_label(pen.voice, **known)


def _by_place(options: Iterable[OfferedOption]) -> list[tuple[str, list[OfferedOption]]]:
    groups: dict[str, list[OfferedOption]] = {}
    for option in options:
        groups.setdefault(option.label, []).append(option)
    return list(groups.items())


def _slot_picker(pen: Pen, label: str, options: list[OfferedOption], event: DeliveryLoaded) -> SlotPickerBody:
    voice = pen.voice
    ordered = sorted(options, key=lambda option: (option.earliest_date, str(option.starts_at)))
    days = [
        Day(date=day, label=voice.day(day), slots=tuple(_slot(pen, option, event) for option in slots))
        for day, slots in groupby(ordered, key=lambda option: option.earliest_date)
    ]
    return SlotPickerBody(
        prompt=clip(label, 200),
        location=clip(options[0].place or label, 200),
        time_zone=options[0].zone or pen.facts.zone,
        days=tuple(days[:DAYS]),
    )


def _slot(pen: Pen, option: OfferedOption, event: DeliveryLoaded) -> Slot:
    assert option.starts_at and option.ends_at
    return Slot(
        token=_deliver(pen, option, event),
        start=option.starts_at,
        end=option.ends_at,
        label=clip(pen.voice.slot(option.starts_at, option.ends_at, option.zone), LABEL),
        left=option.left,
    )


def _way(pen: Pen, option: OfferedOption, event: DeliveryLoaded) -> Option:
    voice = pen.voice
    currency = pen.facts.creator.currency
    price = voice.money(option.price_minor, currency).text if option.price_minor else voice.text("free")
    dates = voice.dates(option.earliest_date, option.latest_date)
    words = voice.text("option_dates", price=price, dates=dates)
    label = _label(pen, option, event)
    desc = words if len(label) <= LABEL else f"{label} · {words}"
    return Option(label=clip(label, LABEL), desc=clip(desc, DESCRIPTION), token=_deliver(pen, option, event))


def _deliver(pen: Pen, option: OfferedOption, event: DeliveryLoaded) -> str:
    return pen.tap("deliver", sku=event.sku, quantity=event.quantity, method=option.method, option=option.key)


def _words_of_slots(picker: SlotPickerBody) -> str:
    lines = list(dict.fromkeys([picker.prompt, picker.location]))
    for day in picker.days:
        lines.append(f"{day.label}: {', '.join(slot.label for slot in day.slots)}")
    return "\n".join(lines)
