"""
Beginning to pay for a hold. The provider is called between two transactions, never inside one.
"""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from drops.errors import Invalid, Unreachable
from drops.risk.models import Trait
from drops.risk.sightings import traits_of_address
from drops.sales.assessing import note_traits
from drops.sales.delivery import delivery_method
from drops.sales.models import Payment, PaymentState
from drops.sales.payment import UNANSWERED, Outcome, ProviderEvent, payment_provider
from drops.sales.settling import settle
from drops.stock import holds
from drops.stock.models import Hold

ADDRESS_FIELDS = ("street", "city", "postcode", "country")


class ContactIncomplete(Invalid):
    """The facts name each field that is missing or wrong, with a sentence."""

    code = "contact_incomplete"


@dataclass(frozen=True)
class Contact:
    """Who pays, and where a parcel goes: street, city, postcode, region (optional), country."""

    name: str
    email: str
    address: dict[str, str] = field(default_factory=dict)


def start_payment(*, hold_ref: str, provider: str, contact: Contact, return_url: str) -> tuple[Payment, str]:
    """
    Begin to pay for a hold and return the payment with the address where the shopper goes on.

    Whoever holds the ref may pay, so that a link can be passed on. A payment that is under way is gone on with.

    :raises HoldNotFound: if there is no such hold.
    :raises ContactIncomplete: if a name, e-mail or address is missing or wrong.
    :raises HoldExpired, HoldClosed: if the hold no longer runs.
    :raises Unreachable: if the provider does not answer; the hold goes on without the payment.
    """
    port = payment_provider(provider)
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
        payment.save()
    try:
        started = port.start(payment=payment, return_url=return_url)
    except Unreachable:
        _give_up(payment)
        raise
    Payment.objects.filter(pk=payment.pk).update(provider_ref=started.provider_ref)
    payment.provider_ref = started.provider_ref
    note_traits(shopper=hold.shopper, seen=_traits_of(contact), at=now)
    return payment, started.url


def _traits_of(contact: Contact) -> dict[Trait, str]:
    return {Trait.MAIL: contact.email, **traits_of_address(contact.address)}


def _give_up(payment: Payment) -> None:
    if not payment.provider_ref:
        # The provider never heard of it, so there is nothing to ask it about: our own ref names it.
        Payment.objects.filter(pk=payment.pk).update(provider_ref=payment.ref)
    settle(
        provider=payment.provider,
        event=ProviderEvent(
            event_id=f"unreachable:{payment.ref}",
            provider_ref=payment.provider_ref or payment.ref,
            outcome=Outcome.FAILED,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            reason=UNANSWERED,
        ),
    )


def _refuse_incomplete(hold: Hold, contact: Contact) -> None:
    problems: dict[str, str] = {}
    if not contact.name.strip():
        problems["name"] = "Please write your name."
    try:
        validate_email(contact.email.strip())
    except ValidationError:
        problems["email"] = "Please write an e-mail address, like name@example.org."
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
