"""
Running a command through the shop's services. Every "no" of theirs comes back as an event, and is never an error.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from creatorshop.chat import addresses, after_sale, following, giving, reminding
from creatorshop.chat.engine import commands, events
from creatorshop.chat.engine.states import OfferedExtra
from creatorshop.chat.facts import drop_in_view
from creatorshop.chat.models import Thread
from drops.audience import memberships
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import holding, quotes, waiting
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.extras import ExtraOffer
from drops.schedule.models import Drop

logger = logging.getLogger(__name__)

BUSY_PAUSE = (0.15, 0.4)  # seconds before another try, so that many shoppers do not come back in step


class NothingOnSale(ShopError):
    """The drop went out of sight between the tap and the command."""

    code = "drop_closed"
    status = 409


def run(*, thread: Thread, command: commands.Command, key: str) -> events.Event:
    """
    Do what a command says and return the event it ends in.

    `key` makes a repeat harmless: a hold that was placed under it is returned, not placed again.
    """
    match command:
        case commands.LoadDelivery():
            return _load_delivery(thread, command)
        case commands.MakeQuote():
            return _make_quote(thread, command)
        case commands.PlaceHold():
            return _place_hold(thread.shopper, command, key)
        case commands.ReleaseHold():
            return _release_hold(thread.shopper, command)
        case commands.ExtendHold():
            return _extend_hold(thread.shopper, command)
        case commands.JoinWaitlist():
            return _join_waitlist(thread, command, key)
        case commands.LeaveWaitlist():
            return _leave_waitlist(thread.shopper, command)
        case commands.Remind():
            return reminding.remind(shopper=thread.shopper, drop_ref=command.drop)
        case commands.StopReminding():
            return reminding.stop(shopper=thread.shopper, drop_ref=command.drop)
        case commands.Join():
            return _join(thread.shopper, command)
        case commands.EndMembership():
            memberships.end(shopper=thread.shopper, now=database_now())
            return events.MembershipEnded()
        case commands.NoteArrival():
            return after_sale.note_arrival(shopper=thread.shopper, wish=command)
        case commands.Rate():
            return after_sale.rate(shopper=thread.shopper, wish=command)
        case commands.FollowOn():
            return following.follow(shopper=thread.shopper, wish=command)
        case commands.UndoFollowOn():
            return following.undo(shopper=thread.shopper, wish=command)
        case commands.MakeGift():
            return giving.give(shopper=thread.shopper, order_ref=command.order, message=command.message)
        case commands.TakeGiftBack():
            return giving.take_back(shopper=thread.shopper, order_ref=command.order)


def facts_of(refusal: ShopError) -> dict[str, Any]:
    """Return a refusal's facts as they travel in an event, with the address of the page that a shopper is asked to visit."""
    if refusal.code == "step_up_required":
        return {"check_url": addresses.check_url(str(refusal.facts["check"]))}
    return plain(refusal.facts)


def _load_delivery(thread: Thread, command: commands.LoadDelivery) -> events.Event:
    asked = command.model_dump(include={"purpose", "sku", "quantity", "country", "postcode", "by_date", "skip"})
    try:
        choices = quotes.delivery_choices(
            drop=_drop(thread),
            sku_code=command.sku,
            quantity=command.quantity,
            destination=Destination(command.country, command.postcode),
        )
    except ShopError as refusal:
        return _quote_refused(command, refusal)
    return events.DeliveryLoaded(
        **asked,
        options=tuple(_offered(option) for option in choices.options),
        refusals=tuple(choices.refusals),
        withheld=tuple(dict.fromkeys(choices.withheld.values())),
        why={reason: plain(facts) for reason, facts in choices.why.items()},
    )


def _make_quote(thread: Thread, command: commands.MakeQuote) -> events.Event:
    destination = Destination(command.country, command.postcode)
    try:
        quote, offers = quotes.make_quote_with_offers(
            shopper=thread.shopper,
            drop=_drop(thread),
            sku_code=command.sku,
            quantity=command.quantity,
            destination=destination,
            method=command.method,
            option=command.option,
            approach=quotes.Approach(has_thread=True),
            extras=command.extras,
        )
    except ShopError as refusal:
        return _quote_refused(command, refusal)
    if command.country:
        # Remembered for the next time, here and on the pages.
        Shopper.objects.filter(pk=thread.shopper_id).update(country=command.country, postcode=command.postcode)
    return events.QuoteMade(
        quote=quote.ref,
        hash=quote.hash,
        sku=command.sku,
        quantity=command.quantity,
        method=command.method,
        option=command.option,
        country=command.country,
        postcode=command.postcode,
        terms=quote.terms,
        valid_until=quote.valid_until,
        offers=tuple(_beside(offer) for offer in offers),
        reason=command.reason,
    )


def _place_hold(shopper: Shopper, command: commands.PlaceHold, key: str) -> events.Event:
    if command.attempt > 1:
        time.sleep(random.uniform(*BUSY_PAUSE))
    try:
        if command.actor:
            hold = holding.place_hold_for_them(
                shopper=shopper,
                quote_ref=command.quote,
                quote_hash=command.hash,
                idempotency_key=key,
                actor=command.actor,
            )
        else:
            hold = holding.place_hold(
                shopper=shopper, quote_ref=command.quote, quote_hash=command.hash, idempotency_key=key
            )
    except ShopError as refusal:
        return events.HoldRefused(
            quote=command.quote,
            attempt=command.attempt,
            by=command.by,
            actor=command.actor,
            code=refusal.code,
            message=refusal.message,
            facts=facts_of(refusal),
        )
    return events.HoldPlaced(hold=hold.ref, by=command.by)


def _release_hold(shopper: Shopper, command: commands.ReleaseHold) -> events.Event:
    try:
        hold = holding.release_hold(hold_ref=command.hold, shopper=shopper)
    except ShopError as refusal:
        return events.ReleaseRefused(hold=command.hold, code=refusal.code, message=refusal.message)
    return events.HoldReleased(hold=hold.ref)


def _extend_hold(shopper: Shopper, command: commands.ExtendHold) -> events.Event:
    try:
        hold = holding.extend_hold(hold_ref=command.hold, shopper=shopper)
    except ShopError as refusal:
        return events.ExtendRefused(hold=command.hold, code=refusal.code, message=refusal.message)
    return events.HoldExtended(hold=hold.ref)


def _join_waitlist(thread: Thread, command: commands.JoinWaitlist, key: str) -> events.Event:
    try:
        entry = waiting.join_waitlist(
            shopper=thread.shopper,
            drop=_drop(thread),
            sku_code=command.sku,
            quantity=command.quantity,
            destination=Destination(command.country, command.postcode),
            method=command.method,
            option=command.option,
            idempotency_key=key,
        )
    except ShopError as refusal:
        return events.WaitlistRefused(
            sku=command.sku,
            quantity=command.quantity,
            code=refusal.code,
            message=refusal.message,
            facts=plain(refusal.facts),
        )
    return events.WaitlistJoined(entry=entry.ref)


def _leave_waitlist(shopper: Shopper, command: commands.LeaveWaitlist) -> events.Event:
    try:
        entry = waiting.leave_waitlist(ref=command.entry, shopper=shopper)
    except ShopError as refusal:
        return events.LeaveRefused(entry=command.entry, code=refusal.code, message=refusal.message)
    return events.WaitlistLeft(entry=entry.ref)


def _join(shopper: Shopper, command: commands.Join) -> events.Event:
    wish = command.model_dump(include={"sku", "quantity"})
    try:
        membership = memberships.join(shopper=shopper, source="chat", now=database_now())
    except ShopError as refusal:
        return events.JoinRefused(**wish, code=refusal.code, message=refusal.message)
    return events.MembershipJoined(**wish, tier=membership.tier.name, benefits=tuple(membership.tier.benefits))


def _drop(thread: Thread) -> Drop:
    drop = drop_in_view(creator=thread.creator, wanted=thread.state.get("drop", ""), now=database_now())
    if drop is None:
        raise NothingOnSale("Nothing is on sale.")
    return drop


def _quote_refused(command: commands.LoadDelivery | commands.MakeQuote, refusal: ShopError) -> events.Event:
    return events.QuoteRefused(
        sku=command.sku,
        quantity=command.quantity,
        country=command.country,
        code=refusal.code,
        message=refusal.message,
        facts=plain(refusal.facts),
    )


def _offered(option: DeliveryOption) -> events.OfferedOption:
    return events.OfferedOption(
        method=option.method,
        key=option.key,
        label=option.label,
        price_minor=option.shown_minor,
        earliest_date=option.earliest_date,
        latest_date=option.latest_date,
        starts_at=option.starts_at,
        ends_at=option.ends_at,
        zone=option.time_zone,
        left=option.places_left,
        place=option.place,
        detail=option.detail,
        name=option.name,
    )


def _beside(offer: ExtraOffer) -> OfferedExtra:
    extra = offer.extra
    return OfferedExtra.model_validate(
        {
            "ref": extra.ref,
            "kind": extra.kind,
            "title": extra.title if offer.quantity == 1 else f"{offer.quantity} × {extra.title}",
            "blurb": extra.blurb,
            "rise_minor": offer.rise_minor,
        }
    )


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a refusal's facts as JSON can keep them."""
    return {name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in facts.items()}
