"""
What speaks against a wish, gathered when its price is made: before any claim, outside of its transaction, from our own
rows alone.

Each look is bounded and goes by an index. One that fails is a look that found nothing: it is logged, and the sale goes on.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from drops.audience.models import Shopper
from drops.risk import cooldowns, overrules, score, sightings, step_ups
from drops.risk.addresses import are_alike
from drops.risk.models import RiskRules, Sighting, Trait
from drops.risk.signals import (
    BY_CODE,
    DAY,
    FEWEST_ENDED,
    HOUR,
    MINUTES_5,
    MINUTES_10,
    MONTH,
    QUICK,
    RIGHT_AFTER,
    Facts,
)
from drops.risk.verdicts import Verdict
from drops.sales.models import Payment, PaymentState, Quote
from drops.sales.payment import UNANSWERED
from drops.stock.models import Hold

logger = logging.getLogger(__name__)
Found = TypeVar("Found")

# No look reads more rows than this, however popular a device, a network or a drop is.
TRAITS_READ = 40
SHOPPERS_READ = 200
HOLDS_READ = 200
PEERS = 20
ADDRESSES_READ = 50


def assess_wish(*, shopper: Shopper, now: datetime, has_thread: bool | None = None) -> score.Assessment:
    """Return what is thought of a wish of this shopper, the creator's own word and a code given back included."""
    look = _Look(shopper, now, has_thread)
    rules = _found_by(look.rules, "rules") or RiskRules(creator_id=shopper.creator_id)
    assessment = _found_by(lambda: score.assess(facts=facts_of(look), thresholds=rules.thresholds), "the signals")
    assessment = assessment or score.Assessment(score=0, reasons=(), verdict=Verdict.ALLOW)
    keys = [row.key_hash for row in look.traits] if look.has_traits else []
    word = _found_by(lambda: overrules.verdict_in_force(shopper=shopper, keys=keys, now=now), "overrules")
    if word is not None:
        return score.overruled(assessment, verdict=word)
    if assessment.verdict in score.OPENED_BY_STEP_UP and _found_by(
        lambda: step_ups.is_passed(shopper=shopper, now=now), "step_ups"
    ):
        return score.after_step_up(assessment)
    return assessment


def note_traits(*, shopper: Shopper, seen: Mapping[Trait, str], at: datetime) -> None:
    """Note what a shopper was seen with, after the deed and outside its transaction; to fail at it is no failure."""
    _found_by(lambda: sightings.note(shopper=shopper, seen=seen, at=at), "what was seen")


@dataclass(frozen=True)
class _Past:
    """A hold of the last day, as far as the signals look at it."""

    pk: int
    shopper_id: int
    drop_sku_id: int
    created_at: datetime
    shown_at: datetime | None
    ended_at: datetime | None
    abandoned_at: datetime | None


class _Look:
    """One look at one shopper; what several signals need is read once."""

    def __init__(self, shopper: Shopper, now: datetime, has_thread: bool | None) -> None:
        self.shopper, self.now, self.has_thread = shopper, now, has_thread

    def rules(self) -> RiskRules | None:
        return RiskRules.objects.filter(creator_id=self.shopper.creator_id).first()

    @cached_property
    def traits(self) -> list[Sighting]:
        seen = Sighting.objects.filter(shopper=self.shopper, last_at__gt=self.now - MONTH)
        return list(seen.order_by("-last_at", "-pk")[:TRAITS_READ])

    @property
    def has_traits(self) -> bool:
        return "traits" in self.__dict__

    def keys(self, *traits: Trait) -> list[str]:
        return [row.key_hash for row in self.traits if row.trait in traits]

    @cached_property
    def peers(self) -> list[int]:
        """The shopper and whoever was seen on the same device within a day."""
        others = _shoppers_seen_with(self.keys(Trait.DEVICE), since=self.now - DAY)[:PEERS]
        return list(dict.fromkeys([self.shopper.pk, *others]))

    @cached_property
    def past(self) -> list[_Past]:
        """Their holds of the last day, oldest first."""
        holds = list(
            Hold.objects.filter(shopper_id__in=self.peers, created_at__gt=self.now - DAY).order_by(
                "-created_at", "-pk"
            )[:HOLDS_READ]
        )
        shown = dict(
            Quote.objects.filter(ref__in=[hold.quote_ref for hold in holds]).values_list("ref", "shown_at").order_by()
        )
        declined = set(
            Payment.objects.filter(hold__in=holds, state=PaymentState.FAILED)
            .values_list("hold_id", flat=True)
            .order_by()
        )
        return [self._past(hold, shown.get(hold.quote_ref), hold.pk in declined) for hold in reversed(holds)]

    def _past(self, hold: Hold, shown_at: datetime | None, was_declined: bool) -> _Past:
        life = cooldowns.PastHold(
            state=hold.state,
            created_at=hold.created_at,
            expires_at=hold.expires_at,
            closed_at=hold.closed_at,
            source=hold.source,
            was_declined=was_declined,
            was_taken_up=hold.has_used_grace or hold.extensions > 0,
        )
        is_over = hold.closed_at is not None or hold.expires_at <= self.now
        return _Past(
            pk=hold.pk,
            shopper_id=hold.shopper_id,
            drop_sku_id=hold.drop_sku_id,
            created_at=hold.created_at,
            shown_at=shown_at,
            ended_at=min(hold.closed_at or hold.expires_at, hold.expires_at) if is_over else None,
            abandoned_at=cooldowns.abandoned_at(life, at=self.now),
        )


def facts_of(look: _Look) -> Facts:
    """Return the numbers that the signals look at; one that cannot be found is not known."""
    found = {name: _found_by(lambda find=find: find(look), name) for name, find in _FINDERS.items()}  # type: ignore[misc]
    return Facts(**found)


def _found_by(find: Callable[[], Found], name: str) -> Found | None:
    try:
        return find()
    except Exception:
        # Never a reason to stop a sale: whoever broke it reads it in the log.
        logger.exception("Unable to look at %s", name)
        return None


def _holds_by_account(look: _Look) -> int:
    return sum(hold.shopper_id == look.shopper.pk for hold in _recent(look, MINUTES_10))


def _holds_by_device(look: _Look) -> int | None:
    return len(_recent(look, MINUTES_10)) if look.keys(Trait.DEVICE) else None


def _holds_by_network(look: _Look) -> int | None:
    return _holds_of_crowd(look, Trait.NETWORK, "many_holds_network")


def _holds_by_asn(look: _Look) -> int | None:
    return _holds_of_crowd(look, Trait.ASN, "many_holds_asn")


def _abandoned_percent(look: _Look) -> int | None:
    ended = [hold for hold in look.past if hold.ended_at is not None]
    if len(ended) < FEWEST_ENDED:
        return None
    return sum(hold.abandoned_at is not None for hold in ended) * 100 // len(ended)


def _quick_holds(look: _Look) -> int:
    return sum(
        hold.shown_at is not None and hold.created_at - hold.shown_at < QUICK for hold in _recent(look, MINUTES_10)
    )


def _rotations(look: _Look) -> int:
    """Count the holds that took a SKU again right after one's own hold on it had been abandoned."""
    return sum(
        any(
            earlier.drop_sku_id == hold.drop_sku_id
            and earlier.abandoned_at is not None
            and timedelta(0) <= hold.created_at - earlier.abandoned_at <= RIGHT_AFTER
            for earlier in look.past
        )
        for hold in _recent(look, HOUR)
    )


def _declines(look: _Look) -> int:
    if not look.past:
        return 0
    refused = Payment.objects.filter(
        hold_id__in=[hold.pk for hold in look.past],
        state=PaymentState.FAILED,
        closed_at__gt=look.now - MINUTES_5,
    )
    return refused.exclude(failure=UNANSWERED).count()


def _cards(look: _Look) -> int:
    if not look.past:
        return 0  # a card is shown to pay for a hold
    seen = Sighting.objects.filter(shopper_id__in=look.peers, trait=Trait.CARD, last_at__gt=look.now - MINUTES_5)
    return seen.values("key_hash").distinct().count()


def _is_new_account(look: _Look) -> int:
    return int(look.now - look.shopper.created_at < DAY)


def _is_disposable_mail(look: _Look) -> int | None:
    mails = [row for row in look.traits if row.trait == Trait.MAIL]
    return int(any(row.is_disposable for row in mails)) if mails else None


def _others_by(trait: Trait) -> Callable[[_Look], int | None]:
    def find(look: _Look) -> int | None:
        keys = look.keys(trait)
        if not keys:
            return None
        return len(set(_shoppers_seen_with(keys, since=look.now - MONTH)) - {look.shopper.pk})

    return find


def _others_by_address(look: _Look) -> int | None:
    """Count the shoppers whose payments name practically the same house as this one's latest."""
    areas = look.keys(Trait.AREA)
    if not areas:
        return None
    own = Payment.objects.filter(hold__shopper=look.shopper).exclude(address={}).order_by("-pk").first()
    if own is None:
        return None
    neighbours = _shoppers_seen_with(areas, since=look.now - MONTH)
    theirs = (
        Payment.objects.filter(hold__shopper_id__in=neighbours, created_at__gt=look.now - MONTH)
        .exclude(hold__shopper=look.shopper)
        .order_by("-pk")
        .values_list("hold__shopper_id", "address")[:ADDRESSES_READ]
    )
    return len({shopper_id for shopper_id, address in theirs if are_alike(own.address, address)})


def _has_no_thread(look: _Look) -> int | None:
    return None if look.has_thread is None else int(not look.has_thread)


def _recent(look: _Look, window: timedelta) -> list[_Past]:
    return [hold for hold in look.past if hold.created_at > look.now - window]


def _holds_of_crowd(look: _Look, trait: Trait, code: str) -> int | None:
    """Count the holds of everybody who was seen on a network within a day, no further than the signal's edge."""
    keys = look.keys(trait)[:1]  # the latest is where they are
    if not keys:
        return None
    crowd = Sighting.objects.filter(key_hash__in=keys, last_at__gt=look.now - DAY).order_by("-last_at")
    held = Hold.objects.filter(
        shopper_id__in=crowd.values("shopper_id")[:SHOPPERS_READ], created_at__gt=look.now - MINUTES_10
    )
    return held.order_by()[: BY_CODE[code].edge].count()


def _shoppers_seen_with(keys: Collection[str], *, since: datetime) -> list[int]:
    if not keys:
        return []
    seen = Sighting.objects.filter(key_hash__in=keys, last_at__gt=since).order_by("-last_at", "-pk")
    return list(seen.values_list("shopper_id", flat=True)[:SHOPPERS_READ])


_FINDERS: dict[str, Callable[[_Look], int | None]] = {
    "holds_by_account": _holds_by_account,
    "holds_by_device": _holds_by_device,
    "holds_by_network": _holds_by_network,
    "holds_by_asn": _holds_by_asn,
    "abandoned_percent": _abandoned_percent,
    "declines": _declines,
    "cards": _cards,
    "is_new_account": _is_new_account,
    "quick_holds": _quick_holds,
    "rotations": _rotations,
    "is_disposable_mail": _is_disposable_mail,
    "others_by_mail": _others_by(Trait.MAIL),
    "others_by_phone": _others_by(Trait.PHONE),
    "others_by_card": _others_by(Trait.CARD),
    "others_by_device": _others_by(Trait.DEVICE),
    "others_by_address": _others_by_address,
    "has_no_thread": _has_no_thread,
}
