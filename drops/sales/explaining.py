"""
From the facts of an order to its explanation: the lines of the price, what is taken off it, and how the rest is shared. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drops.ledger.splits import split
from drops.money import BASIS, format_minor, share_of
from drops.sales.breakdowns import DUTIES, GOODS
from drops.sales.explanation_words import CLASSES, at_the_border, contained, figure, part, percent, reckoned
from drops.sales.explanations import (
    LADDER_SUM,
    LINES_SUM,
    SHARES_SUM,
    TAX_AGAIN,
    Explanation,
    OrderFacts,
    Rung,
    Sum,
)
from drops.sales.taxes import Taxes, country_in_words
from drops.sales.taxing import Taxed, tax_lines
from drops.sales.whereabouts import came_in_of, cash_of, holders_of, later_sums, of_the_sale


def explain(facts: OrderFacts) -> Explanation:
    """Return where every cent of an order went, by which rule, and whether each sum comes out."""
    return _Explaining(facts).explanation()


_ONLY = "only"  # the class of things, where terms know no classes


@dataclass(frozen=True)
class _Tax:
    """What one class of things is taxed with in one country."""

    country: str
    tax_class: str
    rate_bp: int
    amount_minor: int


class _Explaining:
    def __init__(self, facts: OrderFacts) -> None:
        self.facts, self.currency = facts, facts.currency
        self.terms = facts.terms
        self.shares: Mapping[str, Any] = facts.terms["shares"]
        self.lines: Sequence[Mapping[str, Any]] = facts.terms["lines"]
        self.total = int(facts.terms["total_minor"])
        self.is_on_top = not facts.terms.get("prices_include_tax", True)
        self.taxes = [
            _Tax(tax["country"], tax.get("tax_class", ""), int(tax["rate_bp"]), int(tax["amount_minor"]))
            for tax in self.shares["tax"]
        ]
        self.named: Mapping[str, Any] = next((one for one in self.terms["of_which"] if one["kind"] == "tax"), {})
        # What customs take is taxed there, and the tax on top is what is being reckoned.
        self.taxed_lines = [line for line in self.lines if line["kind"] not in (*DUTIES, "tax")]
        self.again = self._tax_again()

    def explanation(self) -> Explanation:
        taken = self._taken()
        shared = self._shared()
        base = int(self.shares.get("base_minor", self.shares["creator_minor"]))
        base += self.facts.quoted_partner_minor - int(self.shares["partner_minor"])
        return Explanation(
            ref=self.facts.ref,
            title=self.facts.title,
            currency=self.currency,
            total_minor=self.total,
            paid=tuple(self._line(line) for line in self.lines),
            taken=taken,
            base_minor=base,
            shared=shared,
            movements=self.facts.movements,
            holders=holders_of(self.facts),
            came_in_minor=came_in_of(self.facts),
            sums=(
                Sum(LINES_SUM, self.total, sum(line["amount_minor"] for line in self.lines)),
                *self._tax_sum(),
                Sum(LADDER_SUM, base, taken[-1].left_minor or 0),
                Sum(SHARES_SUM, base, sum(rung.amount_minor for rung in shared)),
                *later_sums(self.facts),
            ),
        )

    # What the shopper paid -----------------------------------------------------------------------------------------

    def _line(self, line: Mapping[str, Any]) -> Rung:
        return Rung(str(line["kind"]), str(line["label"]), self._rule_of_line(line), int(line["amount_minor"]))

    def _rule_of_line(self, line: Mapping[str, Any]) -> str:
        kind, amount = line["kind"], int(line["amount_minor"])
        with_tax = "before tax" if self.is_on_top else "tax included"
        if kind in GOODS:
            unit = int(line.get("unit_price_minor", self.terms["unit_price_minor"]))
            quantity = line.get("quantity", self.terms["quantity"])
            return f"{quantity} × {self._money(unit)}, {with_tax}."
        if kind == "service_fee":
            return self._rule_of_fee(amount)
        if kind in DUTIES:
            rule = at_the_border(line.get("detail") or {}, self.currency)
            return f"Paid in advance for the border, and passed on whole. {rule}".strip()
        return {
            "delivery": f"What this way of delivery costs, {with_tax}.",
            "processor_fee": "What the payment was expected to cost, borne by the shopper.",
            "tax": "Added to prices that are given without it: see below.",
        }.get(str(kind), "")

    def _rule_of_fee(self, amount: int) -> str:
        fee, goods = self.facts.fee, sum(line["amount_minor"] for line in self.lines if line["kind"] in GOODS)
        by = f"Version {fee.version} of the agreement for {fee.subject}" if fee.version else "The fee of this shop"
        if share_of(goods, fee.platform_bp) + fee.platform_fixed_minor != amount:
            return "The fee that was agreed for this shop on that day; it has changed since."
        words = [f"{part(goods, fee.platform_bp, self.currency)} of the goods"] if fee.platform_bp else []
        words += [f"{self._money(fee.platform_fixed_minor)} for the order"] if fee.platform_fixed_minor else []
        return f"{by}: {', and '.join(words) or 'nothing'}."

    # What is taken off it ------------------------------------------------------------------------------------------

    def _taken(self) -> tuple[Rung, ...]:
        shares = self.shares
        steps = [*self._tax_rungs()]
        if duties := int(shares.get("duties_minor", 0)):
            booked = of_the_sale(self.facts, "duty")
            steps.append(
                ("duties", "Duties and import tax", "Passed on to customs, whole.", duties, None, booked),
            )
        if postage := int(shares["postage_minor"]):
            booked = of_the_sale(self.facts, "postage")
            rule = f"Passed on with the parcel. {self._net('delivery')}"
            steps.append(("postage", "Postage", rule, postage, None, booked))
        steps.append(self._processor())
        platform, absorbed = int(shares["platform_minor"]), int(shares.get("platform_absorbs_minor", 0))
        booked = of_the_sale(self.facts, "accrued", kind="platform")
        fee_booked = None if booked is None else booked + absorbed
        steps.append(
            ("platform", "Platform", f"The service fee. {self._net('service_fee')}", platform, None, fee_booked)
        )
        if fee := int(shares["partner_minor"]) or self.facts.quoted_partner_minor:
            steps.append(self._partner(fee))
        if absorbed:
            rule = "Less than nothing would be left: the platform gives that up, so that nobody owes for a sale."
            steps.append(("absorbed", "Given up by the platform", rule, -absorbed, None, None))
        rungs, left = [], self.total
        for kind, label, rule, amount, payee, found in steps:
            left -= 0 if kind == "processor" and self._is_borne_by_platform else amount
            rungs.append(Rung(kind, label, rule, amount, left, payee, found))
        return tuple(rungs)

    @property
    def _is_borne_by_platform(self) -> bool:
        return str(self.shares.get("processor_borne_by", "platform")) == "platform"

    def _tax_rungs(self) -> list[Any]:
        if self.named.get("is_export"):
            label = str(self.named["label"])
            return [("tax", label, "The destination’s tax is due on import, and none here.", 0, None, None)]
        several = len({tax.country for tax in self.taxes}) < len(self.taxes)
        rungs = []
        for tax in self.taxes:
            name = "Sales tax" if self.named.get("name") == "sales_tax" else "VAT"
            tax_class = f", {CLASSES.get(tax.tax_class, tax.tax_class)}" if tax.tax_class else ""
            label = f"{name} {percent(tax.rate_bp)}, {country_in_words(tax.country) or tax.country}{tax_class}"
            # Several classes of one country are one entry in the books.
            booked = None if several else of_the_sale(self.facts, "tax", country=tax.country)
            rungs.append(("tax", label, self._rule_of_tax(tax), tax.amount_minor, None, booked))
        return rungs

    def _rule_of_tax(self, tax: _Tax) -> str:
        source = self.facts.tax_sources.get((tax.country, tax.tax_class), "")
        if self.again is None:
            return f"In the price as {percent(tax.rate_bp)}. {source}".strip()
        amount = self.again.amounts.get(tax.tax_class or _ONLY, 0)
        if self.terms.get("rounding") == "per_line":
            return f"{percent(tax.rate_bp)} {'on' if self.is_on_top else 'in'} each line, rounded half up line by line. {source}"
        worth = (part if self.is_on_top else contained)(amount, tax.rate_bp, self.currency)
        cut = " Delivery and fees are cut among the classes by the goods’ value." if len(self.taxes) > 1 else ""
        return f"{'On top' if self.is_on_top else 'In the price'}: {worth}, rounded half up once.{cut} {source}".strip()

    def _tax_again(self) -> Taxed | None:
        rates = {tax.tax_class or _ONLY: tax.rate_bp for tax in self.taxes}
        taxes = Taxes("", "vat", rates, is_export=bool(self.named.get("is_export")))
        only = next(iter(rates), "")
        lines = [
            (int(line["amount_minor"]), str(line.get("tax_class") or (only if line["kind"] in GOODS else "")))
            for line in self.taxed_lines
        ]
        again = tax_lines(
            lines=lines,
            taxes=taxes,
            is_included=not self.is_on_top,
            is_rounded_per_line=self.terms.get("rounding") == "per_line",
        )
        # Terms that do not say how they were rounded are not held to it.
        return again if "format" in self.terms or again.total_minor == self.shares["tax_minor"] else None

    def _tax_sum(self) -> list[Sum]:
        return [] if self.again is None else [Sum(TAX_AGAIN, int(self.shares["tax_minor"]), self.again.total_minor)]

    def _net(self, kind: str) -> str:
        """Say what a line is without its tax."""
        found = [at for at, line in enumerate(self.taxed_lines) if line["kind"] == kind]
        gross = sum(self.taxed_lines[at]["amount_minor"] for at in found)
        if self.is_on_top:
            return f"{figure(gross, self.currency)} before tax."
        if self.again is None:
            return f"{figure(gross, self.currency)} less the tax in it."
        inside = sum(self.again.by_line[at] for at in found)
        if not inside:
            return f"{figure(gross, self.currency)}; no tax is in it."
        return f"{figure(gross, self.currency)} − {figure(inside, self.currency)} tax in it."

    def _processor(self) -> tuple[Any, ...]:
        expected = int(self.shares.get("processor_minor", 0))
        captured = [one.cause.partition(":")[2] for one in self.facts.movements if one.kind == "capture"]
        causes = {f"{what}:{payment}" for payment in captured for what in ("capture", "fee")}
        kept = sum(-cash_of(one) for one in self.facts.movements if one.cause in causes)
        actual = f" It kept {self._money(kept)}." if kept else ""
        if self._is_borne_by_platform:
            words = f"{self._money(expected)} expected, and paid" if expected else "Paid"
            rule = f"{words} by the platform out of its own part, so nothing is taken off here.{actual}"
            return ("processor", "Payment provider", rule, 0, None, None)
        who = "the creators" if self.shares["processor_borne_by"] == "creators" else "the shopper"
        rule = f"Set aside as expected, and borne by {who}. What it costs more or less is the platform’s.{actual}"
        return ("processor", "Payment provider", rule, expected, None, of_the_sale(self.facts, "fees"))

    def _partner(self, fee: int) -> tuple[Any, ...]:
        amount, quoted = int(self.shares["partner_minor"]), self.facts.quoted_partner_minor
        rule = f"For the hand-over. {self.facts.partner_rule}".strip()
        if amount != quoted:
            rule += f" The price thought of {self._money(quoted)}; the difference is the creators’."
        delivery = self.terms.get("delivery", {})
        name = delivery.get("name") or delivery.get("label") or "Partner"
        booked = of_the_sale(self.facts, "accrued", kind="partner")
        payee = next((one.payee_id for one in self._sale_entries() if one.payee_kind == "partner"), None)
        return ("partner", str(name), rule, amount, payee, booked)

    # How the rest is shared ----------------------------------------------------------------------------------------

    def _shared(self) -> tuple[Rung, ...]:
        creators = self.shares.get("creators") or [
            {"payee": None, "name": "", "share_bp": BASIS, "amount_minor": self.shares["creator_minor"]}
        ]
        base = sum(int(one["amount_minor"]) for one in creators)
        parts = split(base, [int(one["share_bp"]) for one in creators])
        rungs = []
        for one, fair in zip(creators, parts, strict=True):
            amount, payee = int(one["amount_minor"]), one["payee"] or self.facts.seller_payee
            booked = of_the_sale(self.facts, "accrued", payee=payee)
            rule = self._rule_of_share(base, int(one["share_bp"]), amount)
            if amount != fair:
                rule += f" By today’s rule it would be {self._money(fair)}."
            rungs.append(Rung("creator", one["name"] or self.facts.seller_name, rule, amount, None, payee, booked))
        return tuple(rungs)

    def _rule_of_share(self, base: int, share_bp: int, amount: int) -> str:
        fee = self.facts.fee
        if share_bp == BASIS:
            return "All of it; no agreement shares it with anybody."
        by = f"Version {fee.version} of the agreement for {fee.subject}" if fee.version else "As agreed"
        down = base * share_bp // BASIS
        worth = f"{figure(base, self.currency)} × {percent(share_bp)} {reckoned(base * share_bp, BASIS, self.currency)}"
        if base * share_bp % BASIS == 0:
            return f"{by}: {worth}."
        cent = ", and one unit that could not be shared, by the largest remainder" if amount > down else ""
        return f"{by}: {worth}, rounded down to {figure(down, self.currency)}{cent}."

    def _sale_entries(self) -> list[Any]:
        return [entry for one in self.facts.movements if one.kind == "sale" for entry in one.entries]

    def _money(self, amount_minor: int) -> str:
        return format_minor(amount_minor, self.currency)
