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
from drops.money import tax_included_in
from drops.sales.models import Order, Payment, PaymentState
from drops.sales.payment import payment_providers

EDITION = 1  # of the shape below
# Art. 220a (1) (a): up to 400 euros an invoice may be a simplified one, which need not say who buys. States may allow it for
# other currencies at their own rates; without one we ask for the full address.
SIMPLIFIED_MOST_MINOR = 40_000
# Duty and import charges are passed on to customs as they are, and never taxed here.
PASSED_ON = frozenset({"duty", "import_tax", "import_fee"})


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
        "lines": [_line(line, terms) for line in terms.get("lines", []) if line["kind"] != "tax"],
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

    What comes along with the goods (delivery, fees) is taxed as they are, and cut by their value where they are of several
    classes (art. 78 (b)), just as the price was. The rows sum to the total, less what is passed on to customs.
    """
    entries = [part for part in terms.get("of_which", []) if part["kind"] == "tax"]
    rows: dict[tuple[int, str, bool], dict[str, Any]] = {}
    for entry, net_minor in zip(entries, _nets(entries, terms, total_minor), strict=True):
        rate_bp, country = entry.get("rate_bp", 0), entry.get("country") or seller_country
        is_export = entry.get("is_export", False)
        # Two classes at one rate are one row: the law asks by rate.
        row = rows.setdefault(
            (rate_bp, country, is_export),
            {
                "name": entry.get("name", "vat"),
                "rate_bp": rate_bp,
                "country": country,
                "is_export": is_export,
                "net_minor": 0,
                "tax_minor": 0,
            },
        )
        row["net_minor"] += net_minor
        row["tax_minor"] += entry["amount_minor"]
    return list(rows.values())


def language_of(*, locale: str, seller: Seller) -> str:
    """Return the language of a shopper's documents: theirs if we print it, else the seller's."""
    wanted = locale.replace("_", "-").split("-", 1)[0].lower()
    return wanted if wanted in dict(LANGUAGES) else seller.language


def local_day(at: datetime, time_zone: str) -> date:
    """Return the day on which something happened where the creator is."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def _nets(entries: list[dict[str, Any]], terms: dict[str, Any], total_minor: int) -> list[int]:
    taxed = [line for line in terms.get("lines", []) if line["kind"] != "tax" and line["kind"] not in PASSED_ON]
    if len(entries) == 1:
        passed_on = sum(line["amount_minor"] for line in terms.get("lines", []) if line["kind"] in PASSED_ON)
        return [total_minor - passed_on - entries[0]["amount_minor"]]
    classes = [entry.get("tax_class") for entry in entries]
    own = [sum(line["amount_minor"] for line in taxed if line.get("tax_class") == one) for one in classes]
    amounts = list(own)
    for line in taxed:
        if line.get("tax_class") not in classes:
            parts = split(line["amount_minor"], own if any(own) else [1, *[0] * (len(own) - 1)])
            amounts = [amount + part for amount, part in zip(amounts, parts, strict=True)]
    if not terms.get("prices_include_tax", True):
        return amounts
    return [amount - entry["amount_minor"] for amount, entry in zip(amounts, entries, strict=True)]


def _line(line: dict[str, Any], terms: dict[str, Any]) -> dict[str, Any]:
    quantity, unit_price, label = line.get("quantity"), line.get("unit_price_minor"), line["label"]
    if line["kind"] == "goods" and quantity is None:  # the first format, which has one thing
        quantity, unit_price, label = terms.get("quantity", 1), terms.get("unit_price_minor"), terms.get("title", "")
    if quantity:
        label = label.removeprefix(f"{quantity} × ")
    printed = {
        "kind": line["kind"],
        "label": label,
        "quantity": quantity,
        "unit_price_minor": unit_price,
        "amount_minor": line["amount_minor"],
    }
    rate_bp = _rate_of(line, terms)
    if unit_price is not None and rate_bp and terms.get("prices_include_tax", True):
        # Art. 226 (8) wants the unit price without tax, which is not the one that people were shown.
        printed |= {"rate_bp": rate_bp, "unit_net_minor": unit_price - tax_included_in(unit_price, rate_bp)}
    return printed


def _rate_of(line: dict[str, Any], terms: dict[str, Any]) -> int:
    """Return at what rate a line is taxed; 0 also for what is cut among several."""
    entries = [part for part in terms.get("of_which", []) if part["kind"] == "tax"]
    fitting = (
        entries if len(entries) == 1 else [one for one in entries if one.get("tax_class") == line.get("tax_class")]
    )
    return int(fitting[0].get("rate_bp", 0)) if fitting else 0


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
    came_to_nothing = [PaymentState.STARTED, PaymentState.FAILED, PaymentState.CANCELLED]
    payment = Payment.objects.filter(hold=order.hold_id).exclude(state__in=came_to_nothing).order_by("number").first()
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
