"""
The provider's books of what it sent on to payees, and how much it holds for the platform.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from creatorshop.adapters.testpay.charges import KeyTaken
from creatorshop.adapters.testpay.models import TestCharge, TestRefund, TestReversal, TestTransfer
from drops.clock import database_now
from drops.sales.models import DisputeState
from drops.sales.payment import TransferOrder, TransferRefused


def send(*, order: TransferOrder) -> TestTransfer:
    """
    Send money to a payee, once for each key.

    :raises KeyTaken: if the key was used for something else.
    :raises TransferRefused: if the platform has less than that here.
    """
    asked = {
        "account": order.account,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "group": order.group,
    }
    with transaction.atomic():
        _one_at_a_time()
        known = TestTransfer.objects.filter(key=order.key).first()
        if known is not None:
            if any(getattr(known, name) != value for name, value in asked.items()):
                raise KeyTaken("This key was used for another transfer.", key=order.key)
            return known
        if not order.account or order.amount_minor < 1:
            raise TransferRefused("A transfer needs an account and an amount.", account=order.account)
        held = cash(currency=order.currency)
        if order.amount_minor > held:
            raise TransferRefused("There is not enough money here.", held=held, asked=order.amount_minor)
        return TestTransfer.objects.create(key=order.key, created_at=database_now(), **asked)


def take_back(*, transfer_ref: str, amount_minor: int, key: str) -> TestReversal:
    """
    Take a transfer or a part of it back, once for each key.

    :raises KeyTaken: if the key was used for something else.
    :raises TransferRefused: if there is no such transfer, or less is left of it.
    """
    with transaction.atomic():
        _one_at_a_time()
        known = TestReversal.objects.select_related("transfer").filter(key=key).first()
        if known is not None:
            if (known.transfer.ref, known.amount_minor) != (transfer_ref, amount_minor):
                raise KeyTaken("This key was used for another reversal.", key=key)
            return known
        transfer = TestTransfer.objects.filter(ref=transfer_ref).first()
        if transfer is None:
            raise TransferRefused("There is no such transfer.", transfer=transfer_ref)
        gone = transfer.reversals.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"]
        if not 1 <= amount_minor <= transfer.amount_minor - gone:
            left = transfer.amount_minor - gone
            raise TransferRefused("That is not what is left of the transfer.", left=left, asked=amount_minor)
        return TestReversal.objects.create(
            transfer=transfer, key=key, amount_minor=amount_minor, created_at=database_now()
        )


def cash(*, currency: str) -> int:
    """Return what is held for the platform, in minor units; what is disputed the bank has, until the shop has won."""
    taken = TestCharge.objects.filter(TestCharge.taken(database_now()), currency=currency)
    captured = _sum(taken) - _sum(taken.filter(dispute__in=[DisputeState.OPEN, DisputeState.LOST]))
    fees = _sum(taken.exclude(fee_told_at__gt=database_now()), "fee_minor")
    refunded = _sum(TestRefund.objects.filter(TestRefund.standing(database_now()), charge__currency=currency))
    sent = _sum(TestTransfer.objects.filter(currency=currency))
    taken_back = _sum(TestReversal.objects.filter(transfer__currency=currency))
    return captured - fees - refunded - sent + taken_back


def _sum(rows: QuerySet[Any], column: str = "amount_minor") -> int:
    return int(rows.aggregate(total=Coalesce(Sum(column), 0))["total"])


def _one_at_a_time() -> None:
    # The balance is a sum over rows that others may be adding to; money that leaves therefore stands in line.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('testpay.transfers'))")
