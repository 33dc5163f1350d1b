"""
Beginning to pay for a hold, and what a provider asks before it charges. The provider is called between two transactions, never inside one.
"""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from drops.audience.identities import country_of, remember
from drops.audience.models import IdentityKind
from drops.audience.phones import PhoneInvalid, normalise_phone
from drops.errors import Invalid, Unreachable
from drops.risk.models import Trait
from drops.risk.sightings import traits_of_address
from drops.sales import attempts
from drops.sales.assessing import note_traits
from drops.sales.delivery import delivery_method
from drops.sales.identifying import card_key, count_payment
from drops.sales.models import Payment, PaymentState
from drops.sales.payment import UNANSWERED, Outcome, ProviderEvent, payment_provider
from drops.sales.settling import MAY_STILL_BE_PAID, PaymentNotFound, settle, settle_answer
from drops.stock import holds
from drops.stock.models import Hold

ADDRESS_FIELDS = ("street", "city", "postcode", "country")


class ContactIncomplete(Invalid):
    """The facts name each field that is missing or wrong, with a sentence."""

    code = "contact_incomplete"


@dataclass(frozen=True)
class Contact:
    """Who pays, and where a parcel goes: street, city, postcode, region (optional), country. A telephone is optional."""

    name: str
    email: str
    address: dict[str, str] = field(default_factory=dict)
    phone: str = ""


def start_payment(*, hold_ref: str, provider: str, contact: Contact, return_url: str) -> tuple[Payment, str]:
    """
    Begin to pay for a hold and return the payment with the address where the shopper goes on.

    Whoever holds the ref may pay, so that a link can be passed on. A payment that is under way is gone on with.

    :raises HoldNotFound: if there is no such hold.
    :raises ContactIncomplete: if a name, e-mail or address is missing or wrong.
    :raises HoldExpired, HoldClosed: if the hold no longer runs.
    :raises LimitReached: if the address or the telephone has as many units as one may; the hold stays as it was.
    :raises TooManyIdentities: if it is the twenty-first telephone of one shopper.
    :raises Unreachable: if the provider does not answer; the hold goes on without the payment.
    """
    payment_provider(provider)  # before anything is written: is there one of that name?
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=hold_ref)
        _refuse_incomplete(hold, contact)
        holds.begin_paying(hold=hold, now=now)
        delivery_method(hold.delivery_method).reserve(hold=hold, option=hold.delivery_option)
        payment = (
            Payment.objects.filter(hold=hold, state=PaymentState.STARTED, provider=provider).order_by("-number").first()
        )
        if payment is None:
            payment = Payment(
                hold=hold,
                number=hold.payments.count() + 1,
                provider=provider,
                amount_minor=hold.total_minor,
                currency=hold.currency,
                quote_hash=hold.quote_hash,
                created_at=now,
            )
        payment.name, payment.email, payment.address = contact.name.strip(), contact.email.strip(), contact.address
        payment.phone = _phone(hold, contact)
        payment.save()
        if payment.phone:
            remember(shopper=hold.shopper, kind=IdentityKind.PHONE, value=payment.phone)
        count_payment(hold=hold, payment=payment, free_at=hold.expires_at + holds.MARGIN)
    try:
        started = attempts.authorise(payment=payment, return_url=return_url)
    except Unreachable:
        _give_up(payment)
        raise
    Payment.objects.filter(pk=payment.pk).update(provider_ref=started.provider_ref)
    payment.provider_ref = started.provider_ref
    note_traits(shopper=hold.shopper, seen=_traits_of(contact) | {Trait.PHONE: payment.phone}, at=now)
    return payment, started.url


def admit_card(*, payment_ref: str, fingerprint: str) -> None:
    """
    Let a provider charge a card, or say no before it does: a provider asks as soon as it knows which card it is.

    `fingerprint` is whatever tells the card apart from others at that provider. Refused, nothing is charged and the hold
    stays, so that another card may be tried.

    :raises PaymentNotFound: if we never started such a payment.
    :raises HoldClosed: if the hold was paid, let go or revoked meanwhile. One that lapsed may still be paid.
    :raises LimitReached: if the card has as many units as one person may have.
    """
    payment = Payment.objects.filter(ref=payment_ref).select_related("hold").first()
    if payment is None:
        raise PaymentNotFound("There is no such payment.")
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=payment.hold.ref)
        if hold.state not in MAY_STILL_BE_PAID:
            raise holds.HoldClosed(f"This hold is {hold.get_state_display().lower()}.", state=hold.state)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        payment.card_key = card_key(provider=payment.provider, fingerprint=fingerprint)
        payment.save(update_fields=["card_key"])
        count_payment(hold=hold, payment=payment, free_at=max(hold.expires_at, now) + holds.MARGIN)
    note_traits(shopper=hold.shopper, seen={Trait.CARD: fingerprint}, at=now)


def _traits_of(contact: Contact) -> dict[Trait, str]:
    return {Trait.MAIL: contact.email, **traits_of_address(contact.address)}


def _give_up(payment: Payment) -> None:
    silence = ProviderEvent(
        event_id=f"unreachable:{payment.ref}",
        provider_ref=payment.provider_ref or payment.ref,
        outcome=Outcome.FAILED,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reason=UNANSWERED,
    )
    if payment.provider_ref:
        # Its page was open before, and may be yet.
        settle(provider=payment.provider, event=silence)
    else:
        # Nobody can pay it, so there is nothing to stop either: our own ref names it.
        Payment.objects.filter(pk=payment.pk).update(provider_ref=payment.ref)
        settle_answer(payment=payment, event=silence)


def _refuse_incomplete(hold: Hold, contact: Contact) -> None:
    problems: dict[str, str] = {}
    if not contact.name.strip():
        problems["name"] = "Please write your name."
    try:
        validate_email(contact.email.strip())
    except ValidationError:
        problems["email"] = "Please write an e-mail address, like name@example.org."
    try:
        _phone(hold, contact)
    except PhoneInvalid as refusal:
        problems["phone"] = refusal.message
    if hold.delivery_method != "pickup":
        destination = hold.terms["destination"]
        for name in ADDRESS_FIELDS:
            if not contact.address.get(name, "").strip():
                problems[name] = f"Please write the {name}."
        if contact.address.get("country", destination["country"]) != destination["country"]:
            problems["country"] = (
                f"The price was made for {destination['country']}; ask for a new one to send it elsewhere."
            )
    if problems:
        raise ContactIncomplete("Some details are missing.", fields=problems)


def _phone(hold: Hold, contact: Contact) -> str:
    """Return the telephone as it is kept, the same for ever, or nothing if none was given."""
    text = contact.phone.strip()
    return normalise_phone(text=text, country=country_of(hold.shopper)) if text else ""
