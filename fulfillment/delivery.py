"""
Parcels as a way goods reach people: the parcel room's side of the delivery port.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from drops.clock import database_now
from drops.sales.delivery import (
    Basket,
    CannotDeliver,
    DeliveryGone,
    DeliveryMethod,
    DeliveryOption,
    Destination,
    Recipient,
    Share,
)
from drops.sales.models import Order, OrderUnit
from drops.schedule.models import Drop
from drops.stock.models import Hold
from fulfillment.addresses import country_name, postcode_example, postcode_problem
from fulfillment.borders import crosses_border
from fulfillment.crossing import options_across
from fulfillment.models import Parcel, ParcelState, ParcelUnit, Rate, Zone
from fulfillment.parcels import UNPRINTED_STATES, call_off, correct_address, locked_parcel_of, pack_anew
from fulfillment.rates import window_of, zones_reaching
from fulfillment.redirecting import refuse_unless_paid_to

_GONE = "This postage is no longer offered. Please choose again."


class ParcelDelivery(DeliveryMethod):
    name = "parcel"
    is_scarce = False  # the post has room for everybody

    def options(self, *, basket: Basket, destination: Destination, now: datetime) -> list[DeliveryOption]:
        """
        Return the rates that reach a destination, cheapest first; none while it is unknown where the shopper is.

        :raises CannotDeliver: if the creator sends parcels, but not there, not this heavy, not through that customs, or to no such
            postcode.
        """
        country = destination.country.upper()
        rates = list(Rate.objects.offered().filter(zone__creator=basket.creator).select_related("zone").order_by("pk"))
        if not rates or not country:
            return []
        zones = zones_reaching(
            zones={rate.zone_id: rate.zone for rate in rates}.values(), country=country, postcode=destination.postcode
        )
        _refuse_destination(zones, rates, destination)
        reaching = [rate for rate in rates if rate.zone_id in {zone.pk for zone in zones}]
        carrying = [rate for rate in reaching if rate.max_weight_g >= basket.weight_g]
        if not carrying:
            most = max(rate.max_weight_g for rate in reaching)
            raise CannotDeliver(
                f"{_kilograms(basket.weight_g)} is too heavy for our parcels to {country_name(country)}, "
                f"which take up to {_kilograms(most)}.",
                why="weight",
                country=country,
                weight_g=basket.weight_g,
                max_weight_g=most,
            )
        drop = Drop.objects.only("closes_at").get(pk=basket.drop_id)
        names = Counter(rate.name for rate in carrying)
        offered = [
            # Rates of two zones that overlap may have one name; the zone tells them apart.
            _option(rate, rate.name if names[rate.name] == 1 else str(rate), country, basket, drop.closes_at, now)
            for rate in carrying
        ]
        if crosses_border(home=basket.creator.country, country=country, postcode=destination.postcode):
            offered = options_across(
                options=offered,
                incoterms={rate.key: rate.incoterm for rate in carrying},
                basket=basket,
                country=country,
            )
        return sorted(offered, key=lambda option: (option.charged_minor, option.latest_date, option.key))

    def reserve(self, *, hold: Hold, option: str) -> None:
        """
        Make sure that a rate was still offered when the hold began. Nothing about it is scarce, so nothing is kept.

        :raises DeliveryGone: if it had been withdrawn by then.
        """
        rate = Rate.objects.filter(key=option, zone__creator_id=hold.shopper.creator_id).only("withdrawn_at").first()
        # Later calls for the same hold must not break a promise: only what was withdrawn before it counts.
        if rate is None or rate.is_withdrawn(hold.created_at):
            raise DeliveryGone(_GONE, option=option)

    def reserve_all(self, *, holds: Sequence[Hold]) -> None:
        """
        Make sure of it for all of them with one question.

        :raises DeliveryGone: if the rate of one had been withdrawn by then.
        """
        known = Rate.objects.filter(key__in={hold.delivery_option for hold in holds})
        rates = {rate.key: rate for rate in known.select_related("zone").only("key", "withdrawn_at", "zone__creator")}
        for hold in holds:
            rate = rates.get(hold.delivery_option)
            if rate is None or rate.zone.creator_id != hold.shopper.creator_id or rate.is_withdrawn(hold.created_at):
                raise DeliveryGone(_GONE, option=hold.delivery_option)

    def release(self, *, hold: Hold) -> None:
        """Call off the parcel of an order that was begun. A hold reserved nothing: the post has room for everybody."""
        parcel = Parcel.objects.filter(order__hold=hold).first()
        if parcel is not None:
            call_off(parcel_id=parcel.pk, reason="The order was called off.", now=database_now())

    def start(self, *, order: Order) -> None:
        """Make the parcel of a paid order exist, with every unit in it; harmless when it was begun before."""
        parcel, _ = Parcel.objects.get_or_create(order=order, defaults={"creator_id": order.creator_id})
        units = OrderUnit.objects.filter(line__order=order).order_by("pk")
        ParcelUnit.objects.bulk_create([ParcelUnit(parcel=parcel, unit=unit) for unit in units], ignore_conflicts=True)

    def units_gone(self, *, order: Order) -> frozenset[int]:
        """Return all of an order's units once its parcel has left, and none before."""
        parcel = locked_parcel_of(order_id=order.pk)
        if parcel is None or parcel.state != ParcelState.SHIPPED:
            return frozenset()
        return frozenset(OrderUnit.objects.filter(line__order=order, refund=None).values_list("pk", flat=True))

    def take_out(self, *, order: Order, unit_ids: Collection[int]) -> None:
        """Let the parcel go without some of its units. One that is printed or packed already is set aside for a person."""
        parcel = Parcel.objects.filter(order=order).first()
        if parcel is not None:
            pack_anew(parcel_id=parcel.pk, units=len(unit_ids), now=database_now())

    def why_settled(self, *, order: Order, now: datetime) -> str:
        """Return whether papers with the buyer's address are printed, or the parcel has left."""
        state = Parcel.objects.filter(order=order).values_list("state", flat=True).first()
        if state in UNPRINTED_STATES:
            return ""
        return {ParcelState.SHIPPED.value: "handed_over"}.get(str(state), "packed")

    def redirect(self, *, order: Order, to: Recipient, now: datetime) -> None:
        """Write another address on the parcel, if the postage that was paid reaches it."""
        refuse_unless_paid_to(order=order, name=to.name, address=to.address)
        parcel = Parcel.objects.only("pk").get(order=order)
        correct_address(parcel_id=parcel.pk, address={**to.address, "name": to.name})

    def shares(self, *, order: Order) -> list[Share]:
        """Return nobody: postage is passed on whole, and no partner has a hand in it."""
        return []


def _refuse_destination(zones: list[Zone], rates: list[Rate], destination: Destination) -> None:
    country = destination.country.upper()
    facts = {"country": country, "postcode": destination.postcode}
    if not any(country in rate.zone.countries for rate in rates):
        raise CannotDeliver(f"We can't send parcels to {country_name(country)}.", why="country", **facts)
    if destination.postcode and (problem := postcode_problem(country=country, postcode=destination.postcode)):
        raise CannotDeliver(problem, why="postcode_form", example=postcode_example(country), **facts)
    if zones:
        return
    if not destination.postcode:
        raise CannotDeliver(
            f"We need your postcode to send to {country_name(country)}.", why="postcode_missing", **facts
        )
    raise CannotDeliver(
        f"We can't send parcels to {destination.postcode}, {country_name(country)}.", why="postcode", **facts
    )


def _option(rate: Rate, name: str, country: str, basket: Basket, closes_at: datetime, now: datetime) -> DeliveryOption:
    window = window_of(
        rate=rate,
        ordered_at=now,
        drop_closes_at=closes_at,
        time_zone=basket.creator.time_zone,
        home=basket.creator.country,
        country=country,
    )
    return DeliveryOption(
        method=ParcelDelivery.name,
        key=rate.key,
        name=name,
        label=f"{name} to {country_name(country)}",
        price_minor=rate.price_minor,
        earliest_date=window.earliest,
        latest_date=window.latest,
    )


def _kilograms(weight_g: int) -> str:
    return f"{weight_g / 1000:.1f} kg"
