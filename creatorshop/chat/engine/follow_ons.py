"""
What may follow a purchase: early access to the next capsule, the creator's letter, membership.

One message for each order, kept true in place. Nothing in it is ticked for anybody: each is a tap of its own, says what it
did, and can be undone there. It is said once; *No, thanks* ends it.
"""

from __future__ import annotations

from typing import Any

from creatorshop.chat.bodies import DESCRIPTION, LABEL, ChoicesBody, Option
from creatorshop.chat.engine.commands import FollowOn, UndoFollowOn
from creatorshop.chat.engine.events import FollowOnRefused, FollowOnTaken, FollowOnUndone
from creatorshop.chat.engine.facts import OrderFacts
from creatorshop.chat.engine.states import KEPT_FOLLOWING, Following
from creatorshop.chat.engine.turns import PROMPT, Pen, clip, with_options

EARLY, LETTER, MEMBER = "early", "letter", "member"


def offer(pen: Pen, order: OrderFacts) -> None:
    """Offer after a receipt what the shopper does not have yet; not beside a human, nor to who wants to hear of orders only."""
    if pen.state.human or pen.state.is_quiet or order.progress == "refunded":
        return
    offered = _offered(pen, order)
    if not offered:
        return
    creator = pen.facts.creator
    following = Following(
        order=order.ref,
        offered=offered,
        email=order.email,
        tier=creator.tier,
        benefits=creator.tier_benefits,
    )
    pen.remember(following=(*pen.state.following, following)[-KEPT_FOLLOWING:])
    _show(pen, following, "")


def take(pen: Pen, order: str, choice: str) -> None:
    """Have one of them done. An old button says how it stands by now."""
    following = pen.state.followed(order)
    if following and choice in following.taken:
        _show(pen, following, "")
    else:
        pen.order(FollowOn.model_validate({"order": order, "choice": choice}))


def undo(pen: Pen, order: str, choice: str) -> None:
    pen.order(UndoFollowOn.model_validate({"order": order, "choice": choice}))


def decline(pen: Pen, order: str) -> None:
    """Take a no for an answer."""
    following = pen.state.followed(order)
    if following:
        _change(pen, following, "", is_over=True)


def taken(pen: Pen, event: FollowOnTaken) -> None:
    following = pen.state.followed(event.order)
    if following:
        kept = [choice for choice in following.offered if choice in (*following.taken, event.choice)]
        _change(pen, following, "", taken=tuple(kept))


def undone(pen: Pen, event: FollowOnUndone) -> None:
    following = pen.state.followed(event.order)
    if following:
        kept = tuple(choice for choice in following.taken if choice != event.choice)
        _change(pen, following, pen.voice.text(f"follow_{event.choice}_undone"), taken=kept)


def refused(pen: Pen, event: FollowOnRefused) -> None:
    """Say why it was not done, with everything as it was."""
    following = pen.state.followed(event.order)
    if following is None:
        return
    key = {"too_many_questions": "follow_letter_often", "address_unusable": "follow_letter_unusable"}.get(event.code)
    words = pen.voice.text(key or "follow_gone", email=following.email)
    if key is None:
        # There is no such thing any more: it is not offered again.
        left = tuple(choice for choice in following.offered if choice != event.choice)
        _change(pen, following, words, offered=left)
    else:
        _show(pen, following, words)


def stop_letters(pen: Pen) -> None:
    """End the letters that were asked for here: they asked to hear of their own orders only."""
    for following in pen.state.following:
        if LETTER in following.taken:
            undo(pen, following.order, LETTER)


def say_again(pen: Pen) -> None:
    """Say what can still be acted on again, in another language."""
    for following in pen.state.following[-1:]:
        if _pin(following) in pen.state.pins:
            _show(pen, following, "")


def _offered(pen: Pen, order: OrderFacts) -> tuple[str, ...]:
    shopper, creator = pen.facts.shopper, pen.facts.creator
    is_open = {
        EARLY: not shopper.has_early and not shopper.is_member,  # members go first anyway
        LETTER: bool(order.email) and not shopper.has_letter,
        MEMBER: bool(creator.tier) and not shopper.is_member,
    }
    return tuple(choice for choice, may_be in is_open.items() if may_be)


def _change(pen: Pen, following: Following, said: str, **changes: Any) -> None:
    changed = following.model_copy(update=changes)
    pen.remember(following=tuple(changed if each.order == changed.order else each for each in pen.state.following))
    _show(pen, changed, said)


def _show(pen: Pen, following: Following, said: str) -> None:
    """Say how it stands: what was done, what happened just now, and what may still be chosen."""
    voice, creator = pen.voice, pen.facts.creator.name
    facts = {"creator": creator, "email": following.email, "tier": following.tier}
    done = [voice.text(f"follow_{choice}_done", **facts) for choice in following.taken]
    left = [] if following.is_over else _left(following)
    lines = [*done, *([said] if said else [])]
    if left:
        lines += [*([""] if lines else []), voice.text("follow_offer")]
        if LETTER in left:
            lines.append(voice.text("follow_letter_terms", **facts))
        if MEMBER in left and following.benefits:
            lines.append(voice.text("follow_benefits", tier=following.tier, benefits=" · ".join(following.benefits)))
    else:
        lines.append(voice.text("follow_over"))
    options = [_option(pen, following, choice, facts) for choice in left]
    if left:
        options.append(pen.option(voice.text("b_no_follow"), "no_follow", order=following.order))
    for choice in following.taken:
        options.append(pen.option(voice.text(f"b_unfollow_{choice}"), "unfollow", order=following.order, choice=choice))
    _say(pen, following, "\n".join(lines), options)


def _left(following: Following) -> list[str]:
    """Return what may still be chosen; members go first anyway."""
    had = {*following.taken, *((EARLY,) if MEMBER in following.taken else ())}
    return [choice for choice in following.offered if choice not in had]


def _say(pen: Pen, following: Following, words: str, options: list[Option]) -> None:
    if not options:
        open_order = []
        if order := pen.facts.order(following.order):
            open_order.append(pen.link(pen.voice.text("b_open_order"), order.url))
        pen.notice("follow_over", words, *open_order, pin=_pin(following))
        return
    prompt = clip(words, PROMPT)
    pen.say(
        ChoicesBody(prompt=prompt, style="list", options=tuple(options)),
        with_options(prompt, options),
        pin=_pin(following),
    )


def _option(pen: Pen, following: Following, choice: str, facts: dict[str, str]) -> Option:
    voice = pen.voice
    return Option(
        label=clip(voice.text(f"b_follow_{choice}"), LABEL),
        desc=clip(voice.text(f"follow_{choice}", **facts), DESCRIPTION),
        token=pen.tap("follow", order=following.order, choice=choice),
    )


def _pin(following: Following) -> str:
    return f"follow:{following.order}"
