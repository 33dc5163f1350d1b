"""
What a parcel costs at a customs border. Pure: the same parcel, rules and day give the same estimate, to the cent and byte.

Nothing is guessed. Where no rule says what is due, or an amount stands in a currency that nobody stated a conversion for, the
answer is that it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from drops.catalog.countries import EU
from drops.ledger.splits import split
from drops.money import share_of
from drops.sales.delivery import ImportCharge
from fulfillment.conversions import Conversions
from fulfillment.import_rules import (
    UNION,
    ChargeKind,
    Confidence,
    CurrencyConversion,
    ImportRule,
    RuleKind,
    ValueBase,
)

FEWEST_HS_DIGITS = 6
_LEAST_SURE_LAST = [Confidence.KNOWN, Confidence.ESTIMATE, Confidence.UNKNOWN]


@dataclass(frozen=True)
class CustomsItem:
    """Units of one SKU, or of something beside them, with what customs is told of them."""

    sku_code: str  # empty for what is beside the goods
    hs_code: str
    origin_country: str
    description: str
    value_minor: int  # of all units together, without postage, with its part of the packing
    quantity: int = 1
    packing_minor: int = 0  # of the value: what was paid for a way to pack
    extra_ref: str = ""
    title: str = ""
    is_classed_as_goods: bool = False  # nobody said what it is, so it is counted with the goods it goes with

    @property
    def name(self) -> str:
        return self.sku_code or self.title


@dataclass(frozen=True)
class Consignment:
    """A parcel as a customs office sees it."""

    country: str
    currency: str
    items: tuple[CustomsItem, ...]
    freight_minor: int
    incoterm: str

    @property
    def value_minor(self) -> int:
        return sum(item.value_minor for item in self.items)


@dataclass(frozen=True)
class MissingFact:
    """What has to be said of a SKU before it may cross this border."""

    sku_code: str
    what: str


@dataclass(frozen=True)
class Estimate:
    """What is due at the border, line by line, and how sure that is."""

    charges: tuple[ImportCharge, ...] = ()
    confidence: Confidence = Confidence.KNOWN
    unknown: tuple[ChargeKind, ...] = ()  # what nobody can say
    missing: tuple[MissingFact, ...] = ()
    blocked: str = ""  # why nothing may be sent
    checked_on: date | None = None  # when somebody last looked after the rule that was left alone for longest

    @property
    def total_minor(self) -> int:
        return sum(charge.amount_minor for charge in self.charges)

    @property
    def is_told(self) -> bool:
        """Whether an amount can be said at all."""
        return self.confidence != Confidence.UNKNOWN


def evaluate(
    *, parcel: Consignment, rules: Iterable[ImportRule], conversions: Iterable[CurrencyConversion], day: date
) -> Estimate:
    """
    Return what is due for a parcel that reaches its border on a day.

    Lines are the parcel's codes and origins; in the Union a code's first six digits count. Postage is spread over the lines by
    their value. Each line is rounded by itself, half up, as it is declared.
    """
    places = {parcel.country, UNION} if parcel.country in EU else {parcel.country}
    own = [rule for rule in rules if rule.dest in places and rule.incoterm in ("", parcel.incoterm)]
    holding = sorted((rule for rule in own if _holds(rule, day)), key=_rank, reverse=True)
    return _Evaluation(parcel, holding, Conversions(conversions, day), day).estimate()


def missing_facts(*, items: Iterable[CustomsItem], hs_digits: int = FEWEST_HS_DIGITS) -> tuple[MissingFact, ...]:
    """Return what no parcel can cross a customs border without, and these lack."""
    found = []
    for item in items:
        if len(item.hs_code) < hs_digits:
            what = "HS code" if hs_digits == FEWEST_HS_DIGITS else f"HS code of {hs_digits} digits"
            found.append(MissingFact(item.name, what))
        if not item.origin_country:
            found.append(MissingFact(item.name, "country of origin"))
        if not item.description:
            found.append(MissingFact(item.name, "description"))
    return tuple(found)


@dataclass
class _Line:
    hs_code: str
    origin_country: str
    goods_minor: int = 0
    freight_minor: int = 0
    duty_minor: int = 0


@dataclass
class _Sum:
    rule: ImportRule
    amount_minor: int = 0
    base_minor: int = 0
    lines: int = 0


@dataclass
class _Evaluation:
    parcel: Consignment
    rules: Sequence[ImportRule]  # the most specific first
    conversions: Conversions
    day: date
    used: dict[int, ImportRule] = field(default_factory=dict)
    unknown: list[ChargeKind] = field(default_factory=list)
    has_converted: bool = False

    def estimate(self) -> Estimate:
        lines = self._lines()
        block = next((rule for rule in self._of(RuleKind.BLOCK) if any(_covers(rule, line) for line in lines)), None)
        if block is not None:
            return Estimate(blocked=block.note, confidence=Confidence.UNKNOWN, checked_on=block.checked_on)
        digits = [rule.hs_digits or 0 for rule in self._of(RuleKind.DATA_REQUIRED) if self._is_worth(rule) is not False]
        missing = missing_facts(items=self.parcel.items, hs_digits=max([FEWEST_HS_DIGITS, *digits]))
        charges = [
            *self._charged(ChargeKind.DUTY, lines),
            *self._charged(ChargeKind.IMPORT_TAX, lines),
            *self._fees(lines),
        ]
        if missing:
            # By what code nobody knows, nobody knows what is due.
            return Estimate(missing=missing, confidence=Confidence.UNKNOWN, checked_on=self._checked_on())
        return Estimate(
            charges=tuple(charges),
            confidence=self._confidence(),
            unknown=tuple(self.unknown),
            checked_on=self._checked_on(),
        )

    def _lines(self) -> list[_Line]:
        digits = FEWEST_HS_DIGITS if self.parcel.country in EU else None
        by_key: dict[tuple[str, str], _Line] = {}
        for item in self.parcel.items:
            key = item.hs_code[:digits], item.origin_country
            line = by_key.setdefault(key, _Line(item.hs_code, item.origin_country))
            # Codes that are one line share no more than what they begin with.
            line.hs_code = line.hs_code if line.hs_code == item.hs_code else key[0]
            line.goods_minor += item.value_minor
        lines = [by_key[key] for key in sorted(by_key)]
        weights = [line.goods_minor for line in lines]
        parts = split(self.parcel.freight_minor, weights if any(weights) else [1] * len(lines)) if lines else []
        for line, part in zip(lines, parts, strict=True):
            line.freight_minor = part
        return lines

    def _charged(self, charge: ChargeKind, lines: list[_Line]) -> list[ImportCharge]:
        """Apply to each line the one rule that is meant for it."""
        sums: dict[int, _Sum] = {}
        for line in lines:
            if charge in self.unknown:
                return []
            rule = self._rule_for(charge, line)
            if rule is None:
                self.unknown.append(charge)
                return []
            if rule.kind == RuleKind.THRESHOLD:
                continue  # nothing is due
            if rule.base == ValueBase.DUTY_INCLUSIVE and ChargeKind.DUTY in self.unknown:
                self.unknown.append(charge)
                return []
            sum_ = sums.setdefault(id(rule), _Sum(rule))
            base_minor = _base_of(line, rule.base)
            amount_minor = self._amount(rule, base_minor, is_first=not sum_.lines)
            if amount_minor is None:
                self.unknown.append(charge)
                return []
            sum_.amount_minor += amount_minor
            sum_.base_minor += base_minor
            sum_.lines += 1
            if charge == ChargeKind.DUTY:
                line.duty_minor = amount_minor
        return [self._charge(each) for each in sums.values() if each.amount_minor]

    def _fees(self, lines: list[_Line]) -> list[ImportCharge]:
        """Add up the fees: other than of duties, several may be due at once."""
        if any(
            rule.kind == RuleKind.THRESHOLD and self._relieves(rule) for rule in self._charging(ChargeKind.IMPORT_FEE)
        ):
            return []
        found = []
        for rule in self._charging(ChargeKind.IMPORT_FEE):
            covered = [line for line in lines if _covers(rule, line)]
            if rule.kind == RuleKind.THRESHOLD or not covered or self._is_worth(rule) is False:
                continue
            sum_ = _Sum(rule)
            for line in covered:
                base_minor = _base_of(line, rule.base)
                amount_minor = self._amount(rule, base_minor, is_first=not sum_.lines)
                if amount_minor is None or self._is_worth(rule) is None:
                    self.unknown.append(ChargeKind.IMPORT_FEE)
                    return []
                sum_.amount_minor += amount_minor
                sum_.base_minor += base_minor
                sum_.lines += 1
            self.used[id(rule)] = rule
            if sum_.amount_minor:
                found.append(self._charge(sum_))
        return found

    def _rule_for(self, charge: ChargeKind, line: _Line) -> ImportRule | None:
        """Return the most specific rule for a line, a relief before all; None if there is none, or it cannot be told."""
        covering = [rule for rule in self._charging(charge) if _covers(rule, line)]
        for rule in sorted(covering, key=lambda rule: rule.kind != RuleKind.THRESHOLD):
            fits = self._relieves(rule) if rule.kind == RuleKind.THRESHOLD else self._is_worth(rule)
            if fits is None:
                return None
            if fits:
                self.used[id(rule)] = rule
                return rule
        return None

    def _relieves(self, rule: ImportRule) -> bool | None:
        worth = self._is_worth(rule)
        return self._exceeds(rule, rule.amount_minor or 0, want=False) if worth else worth

    def _is_worth(self, rule: ImportRule) -> bool | None:
        """Return whether the parcel's value lies where a rule says; None if that cannot be told in its currency."""
        if rule.value_above_minor is not None:
            above = self._exceeds(rule, rule.value_above_minor, want=True)
            if not above:
                return above
        if rule.value_upto_minor is not None:
            return self._exceeds(rule, rule.value_upto_minor, want=False)
        return True

    def _exceeds(self, rule: ImportRule, bound_minor: int, *, want: bool) -> bool | None:
        value = self.conversions.exactly(self.parcel.value_minor, self.parcel.currency, rule.currency)
        if value is None:
            return None
        self.has_converted |= rule.currency != self.parcel.currency
        return (value > bound_minor) == want

    def _amount(self, rule: ImportRule, base_minor: int, *, is_first: bool) -> int | None:
        if rule.kind == RuleKind.AD_VALOREM:
            return share_of(base_minor, rule.rate_bp or 0)
        if rule.kind == RuleKind.FEE and not is_first:
            return 0  # once a parcel
        self.has_converted |= rule.currency != self.parcel.currency
        return self.conversions.rounded(rule.amount_minor or 0, rule.currency, self.parcel.currency)

    def _charge(self, sum_: _Sum) -> ImportCharge:
        rule = sum_.rule
        label = ChargeKind(rule.charge).label
        detail: dict[str, Any] = {
            "rule": rule.pk,
            "dest": rule.dest,
            "kind": rule.kind,
            "lines": sum_.lines,
            "valid_from": rule.valid_from.isoformat(),
            "checked_on": rule.checked_on.isoformat(),
            "source": rule.source_url,
            "confidence": rule.confidence,
        }
        if rule.kind == RuleKind.AD_VALOREM:
            label = f"{label} {(rule.rate_bp or 0) / 100:g} %"
            detail |= {"rate_bp": rule.rate_bp, "base": rule.base, "base_minor": sum_.base_minor}
        else:
            detail |= {"each_minor": rule.amount_minor, "currency": rule.currency}
            if rule.currency != self.parcel.currency:
                detail["conversion"] = self.conversions.words(rule.currency, self.parcel.currency)
        return ImportCharge(str(rule.charge), label, sum_.amount_minor, detail)

    def _of(self, kind: RuleKind) -> list[ImportRule]:
        return [rule for rule in self.rules if rule.kind == kind]

    def _charging(self, charge: ChargeKind) -> list[ImportRule]:
        return [rule for rule in self.rules if rule.charge == charge]

    def _confidence(self) -> Confidence:
        if self.unknown:
            return Confidence.UNKNOWN
        is_classed = any(item.is_classed_as_goods for item in self.parcel.items)
        is_doubtful = (
            self.has_converted or is_classed or any(rule.is_stale(day=self.day) for rule in self.used.values())
        )
        said = [Confidence(rule.confidence) for rule in self.used.values()]
        return max([Confidence.ESTIMATE if is_doubtful else Confidence.KNOWN, *said], key=_LEAST_SURE_LAST.index)

    def _checked_on(self) -> date | None:
        return min((rule.checked_on for rule in self.used.values()), default=None)


def _holds(rule: ImportRule, day: date) -> bool:
    return rule.valid_from <= day and (rule.valid_until is None or day <= rule.valid_until)


def _rank(rule: ImportRule) -> tuple[int, bool, bool, bool, date, int]:
    """Return how specific a rule is; among equals the younger one is meant."""
    has_bounds = rule.value_above_minor is not None or rule.value_upto_minor is not None
    is_national = rule.dest != UNION
    return len(rule.hs_prefix), bool(rule.origin_country), is_national, has_bounds, rule.valid_from, rule.pk or 0


def _covers(rule: ImportRule, line: _Line) -> bool:
    return line.hs_code.startswith(rule.hs_prefix) and rule.origin_country in ("", line.origin_country)


def _base_of(line: _Line, base: str) -> int:
    if base == ValueBase.GOODS:
        return line.goods_minor
    duty_minor = line.duty_minor if base == ValueBase.DUTY_INCLUSIVE else 0
    return line.goods_minor + line.freight_minor + duty_minor
