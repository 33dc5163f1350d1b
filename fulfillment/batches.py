"""
A batch's road: draft, checked, frozen, ready to pack, done.

Each step is one transaction that locks the batch, looks where it stands and moves it on. A runner that is killed
leaves the batch at the last finished step; the next one carries on from there, and two at once wait for each other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from drops.errors import Refused
from drops.sales.gift_ends import expire_gifts_of
from drops.sales.models import OrderState
from drops.schedule.models import Drop
from fulfillment.contents import content_hash_of, contents_of, printed_address_of, problems_of
from fulfillment.documents import documents_of
from fulfillment.gate import refuse_unless_counts_agree, refuse_unless_drained
from fulfillment.models import LIVE_BATCH_STATES, Batch, BatchState, Document, Parcel, ParcelState

logger = logging.getLogger(__name__)

PREPARING = [BatchState.DRAFT, BatchState.VALIDATED]
UNDECIDED = [ParcelState.QUEUED, ParcelState.NEEDS_HUMAN]


class NothingToSend(Refused):
    code = "nothing_to_send"


class BatchBeingPrepared(Refused):
    """Another batch of the drop is not frozen yet; finish or cancel that one first."""

    code = "batch_being_prepared"


class BatchUnderWay(Refused):
    """Parcels of the batch have left the house, so it cannot be undone."""

    code = "batch_under_way"


def make_batch(*, drop_id: int, by_user_id: int | None, now: datetime) -> Batch:
    """
    Gather a drop's parcels that wait, or were set aside before, into a new batch.

    :raises NotDrained: if somebody may still buy or pay.
    :raises CountsDisagree: if tokens, orders and parcels do not tell the same story.
    :raises BatchBeingPrepared: if another batch of the drop is not frozen yet.
    :raises NothingToSend: if no parcel waits.
    """
    with transaction.atomic():
        drop = Drop.objects.select_for_update(no_key=True).get(pk=drop_id)
        refuse_unless_drained(drop=drop, now=now)
        refuse_unless_counts_agree(drop=drop)
        rival = Batch.objects.filter(drop=drop, state__in=PREPARING).first()
        if rival is not None:
            raise BatchBeingPrepared(f"{rival} of {drop.title} is still being prepared.", batch=rival.ref)
        batch = Batch.objects.create(drop=drop, creator_id=drop.creator_id, created_by_id=by_user_id, created_at=now)
        set_aside = Q(state=ParcelState.NEEDS_HUMAN) & ~Q(batch__state__in=LIVE_BATCH_STATES)
        taken = Parcel.objects.filter(Q(state=ParcelState.WAITING) | set_aside, order__drop=drop)
        # The negated condition joins the batch, which an UPDATE cannot: hence the list of keys.
        if not Parcel.objects.filter(pk__in=list(taken.values_list("pk", flat=True))).update(
            batch=batch, state=ParcelState.QUEUED, problem=""
        ):
            raise NothingToSend(f"No parcel of {drop.title} waits to be sent.", drop=drop.ref)
    return batch


def ask_to_run(*, batch_id: int, now: datetime) -> None:
    """Allow workers to carry a batch on, again and again until it is ready to pack."""
    Batch.objects.filter(pk=batch_id, state__in=LIVE_BATCH_STATES, run_asked_at=None).update(run_asked_at=now)


def run_batch(*, batch_id: int, now: datetime) -> Batch:
    """Carry a batch on until people have to pack; run twice or after a crash it does only what is left."""
    while True:
        before = Batch.objects.get(pk=batch_id)
        step = STEPS.get(BatchState(before.state))
        if step is None:
            return before
        after = step(batch_id, now)
        if after.state == before.state:
            return after


def validate_batch(*, batch_id: int, now: datetime) -> Batch:
    """Check every parcel and list the problems of each; done again it forgets those that were solved."""
    return _validate(batch_id, now)


def cancel_batch(*, batch_id: int, now: datetime) -> Batch:
    """
    Give up a batch and let its parcels wait for another.

    :raises BatchUnderWay: if a parcel was handed to the carrier.
    """
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state == BatchState.CANCELLED:
            return batch
        shipped = batch.parcels.filter(state=ParcelState.SHIPPED).count()
        if shipped or batch.state not in LIVE_BATCH_STATES:
            raise BatchUnderWay(f"{shipped} parcels of {batch} have left; it cannot be cancelled.", shipped=shipped)
        batch.parcels.exclude(state=ParcelState.CANCELLED).update(
            state=ParcelState.WAITING, batch=None, problem="", contents=[], content_hash="", packed_at=None
        )
        _move(batch, BatchState.CANCELLED, finished_at=now)
    return batch


def finish_if_complete(*, batch: Batch, now: datetime) -> None:
    """Close a locked batch once each of its parcels has left or was set aside."""
    open_states = [ParcelState.QUEUED, ParcelState.FROZEN, ParcelState.PACKED]
    if batch.state != BatchState.RUNNING or batch.parcels.filter(state__in=open_states).exists():
        return
    has_problems = batch.parcels.filter(state=ParcelState.NEEDS_HUMAN).exists()
    _move(batch, BatchState.DONE_WITH_ERRORS if has_problems else BatchState.DONE, finished_at=now)


def unfinished_batches() -> list[int]:
    """Return the batches that were told to run and are not ready to pack: their runner may have died."""
    states = [BatchState.DRAFT, BatchState.VALIDATED, BatchState.FROZEN]
    asked = Batch.objects.filter(state__in=states, run_asked_at__isnull=False)
    return list(asked.order_by("run_asked_at", "pk").values_list("pk", flat=True))


def _validate(batch_id: int, now: datetime) -> Batch:
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state not in PREPARING:
            return batch
        for parcel in _parcels(batch, UNDECIDED):
            _judge(parcel)
        _move(batch, BatchState.VALIDATED)
    return batch


def _freeze(batch_id: int, now: datetime) -> Batch:
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state != BatchState.VALIDATED:
            return batch
        refuse_unless_counts_agree(drop=batch.drop)
        # Judged once more: an order may have been refunded since the check.
        for parcel in _parcels(batch, UNDECIDED):
            _judge(parcel)
            if parcel.state == ParcelState.QUEUED:
                _copy_into(parcel)
        frozen = batch.parcels.filter(state=ParcelState.FROZEN)
        # What nobody accepted by now goes to whoever bought it: their address is about to be printed.
        expire_gifts_of(order_ids=list(frozen.values_list("order_id", flat=True)), now=now)
        _move(batch, BatchState.FROZEN, frozen_at=now)
    return batch


def _print(batch_id: int, now: datetime) -> Batch:
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state != BatchState.FROZEN:
            return batch
        parcels = list(
            batch.parcels.filter(state=ParcelState.FROZEN)
            .select_related("order")
            .prefetch_related("order__lines", "order__gifts")
            .order_by("pk")
        )
        if parcels:
            Document.objects.bulk_create(
                [
                    Document(
                        batch=batch,
                        kind=paper.kind,
                        name=paper.name,
                        media_type=paper.media_type,
                        content=paper.content,
                        content_hash=paper.content_hash,
                        created_at=now,
                    )
                    for paper in documents_of(batch=batch, parcels=parcels)
                ]
            )
        _move(batch, BatchState.RUNNING)
        finish_if_complete(batch=batch, now=now)
    return batch


def _judge(parcel: Parcel) -> None:
    """Queue a parcel or set it aside with its problems. What one parcel lacks never stops the others."""
    if parcel.order.state == OrderState.REFUNDED:
        parcel.state, parcel.problem = ParcelState.CANCELLED, "The order was refunded."
    else:
        parcel.problem = "\n".join(problems_of(parcel))
        parcel.state = ParcelState.NEEDS_HUMAN if parcel.problem else ParcelState.QUEUED
    parcel.save(update_fields=["state", "problem"])


def _copy_into(parcel: Parcel) -> None:
    parcel.address = printed_address_of(parcel)
    parcel.contents = contents_of(parcel)
    parcel.content_hash = content_hash_of(parcel)
    parcel.state = ParcelState.FROZEN
    parcel.save(update_fields=["address", "contents", "content_hash", "state"])


def _locked(batch_id: int) -> Batch:
    return Batch.objects.select_for_update(of=("self",)).select_related("drop", "creator").get(pk=batch_id)


def _parcels(batch: Batch, states: list[ParcelState]) -> list[Parcel]:
    return list(
        batch.parcels.filter(state__in=states)
        .select_for_update(of=("self",))
        .select_related("order")
        .prefetch_related("units__unit__line__sku", "units__unit__token", "order__lines")
        .order_by("pk")
    )


def _move(batch: Batch, to: BatchState, **fields: datetime) -> None:
    batch.state = to
    for name, value in fields.items():
        setattr(batch, name, value)
    batch.save(update_fields=["state", *fields])


STEPS: dict[BatchState, Callable[[int, datetime], Batch]] = {
    BatchState.DRAFT: _validate,
    BatchState.VALIDATED: _freeze,
    BatchState.FROZEN: _print,
}
