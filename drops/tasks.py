"""
What the clock starts. Thin: each task is one service call, and nothing but news is late when none of them runs.
"""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from drops.catalog import head_pictures, renditions
from drops.clock import database_now
from drops.documents import issuing
from drops.idempotency import forget_old_answers
from drops.ledger.balances import fold_balances as fold_all_balances
from drops.letters.forgetting import forget_old_subscribers
from drops.payouts import forgetting as payout_forgetting
from drops.payouts import releases, reversals, sending
from drops.reminders import forgetting
from drops.risk.sightings import forget_old_sightings
from drops.risk.step_ups import forget_old_codes
from drops.sales import claims, gift_ends, offering, refunds, settling, waiting
from drops.sales import sweep as sales_sweep
from drops.sales.draining import drain_closed_drops
from drops.sales.revoking import stop_payments_of_revoked_holds
from drops.schedule import windows
from drops.stock import audit, resync
from drops.stock import sweep as stock_sweep

SWEEP_LASTS = timedelta(seconds=4)  # a little less than the time to the next run, which goes on with what is left


@shared_task(ignore_result=True)
def open_and_close_drops(**_future: object) -> None:
    now = database_now()
    windows.close_due_drops(now=now)
    windows.open_due_drops(now=now)
    waiting.end_lines_of_closed_drops()
    drain_closed_drops()


@shared_task(ignore_result=True)
def lapse_due_holds(**_future: object) -> None:
    stock_sweep.lapse_all_due_holds(within=SWEEP_LASTS)
    resync.take_out_all_returned()
    offering.promote_everywhere()


@shared_task(ignore_result=True)
def end_overdue_payments(**_future: object) -> None:
    sales_sweep.end_overdue_payments()


@shared_task(ignore_result=True)
def chain_new_events(**_future: object) -> None:
    audit.chain_new_events()


@shared_task(ignore_result=True)
def poll_open_payments(**_future: object) -> None:
    stop_payments_of_revoked_holds()
    sales_sweep.poll_open_payments()


@shared_task(ignore_result=True)
def carry_out_owed(**_future: object) -> None:
    settling.carry_out_owed()


@shared_task(ignore_result=True)
def send_open_refunds(**_future: object) -> None:
    refunds.send_open_refunds()


@shared_task(ignore_result=True)
def look_at_sent_refunds(**_future: object) -> None:
    settling.look_at_sent_refunds()


@shared_task(ignore_result=True)
def look_for_fees(**_future: object) -> None:
    settling.look_for_fees()


@shared_task(ignore_result=True)
def release_due_orders(**_future: object) -> None:
    releases.release_due_orders(now=database_now())


@shared_task(ignore_result=True)
def send_open_payouts(**_future: object) -> None:
    sending.send_open_payouts()


@shared_task(ignore_result=True)
def take_back_debts(**_future: object) -> None:
    reversals.take_back_debts()


@shared_task(ignore_result=True)
def fold_balances(**_future: object) -> None:
    fold_all_balances()


@shared_task(ignore_result=True)
def expire_due_gifts(**_future: object) -> None:
    gift_ends.expire_due_gifts(now=database_now())


@shared_task(ignore_result=True)
def issue_documents(**_future: object) -> None:
    issuing.issue_left_behind(now=database_now())


@shared_task(ignore_result=True)
def forget_old_idempotency_keys(**_future: object) -> None:
    forget_old_answers(now=timezone.now())


@shared_task(ignore_result=True)
def forget_old_traits(**_future: object) -> None:
    now = database_now()
    forget_old_sightings(now=now)
    forget_old_codes(now=now)


@shared_task(ignore_result=True)
def forget_old_claims(**_future: object) -> None:
    claims.forget_old_evidence(now=database_now())


@shared_task(ignore_result=True)
def forget_old_contacts(**_future: object) -> None:
    now = database_now()
    forgetting.forget_old_contacts(now=now)
    forget_old_subscribers(now=now)


@shared_task(ignore_result=True)
def forget_old_tax_details(**_future: object) -> None:
    payout_forgetting.forget_old_tax_details(now=database_now())


@shared_task(ignore_result=True)
def make_renditions(*, photo_id: int, **_future: object) -> None:
    renditions.render_photo(photo_id=photo_id)


@shared_task(ignore_result=True)
def make_missing_renditions(**_future: object) -> None:
    renditions.render_photos_left_behind()
    head_pictures.render_heads_left_behind()
