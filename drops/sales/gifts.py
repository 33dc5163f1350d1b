"""
Giving a paid order to somebody else: its buyer makes a link, and whoever accepts it first has the goods.

The order stays its buyer's in everything that is about money: invoice, refund and right of withdrawal. What changes hands
is the delivery. Locks are taken in the order parcel or pickup, order, gift, after whatever a refund locks before them.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from drops.errors import Invalid, NotFound, Refused
from drops.events import announce, gift_changed
from drops.sales.delivery import Recipient, delivery_method
from drops.sales.gift_ends import expire_gifts_of
from drops.sales.gift_models import LONGEST_MESSAGE, LONGEST_NAME, GiftClaim, GiftState
from drops.sales.models import Order, OrderState

LASTS = timedelta(days=14)
TOKEN_BYTES = 24  # 192 random bits
_SALT = "drops.sales.gifts"

# Why an order cannot be given, by its word; `DeliveryMethod.why_settled` gives three of them.
WHY_NOT = {
    "too_late": "The time to collect it is over.",
    "already_given": "It is given to somebody already.",
    "refunded": "It was refunded.",
    "handed_over": "It was handed over already.",
    "packed": "It is being packed, and the address is printed.",
}


class NotGiveable(Refused):
    """The order cannot go to anybody else; `why` says it in a word."""

    code = "gift_not_giveable"


class GiftMessageInvalid(Invalid):
    code = "gift_message_invalid"


class RecipientNameInvalid(Invalid):
    code = "gift_name_invalid"


class GiftUnknown(NotFound):
    """No gift has this link, or a newer one took its place: the same answer."""

    code = "gift_unknown"


class NoOpenGift(Refused):
    """There is nothing that could still be taken back or linked to."""

    code = "gift_not_open"


class GiftOver(Refused):
    """The gift was taken back, or its time ran out; `why` says which."""

    code = "gift_over"


class GiftTaken(Refused):
    """Somebody accepted it before."""

    code = "gift_taken"


def may_give(*, order: Order, now: datetime) -> str:
    """Return "" if an order can be given to somebody now, or the word for why not, as in WHY_NOT."""
    if order.state == OrderState.REFUNDED:
        return "refunded"
    if order.state == OrderState.FULFILLED:
        return "handed_over"
    live = gift_of(order=order)
    if live is not None and live.state_at(now) in (GiftState.OPEN, GiftState.CLAIMED):
        return "already_given"
    return delivery_method(order.delivery_method).why_settled(order=order, now=now)


def give(*, order: Order, message: str, now: datetime) -> tuple[GiftClaim, str]:
    """
    Offer a whole order to whoever opens a link, and return the gift with the link's token, which is known only now.

    It stays open until the pickup slot ends; a parcel's for 14 days, or until its papers are printed if that is sooner.

    :raises GiftMessageInvalid: if the message is too long, or cannot be kept.
    :raises NotGiveable: if the order cannot be given, with why.
    """
    message = _message(message)
    with transaction.atomic():
        locked = _locked(order)
        if why := may_give(order=locked, now=now):
            raise NotGiveable(WHY_NOT[why], why=why, order=locked.ref)
        # One whose time ran out may still stand in the way of the next one.
        expire_gifts_of(order_ids=[locked.pk], now=now)
        token = _new_token()
        gift = GiftClaim.objects.create(
            order=locked,
            token_hash=_hash(token),
            message=message,
            created_at=now,
            expires_at=_ends_at(locked, now),
        )
        announce(gift_changed, order_id=locked.pk, state=GiftState.OPEN.value)
    return gift, token


def new_link(*, order: Order, now: datetime) -> tuple[GiftClaim, str]:
    """
    Give an open gift another link and return its token; the old link opens nothing from then on.

    :raises NoOpenGift: if none is open.
    """
    token = _new_token()
    with transaction.atomic():
        gift = _open_gift(order, now)
        gift.token_hash = _hash(token)
        gift.save(update_fields=["token_hash"])
    return gift, token


def revoke(*, order: Order, now: datetime) -> GiftClaim:
    """
    Take back a gift that nobody accepted yet.

    :raises NoOpenGift: if none is open: it was accepted, or ended before.
    """
    with transaction.atomic():
        gift = _open_gift(order, now)
        gift.state, gift.ended_at = GiftState.REVOKED, now
        gift.save(update_fields=["state", "ended_at"])
        announce(gift_changed, order_id=order.pk, state=gift.state)
    return gift


def gift_of(*, order: Order) -> GiftClaim | None:
    """Return the last gift of an order, whose gifts may be prefetched; ask its `state_at` how it stands."""
    return max(order.gifts.all(), key=lambda gift: (gift.created_at, gift.pk), default=None)


def is_with_somebody_else(*, order: Order) -> bool:
    """Tell whether an order was given away and accepted, so that its buyer may not see where it goes."""
    return accepted_gift_of(order=order) is not None


def accepted_gift_of(*, order: Order) -> GiftClaim | None:
    """Return the gift by which an order, whose gifts may be prefetched, went to somebody else; None if none was accepted."""
    return next((gift for gift in order.gifts.all() if gift.state == GiftState.CLAIMED), None)


def giver_of(*, order: Order) -> str:
    """Return the giver's first name, which is all that is told of them."""
    return next(iter(order.name.split()), "Somebody")


def gift_by_link(*, token: str) -> GiftClaim:
    """
    Return the gift of a link, which its giver knows as well. Looking changes nothing.

    :raises GiftUnknown: if there is none.
    """
    return _found(token_hash__in=_hashes(token))


def gift_of_recipient(*, token: str) -> GiftClaim:
    """
    Return the gift whose recipient has this as their own address.

    :raises GiftUnknown: if nobody has.
    """
    return _found(own_hash__in=_hashes(token), state=GiftState.CLAIMED)


def refuse_unless_open(*, gift: GiftClaim, now: datetime) -> None:
    """
    Let pass only a gift that can be accepted.

    :raises GiftTaken: if it was.
    :raises GiftOver: if it ended, or can go to nobody any more.
    """
    state = gift.state_at(now)
    if state == GiftState.CLAIMED:
        raise GiftTaken("This gift was accepted already.", at=gift.claimed_at)
    if state == GiftState.OPEN and gift.order.state == OrderState.REFUNDED:
        state = GiftState.REVOKED
    if state == GiftState.REVOKED:
        raise GiftOver("This gift was taken back.", why=state.value)
    method = delivery_method(gift.order.delivery_method)
    if state == GiftState.EXPIRED or method.why_settled(order=gift.order, now=now):
        raise GiftOver("This gift can’t be accepted any more: its time is over.", why=GiftState.EXPIRED.value)


def claim(*, token: str, to: Recipient, now: datetime) -> tuple[GiftClaim, str]:
    """
    Accept a gift, once, and return it with the token of the recipient's own address, which is known only now.

    The delivery is theirs from then on: where and when they said, with a pass that the giver never had.

    :raises GiftUnknown: if there is no such link.
    :raises GiftTaken: if somebody accepted it before.
    :raises GiftOver: if it ended, or can go to nobody any more.
    :raises RecipientNameInvalid: without a name, or with one that cannot be kept.
    :raises DeliveryGone: if the slot they chose has filled up meanwhile; the gift stays open then.
    :raises CannotDeliver: if the parcel cannot go where they said for what was paid; the gift stays open then.
    """
    name = _name(to.name)
    own = _new_token()
    with transaction.atomic():
        order = _locked(gift_by_link(token=token).order)
        # Found anew under the lock: another link or another end may have come in between.
        gift = _locked_gift(token)
        gift.order = order
        refuse_unless_open(gift=gift, now=now)
        delivery_method(order.delivery_method).redirect(
            order=order, to=Recipient(name=name, option=to.option, address=to.address), now=now
        )
        gift.state, gift.recipient_name, gift.claimed_at, gift.own_hash = GiftState.CLAIMED, name, now, _hash(own)
        gift.save(update_fields=["state", "recipient_name", "claimed_at", "own_hash"])
        announce(gift_changed, order_id=order.pk, state=gift.state)
    return gift, own


def _locked(order: Order) -> Order:
    """Return an order, locked so that it can neither leave the house nor be refunded meanwhile."""
    delivery_method(order.delivery_method).units_gone(order=order)
    return (
        Order.objects.select_for_update(no_key=True, of=("self",))
        .select_related("creator", "drop", "hold")
        .get(pk=order.pk)
    )


def _locked_gift(token: str) -> GiftClaim:
    gift = GiftClaim.objects.select_for_update().filter(token_hash__in=_hashes(token)).first()
    if gift is None:
        raise GiftUnknown("There is no such gift.")
    return gift


def _open_gift(order: Order, now: datetime) -> GiftClaim:
    gift = GiftClaim.objects.select_for_update().open().filter(order=order, expires_at__gt=now).first()
    if gift is None:
        raise NoOpenGift("This gift is not open any more.", order=order.ref)
    return gift


def _found(**named: object) -> GiftClaim:
    gifts = GiftClaim.objects.select_related("order__creator", "order__drop", "order__hold")
    gift = gifts.prefetch_related("order__lines").filter(**named).first()
    if gift is None:
        raise GiftUnknown("There is no such gift. Please ask whoever sent you the link for a new one.")
    return gift


def _ends_at(order: Order, now: datetime) -> datetime:
    until = delivery_method(order.delivery_method).given_until(order=order)
    return until if until is not None else now + LASTS


def _message(typed: str) -> str:
    message = typed.replace("\r\n", "\n").strip()
    if len(message) > LONGEST_MESSAGE or "\x00" in message:
        raise GiftMessageInvalid(
            f"A message has {LONGEST_MESSAGE} characters at most; this one has {len(message)}.", most=LONGEST_MESSAGE
        )
    return message


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or "\x00" in name:
        raise RecipientNameInvalid("Please say your name, so that it can be given to you.")
    if len(name) > LONGEST_NAME:
        raise RecipientNameInvalid(f"A name has {LONGEST_NAME} characters at most.")
    return name


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _hash(token: str, key: str | None = None) -> str:
    return salted_hmac(_SALT, token, secret=key, algorithm="sha256").hexdigest()


def _hashes(token: str) -> list[str]:
    """Return what a token may be kept under: a change of SECRET_KEY ends no link while the old key is still listed."""
    return [_hash(token, str(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
