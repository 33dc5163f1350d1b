"""
A paid order as its page shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from creatorshop.storefront import wording
from creatorshop.storefront.gift_cards import GiftCard, gift_card
from creatorshop.storefront.heads import Head, head_of
from creatorshop.storefront.passes import qr_svg
from creatorshop.storefront.pictures import Picture, picture_of
from creatorshop.storefront.receipts import Receipt, receipt_of
from creatorshop.storefront.received_cards import ReceivedCard, received_card
from creatorshop.storefront.return_cards import ReturnsCard, returns_card
from drops.catalog.models import Photo
from drops.catalog.queries import photo_of_sku
from drops.documents.issuing import documents_of_order
from drops.documents.models import DocumentKind
from drops.money import format_minor
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState, Payment, PaymentState, Refund, RefundState
from drops.sales.payment import payment_providers
from fulfillment.addresses import address_lines
from fulfillment.queries import ParcelView, parcel_of
from pickups.queries import Pass, pass_of

_CALLED_OFF = "Called off", "Your bank did not pay in the end, so the order was called off. Nothing was charged."


@dataclass(frozen=True)
class Paper:
    label: str
    url: str


@dataclass(frozen=True)
class OrderPage:
    head: Head
    ref: str
    title: str
    quantity: int
    state: str
    is_called_off: bool
    headline: str
    sentence: str
    total: str
    receipt: Receipt
    picture: Picture | None
    name: str
    email: str
    paid_at: str
    is_test: bool
    proof: Pass | None
    qr: SafeString
    calendar_url: str
    parcel: ParcelView | None
    arrives: str
    address: list[str]
    papers: list[Paper]
    shop_url: str
    refunds: list[str]
    is_money_back: bool
    gift: GiftCard
    gift_url: str
    returns: ReturnsCard | None
    received: ReceivedCard


def order_page(*, order: Order, now: datetime, link: str = "", refusal: str = "", typed: str = "") -> OrderPage:
    """Return everything an order's page shows; a gift's link that was made just now, or why it was not, goes on its card."""
    lines = [line for line in order.lines.all() if line.extra_id is None]
    photos = Prefetch("sku__product__photos", queryset=Photo.objects.order_by("position", "pk"))
    prefetch_related_objects(lines, "sku__product", photos)
    prefetch_related_objects([order], "gifts")  # asked for by the card, the pass and the sentences alike
    sku = lines[0].sku
    photo = photo_of_sku(product=sku.product, sku=sku) if sku else None
    gift = gift_card(order=order, now=now, link=link, refusal=refusal, typed=typed)
    is_given = gift.step == "accepted"
    # Where it goes now, and when, is its recipient's alone.
    proof, parcel = pass_of(order=order), None if is_given else parcel_of(order=order)
    receipt = receipt_of(order.terms)
    total = format_minor(order.total_minor, order.currency)
    refunds = list(Refund.objects.filter(order=order).order_by("number"))
    is_money_back = all(refund.state == RefundState.SENT for refund in refunds)
    is_called_off = order.state == OrderState.REFUNDED and _never_paid(order)
    headline, sentence = _CALLED_OFF if is_called_off else _words(order, receipt, proof, parcel, total, is_money_back)
    if is_given and order.state != OrderState.REFUNDED:
        headline, sentence = "Given away", f"{gift.sentence} It reaches whoever accepted it, as they said."
    secret = order_access(order.ref)
    return OrderPage(
        head=head_of(order.creator),
        ref=order.ref,
        title=order.terms["title"],
        quantity=order.terms["quantity"],
        state=order.state,
        is_called_off=is_called_off,
        headline=headline,
        sentence=sentence,
        total=total,
        receipt=receipt,
        picture=picture_of(photo) if photo else None,
        name=order.name,
        email=order.email,
        paid_at=f"{wording.day_and_clock(order.paid_at, order.drop.zone)} {wording.zone_name(order.drop.zone)}",
        is_test=_is_test(order),
        proof=proof if order.state != OrderState.REFUNDED else None,
        # Drawn by segno from our own code: numbers and colours, nothing that anyone typed.
        qr=mark_safe(qr_svg(proof.qr)) if proof else SafeString(""),
        calendar_url=reverse("order-calendar", args=[order.ref, secret]) if proof else "",
        parcel=parcel,
        arrives=receipt.delivery.removeprefix("Arrives "),
        address=[] if is_given else _address(order),
        papers=_papers(order, secret),
        shop_url=reverse("shop", args=[order.creator.slug]),
        refunds=[_refund_in_words(order, refund, total) for refund in refunds],
        is_money_back=is_money_back,
        gift=gift,
        gift_url=reverse("order-gift", args=[order.ref, secret]),
        returns=None if is_called_off else returns_card(order=order, now=now),
        received=received_card(order=order, parcel=parcel, is_given=is_given, now=now),
    )


def _refund_in_words(order: Order, refund: Refund, total: str) -> str:
    """Return what a refund was of the whole, and when it was sent, or that it did not arrive."""
    part, zone = f"{format_minor(refund.amount_minor, order.currency)} of {total}", order.drop.zone
    if refund.sent_at:
        return f"{part} was sent back on {wording.day_and_clock(refund.sent_at, zone)} {wording.zone_name(zone)}."
    if refund.state == RefundState.FAILED:
        return f"{part} was sent back, and your bank returned it. {order.creator.name} has been told, and still owes it to you."
    return f"{part} is on its way back."


def _words(
    order: Order, receipt: Receipt, proof: Pass | None, parcel: ParcelView | None, total: str, is_money_back: bool
) -> tuple[str, str]:
    if order.state == OrderState.REFUNDED and not is_money_back:
        return "Taken back", "Your money has not all arrived with you yet. Below is how it stands."
    if order.state == OrderState.REFUNDED:
        return "Refunded", f"{total} went back to where it came from."
    if order.state == OrderState.FULFILLED:
        sent = "It arrived" if parcel and parcel.arrived_at else "Sent"
        return ("Handed over" if proof else sent), "Thank you for buying from a small studio."
    if proof is not None:
        return "It is yours", "Show this pass at the counter. A picture of it is enough."
    return "It is yours", f"{receipt.delivery}. This page always shows where your parcel is."


def _never_paid(order: Order) -> bool:
    has_money = [PaymentState.CAPTURED, PaymentState.REFUNDED]
    return not Payment.objects.filter(hold=order.hold_id, state__in=has_money).exists()


def _is_test(order: Order) -> bool:
    paid = Payment.objects.filter(
        hold=order.hold_id, state__in=[PaymentState.AUTHORISED, PaymentState.CAPTURED, PaymentState.REFUNDED]
    )
    names = set(paid.values_list("provider", flat=True))
    return any(provider.is_test for name, provider in payment_providers().items() if name in names)


def _papers(order: Order, secret: str) -> list[Paper]:
    """Return the links to an order's receipt or invoice, which is issued when it is asked for, and to its credit notes."""
    issued = documents_of_order(order_id=order.pk)
    sold = next((one for one in issued if one.kind == DocumentKind.INVOICE), None)
    papers = [Paper("Invoice (PDF)" if sold else "Receipt (PDF)", reverse("order-receipt", args=[order.ref, secret]))]
    return papers + [
        Paper(f"Credit note {one.reference} (PDF)", reverse("order-document", args=[order.ref, secret, one.reference]))
        for one in issued
        if one.kind == DocumentKind.CREDIT_NOTE
    ]


def _address(order: Order) -> list[str]:
    lines = address_lines(address=order.address or {})
    return [line for line in (order.name, *lines) if line] if lines else []
