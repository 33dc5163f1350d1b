"""
Every cent of an order, with what a partner agreed on, all read at one instant.
"""

from creatorshop.insights.snapshots import one_snapshot
from drops.money import format_minor
from drops.sales.explaining import explain
from drops.sales.explanation_facts import facts_of
from drops.sales.explanation_words import percent
from drops.sales.explanations import Explanation
from pickups.delivery import partner_fee
from pickups.models import Pickup


def explanation_of(*, order_ref: str) -> Explanation:
    """
    Return where every cent of an order went.

    :raises OrderNotFound: if there is none.
    """
    with one_snapshot():
        return explain(facts_of(order_ref=order_ref, partner_rule=_partner_rule(order_ref)))


def _partner_rule(order_ref: str) -> str:
    pickup = Pickup.objects.select_related("order", "location__partner").filter(order__ref=order_ref).first()
    if pickup is None:
        return ""
    order, partner = pickup.order, pickup.location.partner
    terms = order.terms
    goods = next((line["amount_minor"] for line in terms["lines"] if line["kind"] == "goods"), 0)
    if partner_fee(partner=partner, quantity=terms["quantity"], goods_minor=goods) != terms["shares"]["partner_minor"]:
        return "As it was agreed on that day; it has changed since."
    words = [f"{format_minor(partner.fee_fixed_minor, order.currency)} a unit"] if partner.fee_fixed_minor else []
    words += [f"{percent(partner.fee_bp)} of the goods"] if partner.fee_bp else []
    return f"{' and '.join(words).capitalize()}, never more than the goods cost." if words else ""
