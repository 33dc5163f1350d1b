"""
From a wish to its full price. Pure: the same inputs give the same terms to the cent and to the byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drops.catalog.models import FeeBearer, TaxRounding
from drops.catalog.return_rules import ReturnRule
from drops.catalog.tax_classes import TaxClass
from drops.ledger.splits import AgreementTerms
from drops.money import share_of
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.return_terms import return_terms
from drops.sales.shares import Deductions, shares_of
from drops.sales.taxes import Taxes
from drops.sales.taxing import Taxed, tax_lines
from drops.stock.stream import iso

FORMAT = 2


@dataclass(frozen=True)
class PriceRules:
    """How a creator's prices are made."""

    name: str
    currency: str
    prices_include_tax: bool = True
    rounding: str = TaxRounding.NET_SUM
    processor_borne_by: str = FeeBearer.PLATFORM
    processor_bp: int = 0  # what a payment is expected to cost
    processor_fixed_minor: int = 0


@dataclass(frozen=True)
class Goods:
    """What is wished for."""

    drop_ref: str
    sku_code: str
    title: str
    unit_price_minor: int  # tax included, where the creator's prices are
    quantity: int
    tax_class: str = TaxClass.STANDARD
    return_rule: str = ReturnRule.ANY_REASON


@dataclass(frozen=True)
class ExtraItem:
    """What is bought along with the goods: a creator's extra, or a way of packing."""

    ref: str
    kind: str  # "extra" or "packaging"
    title: str
    unit_price_minor: int
    quantity: int
    tax_class: str = TaxClass.STANDARD
    # What customs is told of it, if the creator said so. The price does not depend on it, and the terms do not repeat it.
    hs_code: str = ""
    origin_country: str = ""
    description: str = ""


def price(
    *,
    rules: PriceRules,
    goods: Goods,
    delivery: DeliveryOption,
    destination: Destination,
    taxes: Taxes,
    agreement: AgreementTerms,
    hold_minutes: int,
    extras: Sequence[ExtraItem] = (),
) -> dict[str, Any]:
    """
    Return the terms of a sale: every line, the total, who receives what of it, and when it arrives.

    :raises TaxUnknown: if no rate is known for something in it.
    """
    items = [
        _line("goods", goods.sku_code, goods.title, goods.unit_price_minor, goods.quantity, goods.tax_class),
        *(_line(one.kind, one.ref, one.title, one.unit_price_minor, one.quantity, one.tax_class) for one in extras),
    ]
    sums = _sums(rules, items, [_charge("delivery", delivery.label, delivery.price_minor)], taxes, agreement)
    charges = [
        _charge(one.kind, one.label, one.amount_minor) | ({"detail": dict(one.detail)} if one.detail else {})
        for one in delivery.import_charges
    ]
    lines = [*sums.lines, *charges]
    lines += [] if rules.prices_include_tax else [line for line in sums.tax if line["amount_minor"]]
    total_minor = _total(lines)
    shares = shares_of(
        total_minor=total_minor,
        agreement=agreement,
        taxes=[{key: tax[key] for key in ("country", "tax_class", "rate_bp", "amount_minor")} for tax in sums.tax],
        deductions=Deductions(
            tax_minor=sums.taxed.total_minor,
            duties_minor=_total(charges),
            postage_minor=sums.net("delivery"),
            processor_minor=sums.net("processor_fee")
            if rules.processor_borne_by == FeeBearer.SHOPPER
            else _processing(rules, total_minor),
            processor_borne_by=str(rules.processor_borne_by),
            platform_minor=sums.net("service_fee"),
            partner_minor=min(delivery.partner_fee_minor, items[0]["amount_minor"]),
        ),
    ) | _agreed_with_partner(delivery)
    return {
        "format": FORMAT,
        "drop": goods.drop_ref,
        "sku": goods.sku_code,
        "title": goods.title,
        "unit_price_minor": goods.unit_price_minor,
        "quantity": goods.quantity,
        "extras": [
            {
                "ref": one.ref,
                "kind": one.kind,
                "title": one.title,
                "unit_price_minor": one.unit_price_minor,
                "quantity": one.quantity,
                "tax_class": str(one.tax_class),
            }
            for one in extras
        ],
        "prices_include_tax": rules.prices_include_tax,
        "rounding": str(rules.rounding),
        "lines": lines,
        "of_which": [*sums.tax, *_received(shares, delivery)],
        "total_minor": total_minor,
        "currency": rules.currency,
        "delivery": {
            "method": delivery.method,
            "option": delivery.key,
            "label": delivery.label,
            "name": delivery.name,
            "earliest_date": delivery.earliest_date.isoformat(),
            "latest_date": delivery.latest_date.isoformat(),
            "starts_at": iso(delivery.starts_at),
            "ends_at": iso(delivery.ends_at),
            "time_zone": delivery.time_zone,
            "place": delivery.place,
            "detail": delivery.detail,
            **_at_border(delivery),
        },
        "destination": {"country": destination.country, "postcode": destination.postcode},
        "hold_minutes": hold_minutes,
        **return_terms(rule=goods.return_rule, kinds=[item["kind"] for item in items]),
        "shares": shares,
    }


def unit_price(
    *, rules: PriceRules, agreement: AgreementTerms, price_minor: int, tax_class: str, taxes: Taxes | None
) -> int:
    """
    Return what one unit costs before delivery, with all fees that nobody can avoid, in minor units.

    It is the total of a price whose delivery is free. Without taxes none is added, where prices are given without it.

    :raises TaxUnknown: if no rate is known for such a thing.
    """
    items = [_line("goods", "", "", price_minor, 1, tax_class)]
    if taxes is None or rules.prices_include_tax:
        fees = _service_fee(agreement, price_minor)
        return price_minor + fees + _charged_processing(rules, price_minor + fees)
    sums = _sums(rules, items, [], taxes, agreement)
    return _total(sums.lines) + sums.taxed.total_minor


def tax_on_delivery(*, rules: PriceRules, price_minor: int, tax_class: str, taxes: Taxes) -> int:
    """Return the tax that comes on top of a delivery with goods of a class; none where prices include it."""
    return 0 if rules.prices_include_tax else share_of(price_minor, taxes.rate_bp(tax_class))


@dataclass(frozen=True)
class _Sums:
    """Lines with what they are taxed; import charges are not among them, for they are taxed at the border."""

    lines: list[dict[str, Any]]
    taxed: Taxed
    tax: list[dict[str, Any]]
    is_included: bool

    def net(self, kind: str) -> int:
        """Return the amount of the lines of a kind without their tax."""
        found = [at for at, line in enumerate(self.lines) if line["kind"] == kind]
        inside = sum(self.taxed.by_line[at] for at in found) if self.is_included else 0
        return _total([self.lines[at] for at in found]) - inside


def _sums(
    rules: PriceRules,
    items: list[dict[str, Any]],
    ways: list[dict[str, Any]],
    taxes: Taxes,
    agreement: AgreementTerms,
) -> _Sums:
    fee_minor = _service_fee(agreement, _total(items))
    lines = [*items, *ways, _charge("service_fee", "Service fee", fee_minor)]
    processing = _charged_processing(rules, _total(lines))
    if processing:
        lines.append(_charge("processor_fee", "Payment fee", processing))
    taxed = tax_lines(
        lines=[(line["amount_minor"], line.get("tax_class", "")) for line in lines],
        taxes=taxes,
        is_included=rules.prices_include_tax,
        is_rounded_per_line=rules.rounding == TaxRounding.PER_LINE,
    )
    tax = [
        {"kind": "tax", "amount_minor": amount_minor} | taxes.facts(tax_class)
        for tax_class, amount_minor in taxed.by_class.items()
    ]
    # An export is taxed with nothing whatever its classes are, which is said once.
    return _Sums(lines, taxed, tax[:1] if taxes.is_export else tax, rules.prices_include_tax)


def _total(lines: Sequence[dict[str, Any]]) -> int:
    return sum(line["amount_minor"] for line in lines)


def _service_fee(agreement: AgreementTerms, items_minor: int) -> int:
    return share_of(items_minor, agreement.platform_bp) + agreement.platform_fixed_minor


def _processing(rules: PriceRules, amount_minor: int) -> int:
    return share_of(amount_minor, rules.processor_bp) + rules.processor_fixed_minor if amount_minor else 0


def _charged_processing(rules: PriceRules, amount_minor: int) -> int:
    return _processing(rules, amount_minor) if rules.processor_borne_by == FeeBearer.SHOPPER else 0


def _line(kind: str, ref: str, title: str, unit_price_minor: int, quantity: int, tax_class: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "label": title if quantity == 1 else f"{quantity} × {title}",
        "amount_minor": unit_price_minor * quantity,
        "ref": ref,
        "quantity": quantity,
        "unit_price_minor": unit_price_minor,
        "tax_class": str(tax_class),
    }


def _charge(kind: str, label: str, amount_minor: int) -> dict[str, Any]:
    return {"kind": kind, "label": label, "amount_minor": amount_minor}


def _at_border(delivery: DeliveryOption) -> dict[str, Any]:
    if not delivery.import_note:
        return {}
    return {"import_note": delivery.import_note, "import": dict(delivery.import_facts)}


def _agreed_with_partner(delivery: DeliveryOption) -> dict[str, Any]:
    terms = delivery.partner_terms
    return {"partner_agreement": {"ref": terms.ref, "version": terms.version}} if terms else {}


def _received(shares: dict[str, Any], delivery: DeliveryOption) -> list[dict[str, Any]]:
    got = [("creator", one["name"], one["amount_minor"]) for one in shares["creators"]]
    if shares["partner_minor"]:
        got.append(("partner", delivery.name or delivery.label, shares["partner_minor"]))
    return [
        {"kind": kind, "label": f"{name} receives", "amount_minor": amount_minor, "name": name}
        for kind, name, amount_minor in got
    ]
