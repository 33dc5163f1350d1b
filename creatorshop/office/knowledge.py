"""
What the assistant knows of a shopper, in a few lines for whoever takes over.
"""

from __future__ import annotations

from datetime import datetime

from babel import Locale
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from creatorshop.chat.engine.facts import Facts, HoldFacts, OrderFacts
from creatorshop.chat.engine.states import State
from creatorshop.chat.engine.voice import known_locale
from creatorshop.chat.models import Thread
from drops.money import format_minor

Line = tuple[str, str | SafeString]
HOLD_STATES = {"held": "on hold", "paying": "being paid for"}
PROGRESS = {"": "paid", "handed_over": "handed over"}


def known_of(*, thread: Thread, state: State, facts: Facts) -> list[Line]:
    """Return what is known, as labels and values; nothing that is not."""
    shopper = thread.shopper
    lines: list[Line] = [
        ("Shopper", f"{shopper} ({shopper.email})" if shopper.email else str(shopper)),
        ("Language", language_of(known_locale(facts.locale))),
        ("Looks at", _in_view(state, facts)),
        ("Goes to", _destination(state, facts)),
        ("Last price", _quote(state, facts)),
        *(("Hold", _hold(hold)) for hold in facts.shopper.holds if hold.is_live),
        *(("In line", _place(entry.title, entry.place)) for entry in facts.shopper.entries if entry.is_in_line),
        *(("Order", _order(order)) for order in facts.shopper.orders),
        ("Not understood", f"{state.unsure} times in a row" if state.unsure > 1 else ""),
    ]
    return [(label, value) for label, value in lines if value]


def language_of(locale: str) -> str:
    """Return a locale's name in English, like Portuguese (Brazil)."""
    return str(Locale.parse(locale).get_display_name("en") or locale)


def _in_view(state: State, facts: Facts) -> str:
    variant = facts.variant(state.sku) if state.sku else None
    wish = "" if variant is None else variant.title if state.quantity == 1 else f"{state.quantity} × {variant.title}"
    drop = f"{facts.drop.title} ({facts.drop.state})" if facts.drop else ""
    return ", ".join(part for part in (wish, drop) if part)


def _destination(state: State, facts: Facts) -> str:
    country = state.country or facts.shopper.country
    postcode = state.postcode if state.country else facts.shopper.postcode
    name = str(Locale("en").territories.get(country, country)) if country else ""
    return " ".join(part for part in (name, postcode) if part)


def _quote(state: State, facts: Facts) -> str:
    quote = state.quote
    if quote is None:
        return ""
    total = format_minor(quote.terms["total_minor"], quote.terms["currency"])
    title = quote.terms["title"] if quote.quantity == 1 else f"{quote.quantity} × {quote.terms['title']}"
    if quote.is_taken:
        stands = "taken, or replaced"
    elif quote.valid_until <= facts.now:
        stands = f"lapsed at {_time(quote.valid_until)}"
    else:
        stands = f"good until {_time(quote.valid_until)}"
    return f"{total} for {title}, {quote.terms['delivery']['label']}; {stands}"


def _hold(hold: HoldFacts) -> str:
    many = hold.title if hold.quantity == 1 else f"{hold.quantity} × {hold.title}"
    return f"{many}, {HOLD_STATES[hold.state]} until {_time(hold.expires_at)}"


def _place(title: str, place: int) -> str:
    return f"{title}, place {place}"


def _order(order: OrderFacts) -> SafeString:
    address = f"{reverse('admin:drops_order_changelist')}?q={order.ref}"
    progress = PROGRESS.get(order.progress, order.progress)
    return format_html('<a href="{}">{}</a>, {}, {}', address, order.ref, order.title, progress)


def _time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "TIME_FORMAT")
