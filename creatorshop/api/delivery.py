from datetime import date

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from creatorshop.api.drops import admitted_drop
from creatorshop.api.schemas import Country, ErrorOut, Moment, MoneyOut, Postcode, Ref, money
from creatorshop.api.throttling import Door
from drops.clock import database_now
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.extras import ExtraOffer
from drops.sales.quotes import delivery_choices_with_offers

router = Router(tags=["drops"])


class DeliveryQuery(Schema):
    sku: Ref
    quantity: int = Field(default=1, ge=1, le=100)
    country: Country = ""
    postcode: Postcode = ""


class ImportChargeOut(Schema):
    kind: str = Field(description="duty, import_tax or import_fee")
    label: str
    amount: MoneyOut


class DeliveryOptionOut(Schema):
    method: str = Field(description="parcel or pickup")
    option: str = Field(description="send it back with POST quotes")
    label: str
    price: MoneyOut
    earliest_date: date
    latest_date: date
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    time_zone: str = ""
    places_left: int | None = None
    units_left: int | None = Field(
        default=None, description="units that can be had this way right now, where they lie in several places"
    )
    place: str = ""
    detail: str = ""
    import_charges: list[ImportChargeOut] = Field(
        default=[], description="what is paid in advance at a customs border (DDP); comes on top of the price"
    )
    import_note: str = Field(default="", description="what is due at a customs border; empty where none is crossed")


class ExtraOfferOut(Schema):
    extra: str = Field(description="send it back with POST quotes")
    kind: str = Field(description="extra, of which any number may be chosen, each once; or packaging, of which one")
    title: str
    blurb: str = ""
    quantity: int = Field(description="one for the order, or one for each unit")
    rise: MoneyOut = Field(
        description="what the total rises by with it, with tax, fees and import charges paid in advance"
    )


class DeliveryChoicesOut(Schema):
    options: list[DeliveryOptionOut]
    extras: list[ExtraOfferOut] = Field(
        description="what may be chosen beside the goods. It is never counted, and nothing of it is chosen for anybody"
    )
    refusals: list[str] = Field(description="why a way of delivery is not to be had, in sentences")
    server_time: Moment


@router.get(
    "/{drop}/delivery",
    response={200: DeliveryChoicesOut, 403: ErrorOut, 404: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    throttle=[Door("quotes")],
    url_name="drop-delivery",
    operation_id="list_delivery_options",
)
def list_delivery_options(request: HttpRequest, drop: str, query: Query[DeliveryQuery]) -> DeliveryChoicesOut:
    """List the ways to get a SKU to a place, with prices and dates."""
    found = admitted_drop(request=request, ref=drop)
    choices, offers = delivery_choices_with_offers(
        drop=found,
        sku_code=query.sku,
        quantity=query.quantity,
        destination=Destination(country=query.country.upper(), postcode=query.postcode.strip()),
    )
    return DeliveryChoicesOut(
        options=[_option_out(option, found.creator.currency) for option in choices.options],
        extras=[_extra_out(offer, found.creator.currency) for offer in offers],
        refusals=choices.refusals,
        server_time=database_now(),
    )


def _extra_out(offer: ExtraOffer, currency: str) -> ExtraOfferOut:
    extra = offer.extra
    return ExtraOfferOut(
        extra=extra.ref,
        kind=extra.kind,
        title=extra.title,
        blurb=extra.blurb,
        quantity=offer.quantity,
        rise=money(offer.rise_minor, currency),
    )


def _option_out(option: DeliveryOption, currency: str) -> DeliveryOptionOut:
    return DeliveryOptionOut(
        method=option.method,
        option=option.key,
        label=option.label,
        price=money(option.shown_minor, currency),
        earliest_date=option.earliest_date,
        latest_date=option.latest_date,
        starts_at=option.starts_at,
        ends_at=option.ends_at,
        time_zone=option.time_zone,
        places_left=option.places_left,
        units_left=option.units_left,
        place=option.place,
        detail=option.detail,
        import_charges=[
            ImportChargeOut(kind=charge.kind, label=charge.label, amount=money(charge.amount_minor, currency))
            for charge in option.import_charges
        ],
        import_note=option.import_note,
    )
