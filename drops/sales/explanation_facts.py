"""
The rows that an order's explanation is made from.
"""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from drops.catalog.postcodes import region_of
from drops.catalog.tax_classes import TaxClass
from drops.catalog.tax_rates import TaxRate
from drops.ledger.models import LedgerTransaction
from drops.money import format_minor
from drops.sales.explanation_words import percent
from drops.sales.explanations import AgreedFee, Booked, Movement, OrderFacts
from drops.sales.models import AttemptKind, Order, Payment, PaymentAttempt, Refund
from drops.sales.orders import OrderNotFound
from drops.sales.refund_facts import terms_as_booked


def facts_of(*, order_ref: str, partner_rule: str = "") -> OrderFacts:
    """
    Return everything that is known of an order's money.

    :raises OrderNotFound: if there is none.
    """
    order = Order.objects.select_related("creator__payee", "hold").filter(ref=order_ref).first()
    if order is None:
        raise OrderNotFound("There is no such order.")
    payments = list(Payment.objects.filter(hold=order.hold_id).order_by("number"))
    refunds = list(Refund.objects.filter(payment__in=payments).order_by("created_at", "pk"))
    terms = terms_as_booked(order=order)
    owed = PaymentAttempt.objects.filter(
        payment__in=payments, kind=AttemptKind.CAPTURE, next_try_at__isnull=False
    ).exists()
    return OrderFacts(
        ref=order.ref,
        title=str(terms.get("title", order.ref)),
        currency=order.currency,
        terms=terms | {"total_minor": order.total_minor},
        quoted_partner_minor=int(order.terms["shares"].get("partner_minor", 0)),
        seller_payee=order.creator.payee_id,
        seller_name=order.creator.name,
        fee=_fee(order),
        movements=tuple(_movements(order, payments, refunds)),
        refunds=tuple(refund.plan for refund in refunds if refund.order_id == order.pk),
        tax_sources=_tax_sources(order, terms),
        partner_rule=partner_rule,
        is_capture_owed=owed,
    )


def payees_in(*, order: Order) -> frozenset[int]:
    """Return everybody who has, or had, a part in an order's money."""
    named = {one["payee"] for one in order.terms["shares"].get("creators", []) if one["payee"]}
    booked = LedgerTransaction.objects.filter(order_ref=order.ref, entries__payee__isnull=False)
    return frozenset(named | set(booked.values_list("entries__payee", flat=True)))


def _fee(order: Order) -> AgreedFee:
    line = order.lines.select_related("agreement__drop").exclude(agreement=None).order_by("pk").first()
    if line is None or line.agreement is None:
        return AgreedFee(0, "", order.creator.service_fee_bp, order.creator.service_fee_fixed_minor)
    agreement = line.agreement
    return AgreedFee(
        version=agreement.version,
        subject=str(agreement.drop or "the whole shop"),
        platform_bp=agreement.platform_bp,
        platform_fixed_minor=agreement.platform_fixed_minor,
        effective_at=agreement.effective_at,
    )


def _movements(order: Order, payments: Iterable[Payment], refunds: list[Refund]) -> Iterable[Movement]:
    """Return the order's transactions, and those of its payments that name no order, as they were posted."""
    causes = [f"{kind}:{payment.ref}" for payment in payments for kind in ("unowned", "fee")]
    for refund in refunds:
        # Each sending has a key of its own, and what became of it a cause.
        keys = [refund.key_of(sending=number) for number in range(1, refund.tries + 1)]
        causes += [f"{what}:{key}" for key in keys for what in ("sent", "failed", "by_hand")]
    rows = LedgerTransaction.objects.filter(Q(order_ref=order.ref) | Q(cause__in=causes))
    about = {f"reversal:{order.ref}:{one.number}": _planned(one) for one in refunds if one.order_id == order.pk}
    for row in rows.prefetch_related("entries__payee").order_by("posted_at", "pk"):
        entries = sorted(row.entries.all(), key=lambda entry: entry.pk)
        yield Movement(
            cause=row.cause,
            kind=row.kind,
            at=row.posted_at,
            about=about.get(row.cause, ""),
            entries=tuple(
                Booked(
                    account=entry.account,
                    amount_minor=entry.amount_minor,
                    payee_id=entry.payee_id,
                    payee_name=entry.payee.name if entry.payee else "",
                    payee_kind=entry.payee.kind if entry.payee else "",
                    country=entry.country,
                    memo=entry.memo,
                )
                for entry in entries
            ),
        )


def _planned(refund: Refund) -> str:
    plan, currency = refund.plan, refund.payment.currency
    lines = ", ".join(f"{_units(one)} {format_minor(one['amount_minor'], currency)}" for one in plan["lines"])
    words = f"Refund {refund.number}, {format_minor(refund.amount_minor, currency)}: {lines}."
    if plan["provider_keeps_minor"]:
        words += f" The provider keeps {format_minor(plan['provider_keeps_minor'], currency)}, at the platform’s cost."
    if plan["partner_keeps_minor"]:
        words += f" The partner keeps {format_minor(plan['partner_keeps_minor'], currency)}, borne by the creators."
    return words


def _units(line: dict[str, Any]) -> str:
    """Return a line of a plan with how many units of it went back; "2 × Mug" may be one of both."""
    units = line["quantity"]
    return f"{line['label']} ({units} unit{'s' if units > 1 else ''})" if units else str(line["label"])


def _tax_sources(order: Order, terms: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return for each country and class where its rate is from, as the tables say it now for the day of the price."""
    creator, day = order.creator, order.hold.created_at.astimezone(ZoneInfo(order.creator.time_zone)).date()
    postcode = str(terms.get("destination", {}).get("postcode", ""))
    sources = {}
    for tax in terms["shares"]["tax"]:
        country, tax_class, rate_bp = tax["country"], tax.get("tax_class", ""), tax["rate_bp"]
        own = creator.tax_rate_bp
        if own == rate_bp and country == creator.country and (own == 0 or tax_class in ("", TaxClass.STANDARD)):
            sources[country, tax_class] = f"{creator.name}’s own rate."
            continue
        rates = TaxRate.objects.of(country=country, region=region_of(country=country, postcode=postcode), day=day)
        rate = rates.filter(tax_class=tax_class or TaxClass.STANDARD, rate_bp=rate_bp).last()
        sources[country, tax_class] = (
            f"{percent(rate_bp)} since {rate.valid_from:%Y-%m-%d}: {rate.source}, checked {rate.checked_on:%Y-%m-%d}."
            if rate is not None
            else "The rate is kept with the order; the tables no longer have it for that day."
        )
    return sources
