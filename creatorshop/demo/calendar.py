"""
The demo's drops: one that was, one that is open, one that is coming. What has happened stays as it happened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from creatorshop.demo.buyers import BATCH_06, EVENING_POUR, OPEN_BATCH, DemoBuyer
from creatorshop.demo.giving import give_the_first_to_be_collected
from creatorshop.demo.handing_over import hand_over_some, send_some
from creatorshop.demo.paying_out import pay_for_the_oldest
from creatorshop.demo.purchases import sell, spread_over
from creatorshop.demo.rooms import fill_shelf
from creatorshop.demo.sending_back import send_one_back
from creatorshop.demo.windows import Window, coming_window, past_window, running_window
from drops.catalog.models import Capsule, Creator
from drops.schedule.models import Drop, DropState
from drops.schedule.windows import close_drop, open_drop, schedule_drop
from drops.stock.planning import plan_all_on_hand
from pickups.models import Location

FIRST_BATCH = 6
LAST_POUR = 12
MEMBERS_FIRST = 60  # minutes of Night Signal's weekends
EVENING = timedelta(hours=4)
_OVER = [DropState.CLOSED, DropState.DRAINED, DropState.SETTLED]


def keep_batches_coming(*, creator: Creator, cafe: Location, now: datetime) -> Drop | None:
    """Make Kiln & Tide's past batch once, and an open one whenever none is under way; return a new open one."""
    capsule = creator.capsules.get(slug="from-the-shelf")
    if not Drop.objects.filter(creator=creator).exists():
        past = _past_drop(capsule, _batch_ref(capsule, FIRST_BATCH), f"Batch {FIRST_BATCH:02}", BATCH_06, now, cafe)
        hand_over_some(drop=past, cafe=cafe, now=now)
        send_some(drop=past, carrier="CTT Expresso", but_not_the_last=2, now=now)
        send_one_back(drop=past)
    if _is_under_way(creator, now):
        return None
    number = FIRST_BATCH + Drop.objects.filter(creator=creator, capsule=capsule).count()
    window = running_window(now=now, zone=ZoneInfo(creator.time_zone))
    drop = _planned(capsule, _batch_ref(capsule, number), f"Batch {number:02}", window)
    fill_shelf(drop=drop, cafe=cafe)
    drop = _open(drop, now)
    if number == FIRST_BATCH + 1:
        orders = sell(drop=drop, buyers=OPEN_BATCH)
        give_the_first_to_be_collected(orders=orders, now=now)
        spread_over(window=window, orders=orders, until=now)
    return drop


def keep_editions_coming(*, creator: Creator, now: datetime) -> Drop | None:
    """Make sure that Night Signal's next weekend is in the calendar; return it if it is new."""
    if _is_under_way(creator, now):
        return None
    capsule = creator.capsules.get(slug="long-wave")
    number = Drop.objects.filter(creator=creator, capsule=capsule).count() + 1
    title = "Long Wave" if number == 1 else f"Long Wave, pressing {number}"
    window = coming_window(now=now, zone=ZoneInfo(creator.time_zone))
    drop = _planned(capsule, _free_ref("long-wave" if number == 1 else f"long-wave-{number}"), title, window)
    Drop.objects.filter(pk=drop.pk).update(members_first_minutes=MEMBERS_FIRST)
    return schedule_drop(drop_id=drop.pk, now=now)


def keep_last_pour(*, creator: Creator, now: datetime) -> Drop | None:
    """Make Wick & Fern's last pour, once: sold, packed and sent."""
    if Drop.objects.filter(creator=creator).exists():
        return None
    capsule = creator.capsules.get(slug="evening-pour")
    drop = _past_drop(capsule, _free_ref(f"evening-pour-{LAST_POUR}"), f"Pour no. {LAST_POUR}", EVENING_POUR, now)
    send_some(drop=drop, carrier="Royal Mail", but_not_the_last=0, now=now)
    pay_for_the_oldest(drop=drop, now=now)
    return drop


def keep_pours_coming(*, creator: Creator, now: datetime) -> Drop | None:
    """Make sure that Wick & Fern's next evening is in the calendar; return it if it is new."""
    if _is_under_way(creator, now):
        return None
    number = LAST_POUR + max(1, Drop.objects.filter(creator=creator).count())
    opens_at = coming_window(now=now, zone=ZoneInfo(creator.time_zone)).opens_at
    capsule = creator.capsules.get(slug="evening-pour")
    window = Window(opens_at, opens_at + EVENING)
    return schedule_drop(
        drop_id=_planned(capsule, _free_ref(f"evening-pour-{number}"), f"Pour no. {number}", window).pk, now=now
    )


def _is_under_way(creator: Creator, now: datetime) -> bool:
    drops = Drop.objects.filter(creator=creator).exclude(state__in=_OVER)
    return any(drop.state_at(now) not in _OVER for drop in drops)


def _past_drop(
    capsule: Capsule, ref: str, title: str, buyers: tuple[DemoBuyer, ...], now: datetime, cafe: Location | None = None
) -> Drop:
    # Nobody can buy yesterday, so it is sold in a window of today, and the dates are written over afterwards.
    drop = _planned(capsule, ref, title, Window(now - timedelta(minutes=1), now + timedelta(minutes=15)))
    if cafe is not None:
        fill_shelf(drop=drop, cafe=cafe)
    drop = _open(drop, now)
    orders = sell(drop=drop, buyers=buyers)
    close_drop(drop_id=drop.pk, now=now)
    window = past_window(now=now, zone=drop.zone)
    Drop.objects.filter(pk=drop.pk).update(
        opens_at=window.opens_at,
        opened_at=window.opens_at,
        closes_at=window.closes_at,
        closed_at=window.closes_at,
        created_at=window.opens_at - timedelta(days=3),
    )
    spread_over(window=window, orders=orders, until=now)
    drop.refresh_from_db()
    return drop


def _planned(capsule: Capsule, ref: str, title: str, window: Window) -> Drop:
    drop = Drop.objects.create(
        ref=ref,
        creator=capsule.creator,
        capsule=capsule,
        title=title,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        time_zone=capsule.creator.time_zone,
        hold_minutes=10,
        account_limit=2,
    )
    plan_all_on_hand(drop=drop)
    return drop


def _open(drop: Drop, now: datetime) -> Drop:
    opens_at = drop.opens_at
    schedule_drop(drop_id=drop.pk, now=now)
    drop = open_drop(drop_id=drop.pk, now=now)
    Drop.objects.filter(pk=drop.pk).update(opened_at=opens_at)
    return drop


def _batch_ref(capsule: Capsule, number: int) -> str:
    return _free_ref(f"{capsule.creator.slug}-batch-{number:02}")


def _free_ref(wanted: str) -> str:
    ref, number = wanted, 1
    while Drop.objects.filter(ref=ref).exists():
        number += 1
        ref = f"{wanted}-{number}"
    return ref
