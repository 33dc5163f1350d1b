"""
A hold as the checkout sheet shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.db.models import Prefetch
from django.urls import reverse

from creatorshop.storefront import wording
from creatorshop.storefront.heads import Head, head_of
from creatorshop.storefront.pictures import Picture, picture_of
from creatorshop.storefront.receipts import Receipt, receipt_of
from drops.catalog.models import Photo
from drops.catalog.queries import photo_of_sku
from drops.errors import ShopError
from drops.money import format_minor
from drops.sales.checkout import ContactIncomplete
from drops.sales.models import Payment, PaymentState, Refund
from drops.sales.payment import payment_providers
from drops.schedule.models import DropState
from drops.stock.holds import EXTENSIONS_ALLOWED, HoldNotFound
from drops.stock.models import LIVE_STATES, Hold, HoldState
from fulfillment.addresses import country_name

_PHONE_IS_FOR = "Only if something goes wrong with your order. It counts for the limit per person, too."


@dataclass(frozen=True)
class Field:
    """One line of the form, with what was typed and what is wrong with it."""

    name: str
    label: str
    kind: str
    autocomplete: str
    value: str = ""
    error: str = ""
    hint: str = ""  # of one that may be left empty: what it is for


@dataclass(frozen=True)
class CheckoutSheet:
    head: Head
    hold_ref: str
    state: str
    title: str
    picture: Picture | None
    receipt: Receipt
    total: str
    expires_at: str
    ends: str
    server_time: str
    whole_seconds: int
    seconds_left: int
    can_extend: bool
    contact: list[Field]
    address: list[Field]
    country: str
    is_test: bool
    is_waiting: bool
    product_url: str
    over: str = ""  # why there is nothing to pay any more
    refusal: str = ""
    failure: str = ""
    errors: list[Field] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return not self.over

    @property
    def minutes(self) -> str:
        return f"{self.seconds_left // 60}:{self.seconds_left % 60:02}"


def hold_of_ref(ref: str) -> Hold:
    """
    Return a hold by its ref alone, with what its sheet shows.

    :raises HoldNotFound: if there is none.
    """
    photos = Prefetch("drop_sku__sku__product__photos", queryset=Photo.objects.order_by("position", "pk"))
    held = Hold.objects.select_related("drop_sku__drop__creator", "drop_sku__sku__product", "shopper")
    found = held.prefetch_related(photos).filter(ref=ref).order_by("pk").first()
    if found is None:
        raise HoldNotFound("There is no such hold.")
    return found


def checkout_sheet(
    *,
    hold: Hold,
    now: datetime,
    is_back: bool,
    values: Mapping[str, str] | None = None,
    refusal: ShopError | None = None,
) -> CheckoutSheet:
    """Return everything the sheet shows; what was typed is kept."""
    drop, sku = hold.drop_sku.drop, hold.drop_sku.sku
    state = hold.state_at(now)
    photo = photo_of_sku(product=sku.product, sku=sku)
    payment = Payment.objects.filter(hold=hold).order_by("-number", "pk").first()
    problems = _problems(refusal)
    contact, address = _fields(hold, values or {}, problems)
    started = payment is not None and payment.state == PaymentState.STARTED
    return CheckoutSheet(
        head=head_of(drop.creator),
        hold_ref=hold.ref,
        state=state,
        title=hold.terms["title"],
        picture=picture_of(photo) if photo else None,
        receipt=receipt_of(hold.terms),
        total=format_minor(hold.total_minor, hold.currency),
        expires_at=wording.iso(hold.expires_at),
        ends=f"{wording.clock_to_the_second(hold.expires_at, drop.zone)} {wording.zone_name(drop.zone)}",
        server_time=wording.iso(now),
        whole_seconds=max(1, int((hold.expires_at - hold.created_at).total_seconds())),
        seconds_left=max(0, int((hold.expires_at - now).total_seconds())),
        can_extend=_can_extend(hold, state, now),
        contact=contact,
        address=address,
        country=country_name(hold.terms["destination"]["country"], wording.LOCALE),
        is_test=any(provider.is_test for provider in list(payment_providers().values())[:1]),
        is_waiting=is_back and started and state in (*LIVE_STATES, HoldState.EXPIRED),
        product_url=reverse("product", args=[drop.creator.slug, sku.product.handle]) + f"?sku={sku.code}",
        over=_over(hold, state),
        refusal="" if refusal is None or problems else refusal.message,
        failure=_failure(payment, state),
        errors=[line for line in (*contact, *address) if line.error],
    )


def _can_extend(hold: Hold, state: HoldState, now: datetime) -> bool:
    is_running = state in LIVE_STATES and hold.expires_at < hold.hard_deadline
    return is_running and hold.extensions < EXTENSIONS_ALLOWED and hold.drop_sku.drop.state_at(now) != DropState.CLOSED


def _over(hold: Hold, state: HoldState) -> str:
    if state == HoldState.LATE_REFUND:
        if not Refund.objects.filter(payment__hold=hold).exists():
            return "Your payment came after the hold had ended, and what it was for was gone. Nothing was charged."
        total = format_minor(hold.total_minor, hold.currency)
        return f"Your payment came after the hold had ended, and what it was for was gone. {total} goes back to you."
    return {
        HoldState.EXPIRED: "The hold ended. Nothing was charged.",
        HoldState.RELEASED: "You let it go. Nothing was charged.",
        HoldState.REVOKED: "The shop ended this hold. Nothing was charged.",
    }.get(state, "")


def _failure(payment: Payment | None, state: HoldState) -> str:
    if payment is None or state not in LIVE_STATES:
        return ""
    if payment.state == PaymentState.CANCELLED:
        return "The payment was stopped. Nothing was charged."
    if payment.state == PaymentState.FAILED:
        reason = f": {payment.failure.rstrip('.')}" if payment.failure else ""
        return f"The payment did not go through{reason}. Nothing was charged; you can try again."
    return ""


def _problems(refusal: ShopError | None) -> dict[str, str]:
    if not isinstance(refusal, ContactIncomplete):
        return {}
    return cast(dict[str, str], refusal.facts["fields"])


def _fields(hold: Hold, values: Mapping[str, str], problems: Mapping[str, str]) -> tuple[list[Field], list[Field]]:
    def line(name: str, label: str, kind: str, autocomplete: str, fallback: str = "", hint: str = "") -> Field:
        return Field(name, label, kind, autocomplete, values.get(name, fallback), problems.get(name, ""), hint)

    contact = [
        line("name", "Your name", "text", "name"),
        line("email", "E-mail", "email", "email"),
        line("phone", "Telephone, if you like", "tel", "tel", hint=_PHONE_IS_FOR),
    ]
    if hold.delivery_method == "pickup":
        return contact, []
    postcode = hold.terms["destination"]["postcode"]
    return contact, [
        line("street", "Street and number", "text", "street-address"),
        line("postcode", "Postcode", "text", "postal-code", postcode),
        line("city", "City", "text", "address-level2"),
    ]
