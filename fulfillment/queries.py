"""
What other floors ask about parcels.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_skeleton
from django.db.models import Count

from drops.sales.models import Order
from fulfillment.contents import printed_address_of
from fulfillment.models import Parcel, ParcelState, ParcelUnit

STATE_TEXTS = {
    ParcelState.WAITING: "Waits for packing, which starts when the drop is over.",
    ParcelState.QUEUED: "Is about to be packed.",
    ParcelState.FROZEN: "Is being packed.",
    ParcelState.PACKED: "Is packed and waits for the carrier.",
    ParcelState.SHIPPED: "Is on its way.",
    ParcelState.NEEDS_HUMAN: "Somebody looks at it before it goes.",
    ParcelState.CANCELLED: "Was cancelled.",
}


@dataclass(frozen=True)
class ParcelView:
    """A parcel as its buyer sees it."""

    ref: str
    state: str
    state_text: str
    earliest_date: date | None
    latest_date: date | None
    dates_text: str
    carrier: str
    tracking_number: str
    tracking_url: str
    shipped_at: datetime | None
    arrived_at: datetime | None


def parcel_of(*, order: Order, locale: str = "en") -> ParcelView | None:
    """Return the parcel of an order for its page, or None if it does not travel by parcel."""
    parcel = Parcel.objects.filter(order=order).first()
    if parcel is None:
        return None
    delivery = order.terms.get("delivery", {})
    earliest, latest = _date(delivery.get("earliest_date")), _date(delivery.get("latest_date"))
    return ParcelView(
        ref=parcel.ref,
        state=parcel.state,
        state_text="Arrived" if parcel.arrived_at else STATE_TEXTS[ParcelState(parcel.state)],
        earliest_date=earliest,
        latest_date=latest,
        dates_text=dates_text(earliest=earliest, latest=latest, locale=locale),
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
        shipped_at=parcel.shipped_at,
        arrived_at=parcel.arrived_at,
    )


def address_of_parcel(*, order: Order) -> dict[str, str] | None:
    """Return where the parcel of an order goes, with the name on it, or None if it does not travel by parcel."""
    parcel = Parcel.objects.select_related("order").filter(order=order).first()
    return printed_address_of(parcel) if parcel else None


def dates_text(*, earliest: date | None, latest: date | None, locale: str = "en") -> str:
    """Return a window as people read it, like "Mon, Nov 30 – Thu, Dec 3"."""
    days = [day for day in (earliest, latest) if day is not None]
    written = [format_skeleton("MMMEd", day, locale=locale.replace("-", "_")) for day in days]
    return " – ".join(dict.fromkeys(written))


def counts_by_drop_sku(*, drop_ids: Collection[int]) -> dict[int, int]:
    """Return how many units of each SKU of these drops are in parcels, for the proof of the stock."""
    rows = (
        ParcelUnit.objects.filter(unit__token__drop_sku__drop__in=drop_ids)
        .values_list("unit__token__drop_sku_id")
        .annotate(units=Count("pk"))
        .order_by("unit__token__drop_sku_id")
    )
    return dict(rows)


def _date(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None
