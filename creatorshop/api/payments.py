from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AfterValidator, Field

from creatorshop.api.auth import ShopperToken, shopper_of
from creatorshop.api.links import checkout_link
from creatorshop.api.schemas import Country, ErrorOut, Postcode, Ref, Text
from creatorshop.api.throttling import Door
from drops.errors import Unreachable
from drops.sales.checkout import Contact, start_payment
from drops.sales.holding import hold_of
from drops.sales.payment import payment_provider, payment_providers

router = Router(tags=["payments"], auth=ShopperToken())


class NoProvider(Unreachable):
    """Nobody can take money: settings name no payment provider."""

    code = "no_payment_provider"


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError("is not an e-mail address") from None
    return text


class AddressIn(Schema):
    street: Text = Field(default="", max_length=200)
    city: Text = Field(default="", max_length=120)
    postcode: Postcode = ""
    region: Text = Field(default="", max_length=120)
    country: Country = ""


class PaymentIn(Schema):
    name: Text = Field(min_length=1, max_length=120)
    email: Annotated[Text, Field(max_length=254), AfterValidator(_email)]
    address: AddressIn = AddressIn()
    phone: Text = Field(default="", max_length=40, description="optional; for when something goes wrong with the order")
    provider: Ref | None = Field(default=None, description="one of the shop's providers; the first, unless said")


class PaymentOut(Schema):
    payment: str
    provider: str
    url: str = Field(description="where the shopper goes on, on the provider's page")
    is_test: bool = Field(description="no money moves")


@router.post(
    "/{hold}/payments",
    response={
        201: PaymentOut,
        401: ErrorOut,
        404: ErrorOut,
        409: ErrorOut,
        422: ErrorOut,
        429: ErrorOut,
        503: ErrorOut,
    },
    throttle=[Door("payments")],
    url_name="start-payment",
    operation_id="start_payment",
)
def create_payment(request: HttpRequest, hold: str, payload: PaymentIn) -> Status[PaymentOut]:
    """Begin to pay for a hold. The hold gets one grace, so that it does not end while the bank thinks."""
    hold_of(shopper=shopper_of(request), ref=hold)
    provider = payload.provider or next(iter(payment_providers()), None)
    if provider is None:
        raise NoProvider("Nobody can take payments right now.")
    payment, url = start_payment(
        hold_ref=hold,
        provider=provider,
        contact=Contact(
            name=payload.name.strip(),
            email=payload.email,
            address=payload.address.model_dump(exclude_defaults=True),
            phone=payload.phone,
        ),
        return_url=f"{checkout_link(hold_ref=hold)}?back=1",
    )
    is_test = payment_provider(provider).is_test
    return Status(201, PaymentOut(payment=payment.ref, provider=provider, url=url, is_test=is_test))
