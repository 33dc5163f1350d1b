"""
What may speak against a wish, as one table that anybody can read. Pure: no database and no clock.

A signal compares one number of the facts with its edge; at the edge it speaks. A number that is not known (None) says
nothing. No signal decides alone what a person could do in good faith: the weights are made so that it takes several.
The sentences are for the creator; a shopper is never told numbers, weights or edges.
"""

from dataclasses import dataclass
from datetime import timedelta

MINUTES_5 = timedelta(minutes=5)
MINUTES_10 = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)

QUICK = timedelta(milliseconds=400)  # faster than a person reads a price and taps
RIGHT_AFTER = timedelta(seconds=15)  # a new hold so soon after one's own lapsed keeps the unit from everybody
FEWEST_ENDED = 3  # so many holds have to have ended before their ratio means anything


@dataclass(frozen=True)
class Facts:
    """What is known of who wishes, in numbers. "They" are the shopper and whoever else uses the same device."""

    holds_by_account: int | None = None
    holds_by_device: int | None = None
    holds_by_network: int | None = None
    holds_by_asn: int | None = None
    abandoned_percent: int | None = None
    declines: int | None = None
    cards: int | None = None
    is_new_account: int | None = None
    quick_holds: int | None = None
    rotations: int | None = None
    is_disposable_mail: int | None = None
    others_by_mail: int | None = None
    others_by_phone: int | None = None
    others_by_card: int | None = None
    others_by_address: int | None = None
    others_by_device: int | None = None
    has_no_thread: int | None = None


@dataclass(frozen=True)
class Signal:
    code: str
    fact: str  # the number it looks at, a field of Facts
    edge: int  # from here on it speaks
    window: timedelta | None  # how far back it looks; None is "as it is now"
    weight: int
    sentence: str  # for the creator; {n} is the number that was found


SIGNALS: tuple[Signal, ...] = (
    # Speed
    Signal("many_holds_account", "holds_by_account", 6, MINUTES_10, 25, "{n} holds within 10 minutes."),
    Signal("many_holds_device", "holds_by_device", 6, MINUTES_10, 25, "{n} holds from one device within 10 minutes."),
    Signal(
        "many_holds_network",
        "holds_by_network",
        31,
        MINUTES_10,
        15,
        "{n} or more holds from one network in 10 minutes.",
    ),
    Signal("many_holds_asn", "holds_by_asn", 101, MINUTES_10, 10, "{n} or more holds from one provider in 10 minutes."),
    Signal("quick_holds", "quick_holds", 3, MINUTES_10, 35, "{n} holds came faster than a person can tap."),
    # Holding without buying
    Signal("abandoned", "abandoned_percent", 60, DAY, 30, "{n} % of their holds of the last day were abandoned."),
    Signal("rotation", "rotations", 2, HOUR, 30, "{n} times a hold was taken again right after it had ended."),
    # Paying
    Signal("declines", "declines", 4, MINUTES_5, 40, "The bank said no {n} times within 5 minutes."),
    Signal("many_cards", "cards", 3, MINUTES_5, 50, "{n} different cards within 5 minutes."),
    # Who they are
    Signal("new_account", "is_new_account", 1, DAY, 5, "They came to the shop less than a day ago."),
    Signal("disposable_mail", "is_disposable_mail", 1, MONTH, 30, "Their e-mail address is from a throw-away service."),
    Signal("shared_mail", "others_by_mail", 2, MONTH, 25, "{n} other shoppers use the same e-mail address."),
    Signal("shared_phone", "others_by_phone", 2, MONTH, 25, "{n} other shoppers use the same phone number."),
    Signal("shared_card", "others_by_card", 2, MONTH, 35, "{n} other shoppers paid with the same card."),
    Signal(
        "shared_address", "others_by_address", 2, MONTH, 20, "{n} other shoppers have practically the same address."
    ),
    Signal("shared_device", "others_by_device", 2, MONTH, 25, "{n} other shoppers use the same device."),
    Signal("no_thread", "has_no_thread", 1, None, 5, "They have never opened the chat."),
)

BY_CODE = {signal.code: signal for signal in SIGNALS}
