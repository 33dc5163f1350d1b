"""
An order as a plan of a refund sees it: what was agreed, what went back before, and where everybody's money is now.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q, Sum

from drops.ledger.entries import balance_of
from drops.ledger.models import Account, Entry, Payee, PayeeKind
from drops.ledger.payees import lock_payees
from drops.ledger.splits import split
from drops.sales.models import Order, OrderUnit, Refund
from drops.sales.refund_plans import OrderMoney, Standing

_NOTHING = {"accrued": 0, "payable": 0, "postage": 0}


def order_money(*, order: Order, gone: Collection[int]) -> OrderMoney:
    """Return what a plan needs of an order; `gone` are the units that somebody has already. A transaction's step."""
    plans = tuple(Refund.objects.filter(order=order).order_by("number").values_list("plan", flat=True))
    terms = terms_as_booked(order=order)
    units = OrderUnit.objects.filter(line__order=order, refund=None).values_list("pk", flat=True)
    return OrderMoney(
        ref=order.ref,
        currency=order.currency,
        terms=terms,
        refunds=plans,
        units_here=len(set(units) - set(gone)),
        standings=_standings(order, terms),
    )


def terms_as_booked(*, order: Order) -> dict[str, Any]:
    """
    Return the terms with the shares that were booked, where the sale found them other than the quote had thought.

    Old terms do not say whose the tax is; it was booked to the creator's country. A partner whose fee turned out
    different, or who cannot be paid at all, leaves more or less to the creators.
    """
    terms = dict(order.terms)
    shares = dict(terms["shares"])
    if "tax" not in shares:
        of_which: Mapping[str, Any] = next((line for line in terms["of_which"] if line["kind"] == "tax"), {})
        shares["tax"] = [
            {
                "country": order.creator.country,
                "tax_class": "",
                "rate_bp": of_which.get("rate_bp", 0),
                "amount_minor": shares["tax_minor"],
            }
        ]
    booked = -int(
        Entry.objects.filter(
            transaction__cause=f"sale:{order.ref}", payee__kind=PayeeKind.PARTNER, account=Account.ACCRUED
        ).aggregate(total=Sum("amount_minor", default=0))["total"]
    )
    more = shares.get("partner_minor", 0) - booked
    if more:
        creators = shares.get("creators") or [
            {"payee": None, "name": "", "share_bp": 10_000, "amount_minor": shares["creator_minor"]}
        ]
        base = sum(creator["amount_minor"] for creator in creators) + more
        parts = split(base, [creator["share_bp"] for creator in creators])
        shares["creators"] = [{**creator, "amount_minor": part} for creator, part in zip(creators, parts, strict=True)]
        shares["partner_minor"] = booked
    terms["shares"] = shares
    return terms


def _standings(order: Order, terms: Mapping[str, Any]) -> dict[str, Standing]:
    """Return by column where a payee's money is, as the books say it."""
    sums = {
        row["payee"]: row
        for row in Entry.objects.filter(transaction__order_ref=order.ref, payee__isnull=False)
        .values("payee")
        .annotate(
            accrued=Sum("amount_minor", filter=Q(account=Account.ACCRUED), default=0),
            payable=Sum("amount_minor", filter=Q(account=Account.PAYABLE), default=0),
            postage=Sum("amount_minor", filter=Q(account=Account.POSTAGE), default=0),
        )
        .order_by("payee")
    }
    # Everybody who may be named in a plan, also those who earned nothing.
    creators = [one["payee"] or order.creator.payee_id for one in terms["shares"].get("creators") or [{"payee": None}]]
    is_platform = Q(kind=PayeeKind.PLATFORM, currency=order.currency)
    payees = {payee.pk: payee for payee in Payee.objects.filter(Q(pk__in=[*sums, *creators]) | is_platform)}
    # A payout run reads the same balances: whoever comes second finds what the first one left.
    lock_payees(payee_ids=payees)
    columns: dict[str, int | None] = {
        PayeeKind.PLATFORM.value: _of_kind(payees, PayeeKind.PLATFORM),
        PayeeKind.PARTNER.value: _of_kind(payees, PayeeKind.PARTNER),
        "seller": order.creator.payee_id,
        **{f"c{at}": payee for at, payee in enumerate(creators)},
    }
    return {
        column: Standing(
            payee=payee,
            name=payees[payee].name,
            accrued_minor=-sums.get(payee, _NOTHING)["accrued"],
            # A payout names no order: what left in one is no longer to be had, whatever this order's entries say.
            released_minor=min(-sums.get(payee, _NOTHING)["payable"], _still_payable(payees[payee], order.currency)),
            postage_minor=-sums.get(payee, _NOTHING)["postage"],
        )
        for column, payee in columns.items()
        if payee is not None
    }


def _still_payable(payee: Payee, currency: str) -> int:
    return max(0, -balance_of(account=Account.PAYABLE, currency=currency, payee=payee))


def _of_kind(payees: Mapping[int, Payee], kind: PayeeKind) -> int | None:
    return next((pk for pk, payee in sorted(payees.items()) if payee.kind == kind), None)
