"""
What a receipt or an invoice says of an order, as data: Directive 2006/112/EC, art. 226, and art. 226b for simplified ones.

Everything that is printed is in it, so that a later change of prices, names or addresses never touches what was issued.
Amounts are integers of minor units. Shoppers are consumers here, so that reverse charge (art. 226 (11a)) never arises.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from drops.documents.models import LANGUAGES, DocumentKind, Seller
from drops.documents.sellers import charges_in_spite, missing_for_invoices, seller_of, seller_snapshot
from drops.ledger.splits import split
from drops.sales.models import Order, Payment, PaymentState
from drops.sales.payment import payment_providers

EDITION = 1  # of the shape below
# Art. 220a (1) (a): up to 400 euros an invoice may be a simplified one, which need not say who buys. States may allow it for
# other currencies at their own rates; without one we ask for the full address.
SIMPLIFIED_MOST_MINOR = 40_000
# What is taxed by its own class. Duty and import charges are passed on as they are, and never taxed here.
_PASSED_ON = frozenset({"duty", "import_tax", "import_fee"})


def document_data(*, order: Order) -> dict[str, Any]:
    """
    Return what is printed of a paid order, but for number and day of issue.

    By the points of art. 226: (3) and (5) seller and buyer, (6) quantity and nature, (7) day of supply and of payment, (8)
    taxable amount per rate and unit price, (9) rate, (10) tax payable, (11) why there is none. It reads terms of both formats.
    """
    seller = seller_of(creator=order.creator)
    terms = order.terms
    taxes = tax_rows(terms=terms, seller_country=order.creator.country, total_minor=order.total_minor)
    tax_minor = sum(row["tax_minor"] for row in taxes)
    return {
        "edition": EDITION,
        "language": language_of(locale=order.shopper.locale, seller=seller),
        "seller": seller_snapshot(seller=seller),
        "buyer": _buyer(order),
        "order": order.ref,
        "supply": _supply(terms.get("delivery", {})),
        "payment": _payment(order),
        "currency": order.currency,
        "prices_include_tax": terms.get("prices_include_tax", True),
        "lines": [_line(line, terms) for line in terms["lines"] if line["kind"] != "tax"],
        "taxes": taxes,
        "net_minor": order.total_minor - tax_minor,
        "tax_minor": tax_minor,
        "total_minor": order.total_minor,
        "remarks": _remarks(seller, taxes, tax_minor),
    }


def kind_of(*, data: dict[str, Any], seller: Seller) -> DocumentKind:
    """Return whether that can be an invoice; what lacks something that the law asks for is a receipt."""
    is_simplified = data["currency"] == "EUR" and data["total_minor"] <= SIMPLIFIED_MOST_MINOR
    has_buyer = bool(data["buyer"]["name"] and data["buyer"]["street"] and data["buyer"]["city"])
    has_seller = not missing_for_invoices(seller=seller) and not charges_in_spite(seller=seller)
    return DocumentKind.INVOICE if has_seller and (is_simplified or has_buyer) else DocumentKind.RECEIPT


def tax_rows(*, terms: dict[str, Any], seller_country: str, total_minor: int) -> list[dict[str, Any]]:
    """
    Return the tax of some terms: one row for each rate and country, each with the net amount that it is of.

    With a single rate the net is all that is taxed, less the tax. With several, what has a class goes to its rate and the
    rest (delivery, fees) is shared out by largest remainder, so that the rows always sum to the total.
    """
    entries = [part for part in terms.get("of_which", []) if part["kind"] == "tax"]
    passed_on = sum(line["amount_minor"] for line in terms["lines"] if line["kind"] in _PASSED_ON)
    taxed = total_minor - passed_on
    grosses = _grosses(entries, terms, taxed)
    return [
        {
            "name": entry.get("name", "vat"),
            "rate_bp": entry.get("rate_bp", 0),
            "country": entry.get("country") or seller_country,
            "is_export": entry.get("is_export", False),
            "net_minor": gross - entry["amount_minor"],
            "tax_minor": entry["amount_minor"],
        }
        for entry, gross in zip(entries, grosses, strict=True)
    ]


def language_of(*, locale: str, seller: Seller) -> str:
    """Return the language of a shopper's documents: theirs if we print it, else the seller's."""
    wanted = locale.replace("_", "-").split("-", 1)[0].lower()
    return wanted if wanted in dict(LANGUAGES) else seller.language


def local_day(at: datetime, time_zone: str) -> date:
    """Return the day on which something happened where the creator is."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def _grosses(entries: list[dict[str, Any]], terms: dict[str, Any], taxed: int) -> list[int]:
    if len(entries) <= 1:
        return [taxed] * len(entries)
    if all("net_minor" in entry for entry in entries):
        return [entry["net_minor"] + entry["amount_minor"] for entry in entries]
    own = [0] * len(entries)
    place = {entry.get("tax_class"): at for at, entry in reversed(list(enumerate(entries)))}
    for line in terms["lines"]:
        if line["kind"] in _PASSED_ON or line["kind"] == "tax":
            continue
        if (at := place.get(line.get("tax_class"))) is not None:
            own[at] += line["amount_minor"]
    if not terms.get("prices_include_tax", True):
        own = [net + entry["amount_minor"] for net, entry in zip(own, entries, strict=True)]
    weights = own if any(own) else [1] * len(entries)
    return [mine + rest for mine, rest in zip(own, split(taxed - sum(own), weights), strict=True)]


def _line(line: dict[str, Any], terms: dict[str, Any]) -> dict[str, Any]:
    quantity, unit_price, label = line.get("quantity"), line.get("unit_price_minor"), line["label"]
    if line["kind"] == "goods" and quantity is None:  # the first format, which has one thing
        quantity, unit_price, label = terms.get("quantity", 1), terms.get("unit_price_minor"), terms["title"]
    if quantity:
        label = label.removeprefix(f"{quantity} × ")
    return {
        "kind": line["kind"],
        "label": label,
        "quantity": quantity,
        "unit_price_minor": unit_price,
        "amount_minor": line["amount_minor"],
    }


def _buyer(order: Order) -> dict[str, str]:
    address = order.address or {}
    return {
        "name": order.name,
        "email": order.email,
        "street": address.get("street", ""),
        "postcode": address.get("postcode", ""),
        "city": address.get("city", ""),
        "region": address.get("region", ""),
        "country": address.get("country") or order.terms.get("destination", {}).get("country", ""),
    }


def _supply(delivery: dict[str, Any]) -> dict[str, str]:
    """Return how and when the goods change hands: a slot's day is known, a parcel's only between two."""
    return {
        "method": delivery.get("method", ""),
        "name": delivery.get("name") or delivery.get("label", ""),
        "place": delivery.get("place", ""),
        "first_date": delivery.get("earliest_date", ""),
        "last_date": delivery.get("latest_date", ""),
    }


def _payment(order: Order) -> dict[str, Any]:
    paid = Payment.objects.filter(hold=order.hold_id, state__in=[PaymentState.CAPTURED, PaymentState.REFUNDED])
    payment = paid.order_by("number").first()
    name = payment.provider if payment else ""
    provider = payment_providers().get(name)
    return {
        "date": local_day(order.paid_at, order.creator.time_zone).isoformat(),
        "provider": name,
        "is_test": bool(provider and provider.is_test),
    }


def _remarks(seller: Seller, taxes: list[dict[str, Any]], tax_minor: int) -> list[dict[str, str]]:
    """Return why no tax is shown where there is none (art. 226 (11))."""
    if any(row["is_export"] for row in taxes):
        return [{"kind": "export"}]  # exempt by art. 146 (1)
    if seller.is_exempt and not tax_minor:
        return [{"kind": "exempt", "text": seller.exemption_note}]
    return []
