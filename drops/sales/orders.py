from datetime import datetime
from typing import Any

from drops.catalog.extras import Extra
from drops.clock import DATABASE_NOW
from drops.errors import NotFound
from drops.events import announce, order_paid
from drops.ledger.agreement_models import PartnerAgreement, SplitAgreement
from drops.sales.delivery import delivery_method
from drops.sales.models import Order, OrderLine, OrderState, OrderUnit, Payment
from drops.sales.postings import post_sale
from drops.stock.models import Hold


class OrderNotFound(NotFound):
    code = "order_not_found"


def mark_paid(*, hold: Hold, payment: Payment, token_ids: list[int], at: datetime) -> Order:
    """Make the order of a confirmed hold: its units, its ledger entries, its parcel or pickup. Its money is captured after. A transaction's step."""
    drop, terms = hold.drop_sku.drop, hold.terms
    order = Order.objects.create(
        creator=drop.creator,
        drop=drop,
        shopper=hold.shopper,
        hold=hold,
        terms=terms,
        total_minor=hold.total_minor,
        currency=hold.currency,
        delivery_method=hold.delivery_method,
        delivery_option=hold.delivery_option,
        name=payment.name,
        email=payment.email,
        phone=payment.phone,
        address=payment.address,
        paid_at=at,
    )
    line = OrderLine.objects.create(
        order=order,
        sku=hold.drop_sku.sku,
        title=terms["title"],
        quantity=hold.quantity,
        unit_price_minor=terms["unit_price_minor"],
        agreement=_agreement_of(terms),
        partner_agreement=_partner_agreement_of(terms),
    )
    OrderUnit.objects.bulk_create([OrderUnit(line=line, token_id=token_id) for token_id in sorted(token_ids)])
    OrderLine.objects.bulk_create(_lines_beside(order))
    method = delivery_method(order.delivery_method)
    method.start(order=order)
    post_sale(order=order, shares=method.shares(order=order), at=at)
    announce(order_paid, order_id=order.pk)
    return order


def order_of(*, ref: str) -> Order:
    """
    Return an order with what pages show of it.

    :raises OrderNotFound: if there is none.
    """
    found = (
        Order.objects.select_related("creator", "drop", "shopper", "hold").prefetch_related("lines").filter(ref=ref)
    ).first()
    if found is None:
        raise OrderNotFound("There is no such order.")
    return found


def beside_goods(*, order: Order) -> list[OrderLine]:
    """Return what was chosen beside the goods, in the order in which the price listed it; `lines` is best prefetched."""
    lines = [line for line in order.lines.all() if line.extra_id is not None]
    return sorted(lines, key=lambda line: line.pk)


def beside_text(*, order: Order) -> str:
    """Return in words what goes with the goods, without prices: "Gift wrap, 2 × Care kit"; empty for nothing."""
    lines = beside_goods(order=order)
    return ", ".join(line.title if line.quantity == 1 else f"{line.quantity} × {line.title}" for line in lines)


def mark_fulfilled(*, order_id: int, at: datetime | None = None) -> bool:
    """Note that everything of an order was handed over or sent, just now or at an instant; True if it was this call that did."""
    paid = Order.objects.filter(pk=order_id, state=OrderState.PAID)
    return paid.update(state=OrderState.FULFILLED, fulfilled_at=at or DATABASE_NOW) == 1


def mark_arrived(*, order_id: int, at: datetime) -> bool:
    """
    Note that what was sent has arrived: the days for returns count from then. True if it was this call that did.

    Money that was released already stays so; nothing is counted from an earlier day than before.
    """
    sent = Order.objects.filter(pk=order_id, state=OrderState.FULFILLED, released_at=None, fulfilled_at__lt=at)
    return sent.update(fulfilled_at=at) == 1


def mark_unfulfilled(*, order_id: int) -> bool:
    """Take that back, when a hand-over was undone; True if it was this call that did."""
    fulfilled = Order.objects.filter(pk=order_id, state=OrderState.FULFILLED)
    return fulfilled.update(state=OrderState.PAID, fulfilled_at=None) == 1


def _agreement_of(terms: dict[str, Any]) -> SplitAgreement | None:
    named = terms["shares"].get("agreement")
    return SplitAgreement.objects.get(ref=named["ref"], version=named["version"]) if named and named["ref"] else None


def _partner_agreement_of(terms: dict[str, Any]) -> PartnerAgreement | None:
    named = terms["shares"].get("partner_agreement")
    return PartnerAgreement.objects.get(ref=named["ref"], version=named["version"]) if named else None


def _lines_beside(order: Order) -> list[OrderLine]:
    """Return the lines of what was chosen beside the goods, as the accepted terms have it. What has no stock has no units."""
    chosen = order.terms.get("extras", [])
    if not chosen:
        return []
    ids = dict(
        Extra.objects.filter(creator_id=order.creator_id, ref__in=[each["ref"] for each in chosen]).values_list(
            "ref", "pk"
        )
    )
    return [
        OrderLine(
            order=order,
            extra_id=ids[each["ref"]],
            title=each["title"],
            quantity=each["quantity"],
            unit_price_minor=each["unit_price_minor"],
        )
        for each in chosen
    ]
