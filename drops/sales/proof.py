"""
What the books have to say of orders, payments and providers. Read-only, except that providers are asked what they hold.
"""

import logging
from collections.abc import Iterable

from django.db import connection

from drops.errors import Unreachable
from drops.ledger.models import LedgerTransaction
from drops.ledger.proof import CashReport, Check, balance_check, cash_check, rolled_up_check
from drops.sales.models import Order, OrderState, Payment
from drops.sales.payment import payment_providers

logger = logging.getLogger(__name__)

# What a payee has left of an order that was sent back in full. Money that was only moved on (released, transferred, set off,
# given up) changes nothing about what was earned. The platform may be left with the processor's fee, which is a cost.
# A partner who handed over keeps the fee, and whoever bears it then is short of just that: so creators are looked at only
# where no partner kept anything.
_LEFT_OVER = """
WITH earned AS (
    SELECT booked.order_ref, entry.payee_id, payee.kind, sum(entry.amount_minor) AS amount_minor
      FROM drops_order AS sold
      JOIN drops_ledgertransaction AS booked ON booked.order_ref = sold.ref
      JOIN drops_entry AS entry ON entry.transaction_id = booked.id
      JOIN drops_payee AS payee ON payee.id = entry.payee_id
     WHERE sold.state = 'refunded'
       AND booked.kind NOT IN ('release', 'transfer', 'transfer_reversal', 'payout', 'set_off', 'write_off')
     GROUP BY booked.order_ref, entry.payee_id, payee.kind
)
SELECT order_ref, payee_id, amount_minor FROM earned
 WHERE kind = 'creator' AND amount_minor <> 0
   AND NOT EXISTS (SELECT FROM earned AS kept
                    WHERE kept.order_ref = earned.order_ref AND kept.kind = 'partner' AND kept.amount_minor < 0)
    OR kind = 'partner' AND amount_minor > 0
 ORDER BY order_ref, payee_id
"""

# By the books: what came in for a payment with or without an order, against all of its refunds, sent or not.
_OVER_REFUNDED = """
WITH taken AS (
    SELECT payment.id, payment.ref, payment.currency,
           (SELECT coalesce(sum(abs(entry.amount_minor)), 0)
              FROM drops_ledgertransaction AS booked JOIN drops_entry AS entry ON entry.transaction_id = booked.id
             WHERE booked.cause IN ('capture:' || payment.ref, 'unowned:' || payment.ref)
               AND entry.account = CASE booked.kind WHEN 'capture' THEN 'clearing' ELSE 'refund' END) AS captured,
           (SELECT coalesce(sum(amount_minor), 0) FROM drops_refund WHERE payment_id = payment.id) AS refunded
      FROM drops_payment AS payment
     WHERE EXISTS (SELECT FROM drops_refund WHERE payment_id = payment.id)
       -- Sales of before captures were booked apart: what came in stands in the sale itself.
       AND NOT EXISTS (SELECT FROM drops_order AS sold
                         JOIN drops_ledgertransaction AS sale ON sale.cause = 'sale:' || sold.ref
                         JOIN drops_entry AS entry ON entry.transaction_id = sale.id AND entry.account = 'cash'
                        WHERE sold.hold_id = payment.hold_id)
)
SELECT ref, refunded, captured, currency FROM taken WHERE refunded > captured ORDER BY id
"""


def ledger_checks(*, reports: Iterable[CashReport]) -> list[Check]:
    """Return every check of the books, with what `cash_reports` brought: providers are not asked while rows are read."""
    return [balance_check(), rolled_up_check(), cash_check(reports=reports), refunded_check(), over_refund_check()]


def cash_reports() -> list[CashReport]:
    """
    Ask the providers what they hold, in every currency of the books.

    A currency is left out if one provider does not answer or has no such report: half a sum compares with nothing.
    """
    reports = []
    for currency in LedgerTransaction.objects.order_by("currency").values_list("currency", flat=True).distinct():
        said = [_report(name, provider, currency) for name, provider in payment_providers().items()]
        if said and all(report is not None for report in said):
            reports += [report for report in said if report is not None]
    return reports


def refunded_check() -> Check:
    """Return whether every order that was refunded in full leaves its payees at zero."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_OVER)
        wrong = [
            (f"order {ref}", f"refunded in full, and payee {payee} is left at {amount} minor units")
            for ref, payee, amount in cursor.fetchall()
        ]
    refunded = Order.objects.filter(state=OrderState.REFUNDED).count()
    return Check("refunded", "an order refunded in full leaves every payee at zero", refunded, wrong)


def over_refund_check() -> Check:
    """Return whether no payment has more refunds than were captured."""
    with connection.cursor() as cursor:
        cursor.execute(_OVER_REFUNDED)
        wrong = [
            (f"payment {ref[:8]}", f"{refunded} {currency} minor units of {captured} captured are refunded")
            for ref, refunded, captured, currency in cursor.fetchall()
        ]
    with_refund = Payment.objects.filter(refunds__isnull=False).distinct().count()
    return Check("over_refund", "nothing is refunded beyond what was captured", with_refund, wrong)


def _report(name: str, provider: object, currency: str) -> CashReport | None:
    cash = getattr(provider, "cash", None)
    if cash is None:
        return None
    try:
        return CashReport(name, currency, cash(currency=currency))
    except Unreachable as refusal:
        logger.info("No report of cash from %s: %s", name, refusal.code)
        return None
