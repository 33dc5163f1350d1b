"""
Running a transcript: a readable dialogue in Markdown whose every line is checked.

A line that begins with `>` is something that happens; the lines below it are all that is said about it, in order:
`type id.revision: words`, then the buttons. Everything else is prose for the reader.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from creatorshop.chat.bodies import TYPES
from creatorshop.chat.engine import Draft, Tap, events
from tests.chat.world import START, Beside, Stock, World

SAID = re.compile(r"^(\w+ m_\S+\.\d+: |→ |\(silence\))")


def play(path: Path) -> tuple[str, str]:
    """Return a transcript as it is written and as it went, to be compared."""
    written = path.read_text().rstrip("\n").split("\n")
    played: list[str] = []
    world = World()
    for line in written:
        if SAID.match(line):
            continue
        played.append(line)
        if line.startswith("> "):
            played += _happen(world, line[2:])
    return "\n".join(written), "\n".join(played)


def _happen(world: World, step: str) -> list[str]:
    ran = len(world.ran)
    said = _do(world, step)
    if said is None:
        return []
    lines = [f"→ {name}" for name in world.ran[ran:]] + [_line(draft) for draft in said]
    return lines or ["(silence)"]


def _line(draft: Draft) -> str:
    words = " / ".join(part.strip() for part in draft.fallback_text.split("\n") if part.strip())
    return f"{TYPES[type(draft.body)]} {draft.id}.{draft.revision}: {words}"


def _do(world: World, step: str) -> list[Draft] | None:
    """Do one step; None if it only sets the scene."""
    for pattern, act in STEPS:
        found = re.fullmatch(pattern, step)
        if found:
            return act(world, *found.groups())
    raise ValueError(f"Nobody knows how to: {step}")


def find_button(world: World, label: str, *, message: str = "") -> tuple[Tap, bool]:
    """Return what a button of the thread does: of the latest message that has it, or of a named revision."""
    latest = {draft.id: draft.revision for draft in world.said}
    for draft in reversed(world.said):
        if message and f"{draft.id}.{draft.revision}" != message:
            continue
        if not message and latest[draft.id] != draft.revision:
            continue
        token = _token(draft.body.model_dump(mode="json"), label)
        if token:
            return draft.taps[int(token[1:])], latest[draft.id] != draft.revision
    raise ValueError(f"There is no button {label!r}")


def _token(part: Any, label: str) -> str:
    if isinstance(part, dict):
        if label in (part.get("label"), part.get("submit_label")) and part.get("token"):
            return str(part["token"])
        return next((found for inner in part.values() if (found := _token(inner, label))), "")
    if isinstance(part, list):
        return next((found for inner in part if (found := _token(inner, label))), "")
    return ""


def _tap(world: World, label: str, message: str | None = None) -> list[Draft]:
    tap, is_old = find_button(world, label, message=message or "")
    return world.tap(tap, is_old=is_old)


def _fill(world: World, country: str, postcode: str) -> list[Draft]:
    # The newest form; its button has another word in each language.
    tap = next(tap for draft in reversed(world.said) for tap in draft.taps if tap.name == "address")
    values = {"country": country, "postcode": postcode.strip()}
    return world.hear(events.Submitted(name=tap.name, args=tap.args, values=values))


def _give(world: World, words: str | None) -> list[Draft]:
    tap = next(tap for draft in reversed(world.said) for tap in draft.taps if tap.name == "gift")
    return world.hear(events.Submitted(name=tap.name, args=tap.args, values={"message": words or ""}))


def _type(world: World, text: str) -> list[Draft]:
    return world.hear(events.Typed(id=f"typed-{world.state.said + 1}", text=text))


def _set(world: World, name: str, value: str) -> None:
    current = getattr(world, name)
    setattr(world, name, type(current)(int(value)) if isinstance(current, bool | int) else value)


def _stock(world: World, sku: str, left: str, held: str, total: str) -> None:
    stock = world.stock.setdefault(sku, Stock("RM", sku.removeprefix("RM-").title(), int(total), 3800))
    stock.total, stock.held_by_others = int(total), int(held)
    stock.sold = int(total) - int(held) - int(left)
    stock.next_return_at = world.now + timedelta(minutes=7, seconds=40) if int(held) else None


def _offer(world: World, kind: str, title: str, price_minor: str, per_unit: str | None) -> None:
    world.extras.append(Beside(kind, title, int(price_minor), is_per_unit=bool(per_unit)))


def _withdraw(world: World, title: str) -> None:
    world.extras = [each for each in world.extras if each.title != title]


def _refusal(world: World, code: str, times: str | None) -> None:
    shelf = {"pool": "Café Mira", "is_store_room": False}
    told = {
        "limit_reached": {"limit": world.limit, "left": 0},
        "slow_down": {"until": (world.now + timedelta(seconds=20)).isoformat()},
        "cooling_down": {"until": (world.now + timedelta(minutes=9)).isoformat(), "lapsed": 2},
        "step_up_required": {"check_url": "https://shop.example/check/abc/"},
        "not_eligible": {
            "open_to_all_at": (world.now + timedelta(minutes=30)).isoformat(),
            "tier": "Friends of the kiln",
        },
        "blocked": {"contact": "hello@kiln.example", "mention": "7F3K9Q2A"},
        "none_left_here": {
            "pool": "Store-room",
            "is_store_room": True,
            "available": 0,
            "elsewhere": [shelf | {"available": 3}],
        },
    }.get(code, {})
    refusal = events.HoldRefused(quote="", code=code, facts=told)
    world.refusals += [refusal] * int(times or 1)


def _shared_limit(world: World, kind: str, left: str, limit: str) -> None:
    told = {"limit": int(limit), "left": int(left), "kind": kind}
    world.refusals.append(events.HoldRefused(quote="", code="limit_reached", facts=told))


def _empty_shelf(world: World) -> None:
    room = {"pool": "Store-room", "is_store_room": True, "available": 2}
    told = {"pool": "Café Mira", "is_store_room": False, "available": 0, "elsewhere": [room]}
    world.refusals.append(events.HoldRefused(quote="", code="none_left_here", facts=told))


def _join(world: World, who: str) -> list[Draft]:
    return world.hear(events.HumanJoined(who=who, name="Kiln & Tide"))


def _write(world: World, who: str, text: str) -> list[Draft]:
    return world.hear(events.HumanSaid(id=f"said-{world.state.said + 1}", who=who, text=text))


def _show(world: World, who: str, handle: str) -> list[Draft]:
    return world.hear(events.HumanShowed(id=f"shown-{world.state.said + 1}", who=who, handle=handle))


def _quote(world: World, who: str, quantity: str, sku: str) -> list[Draft]:
    return world.hear(events.HumanQuoted(who=who, sku=sku, quantity=int(quantity)))


def _hold_by_hand(world: World, who: str) -> list[Draft]:
    quote = world.state.quote
    return world.hear(events.HumanHeld(who=who, quote=quote.ref if quote else ""))


def _drop(world: World, state: str, reason: str | None) -> None:
    world.drop_state = state
    if state == "paused":
        world.paused_at, world.pause_reason = world.now, reason or ""
    if state == "closed":
        world.closes_at = world.now


def _scheduled(world: World, hours: str) -> None:
    world.drop_state = "scheduled"
    world.opens_at = world.now + timedelta(minutes=round(float(hours) * 60))
    world.closes_at = world.opens_at + timedelta(hours=5)


def _next_drop(world: World, days: str) -> None:
    world.next_drop_at = START + timedelta(days=int(days))


def _slots(world: World, left: str) -> None:
    world.slots_left = dict.fromkeys(world.slots_left, int(left))


def _late_refund(world: World) -> list[Draft]:
    world.holds[-1].state = "late_refund"
    return world.hear(events.Woken())


def _taken_late(world: World) -> list[Draft]:
    world.holds[-1].is_charged = True
    return _late_refund(world)


def _refund_sent(world: World) -> list[Draft]:
    world.holds[-1].refunded_at = world.now
    held = world.holds[-1]
    return world.hear(
        events.Refunded(hold=held.ref, amount_minor=held.terms["total_minor"], currency="EUR", at=world.now)
    )


def _refund_part(world: World, minor: str) -> list[Draft]:
    held = world.holds[-1]
    paid = held.terms["total_minor"]
    return world.hear(
        events.Refunded(hold=held.ref, amount_minor=int(minor), paid_minor=paid, currency="EUR", at=world.now)
    )


def _payment_fails(world: World, how: str, reason: str = "") -> list[Draft]:
    held = world.holds[-1]
    if held.state == "paying":
        held.state = "held"
    return world.hear(events.PaymentFailed(hold=held.ref, reason=reason, is_cancelled=how == "is stopped"))


def _rate_elsewhere(world: World, score: str) -> list[Draft]:
    order = world.orders[-1] = replace(world.orders[-1], score=int(score))
    return world.hear(events.Rated(order=order.ref, score=int(score), is_elsewhere=True))


def _lose_news(world: World, seconds: str) -> None:
    world.now += timedelta(seconds=int(seconds))


def _held_on_page(world: World) -> list[Draft]:
    """A hold that was placed on the product page, and not in the chat."""
    from creatorshop.chat.engine import commands

    wish = commands.MakeQuote(
        sku="RM-SAGE", quantity=1, method="pickup", option="slot-2816", country="PT", postcode="1200-109"
    )
    made = world.run(wish)
    world.run(commands.PlaceHold(quote=made.quote, hash=made.hash))
    return world.hear(events.Woken())


def _passed_by(world: World) -> list[Draft]:
    world.entries[-1].state, world.entries[-1].reason = "passed", "too_few"
    return world.hear(events.Woken())


def _open_tier(world: World, name: str, benefits: str | None) -> None:
    world.tier, world.benefits = name, benefits or ""


def _at(world: World, clock: str) -> None:
    hour, minute = clock.split(":")
    world.now = datetime.combine(world.now.date(), world.now.timetz()).replace(hour=int(hour), minute=int(minute))


STEPS: tuple[tuple[str, Any], ...] = (
    (r"opens the chat", lambda w: w.hear(events.Opened())),
    (r"opens the chat on a page in (\S+)", lambda w, locale: w.hear(events.Opened(locale=locale))),
    (r"opens the chat on (\S+)", lambda w, sku: w.hear(events.Opened(sku=sku))),
    (r'taps "([^"]+)"', _tap),
    (r'taps "([^"]+)" on (\S+)', _tap),
    (r'types "(.+)"', _type),
    (r"fills in (\w\w)( \S+)?", lambda w, country, postcode: _fill(w, country, postcode or "")),
    (r"(\d+) seconds pass", lambda w, seconds: w.pass_time(int(seconds))),
    (r"(\d+) seconds pass unheard", _lose_news),
    (r"begins to pay", lambda w: w.begin_paying()),
    (r"the payment succeeds", lambda w: w.pay()),
    (r"the payment succeeds late", lambda w: w.pay(is_late=True)),
    (r"the payment (fails|is stopped)", _payment_fails),
    (r"the payment (fails): (.+)", _payment_fails),
    (r"the payment comes after the last one went", _late_refund),
    (r"the payment is taken after the last one went", _taken_late),
    (r"the refund is sent", _refund_sent),
    (r"(\d+) of what was paid is sent back", _refund_part),
    (r"makes the gift(?: with \"(.+)\")?", _give),
    (r"the gift is (claimed|expired)", lambda w, state: w.move_gift(state)),
    (r"given nothing can be given: (\w+)", lambda w, why: setattr(w, "why_not_give", why)),
    (r"the shop has the withdrawal", lambda w: w.move_return("withdrawn")),
    (r"the return is (approved|rejected)(?:: (.+))?", lambda w, state, answer: w.move_return(state, answer or "")),
    (r"the order is (\w+)", lambda w, progress: w.move_order(progress)),
    (r"rates it (\d) on the order's page", _rate_elsewhere),
    (r"the order is (\w+), tracked at (\S+)", lambda w, progress, url: w.move_order(progress, url)),
    (r"the creator revokes the hold", lambda w: (setattr(w.holds[-1], "state", "revoked"), w.hear(events.Woken()))[1]),
    (r"holds one on the product page", _held_on_page),
    (r"the thread looks again", lambda w: w.hear(events.Woken())),
    (r"the code comes back", lambda w: w.hear(events.StepUpPassed())),
    (r"(Ana|Ben) takes over", _join),
    (r'(Ana|Ben) writes "(.+)"', _write),
    (r"(Ana|Ben) shows (\S+)", _show),
    (r"(Ana|Ben) makes a price for (\d+) (\S+)", _quote),
    (r"(Ana|Ben) holds it for them", _hold_by_hand),
    (r"(Ana|Ben) hands back", lambda w, who: w.hear(events.HumanLeft(who=who))),
    (r"(Ana|Ben) sees that nobody is needed", lambda w, who: w.hear(events.HumanExcused(who=who))),
    (r"it is the moment (before|opening)", lambda w, at: w.hear(events.ReminderDue(drop="batch-07", moment=at))),
    (
        r"it is the moment (before|opening) of (\S+)",
        lambda w, at, drop: w.hear(events.ReminderDue(drop=drop, moment=at)),
    ),
    (
        r"given members are first for (\d+) minutes",
        lambda w, minutes: setattr(w, "members_first_minutes", int(minutes)),
    ),
    (r"given one can join (.+)", lambda w, tier: setattr(w, "tier", tier)),
    (r"given nobody can join any more", lambda w: setattr(w, "tier", "")),
    (r"given the tier (.+?) is open(?:, with (.+))?", _open_tier),
    (r"given the wish is refused: (\w+)", lambda w, code: setattr(w, "follow_refusal", code)),
    (r"given they can be reached", lambda w: setattr(w, "is_reachable", True)),
    (r"something unforeseen happens", lambda w: w.hear(events.CommandFailed(name="make_quote"))),
    (r"given (\S+) has (\d+) free and (\d+) held of (\d+)", _stock),
    (r"given the shop answers (\w+)(?: (\d+) times)?", _refusal),
    (r"given the (\w+) has (\d+) left of (\d+)", _shared_limit),
    (r"given the shelf is empty", _empty_shelf),
    (r"given (\d+) were bought", lambda w, units: setattr(w, "bought", int(units))),
    (r"given the drop is (open|paused|closed)(?:, because (.+))?", _drop),
    (r"given the drop opens in ([\d.]+) hours", _scheduled),
    (r"given the next drop is in (\d+) days", _next_drop),
    (r"given every slot has (\d+) places", _slots),
    (r"given it is (\d\d:\d\d)", _at),
    (r"given (\d+) are in line before", lambda w, ahead: setattr(w, "ahead", int(ahead))),
    (r"those before are served", lambda w: (setattr(w.entries[-1], "ahead", 0), w.hear(events.Woken()))[1]),
    (r"one comes back, and another is served", _passed_by),
    (r"it comes back", lambda w: w.come_back()),
    (
        r"the creator takes them out of line",
        lambda w: (setattr(w.entries[-1], "state", "removed"), w.hear(events.Woken()))[1],
    ),
    (r"given (extra|packaging) (.+?) at (\d+)( a unit)?", _offer),
    (r"given (.+) is offered no more", _withdraw),
    (r"given postage is (\d+)", lambda w, minor: setattr(w, "postage_minor", int(minor))),
    (r"given (\w+) is (\S+)", _set),
)
