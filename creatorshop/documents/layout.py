"""
From a document's data to the words and amounts on its page, in its language. Pure but for the look at the fonts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date, format_interval
from babel.numbers import format_decimal, format_percent

from creatorshop.documents.typesetting import printable
from creatorshop.documents.words import WORDS
from drops.money import BASIS, format_minor

# How those who move the money are called; "test" is a word of its own in each language.
_PROVIDERS = {"stripe": "Stripe"}


def page_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return everything that the template prints of a document's data."""
    return _Page(data).page()


class _Page:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.language: str = data["language"]
        self.words = WORDS[self.language]

    def page(self) -> dict[str, Any]:
        data, words = self.data, self.words
        kind, reference = words[data["kind"]], data["reference"]
        return {
            "lang": self.language,
            "title": f"{kind} {reference}",
            "kind_word": kind,
            "reference": reference,
            "shop": printable(data["seller"]["shop"]),
            "to_word": words["to"],
            "from_word": words["from"],
            "page_word": words["page"],
            "buyer_lines": self._buyer(),
            "seller_lines": self._seller(),
            "facts": self._facts(),
            "references": [
                words[relation].format(
                    document=f"{words[data[relation]['kind']]} {data[relation]['reference']}",
                    day=self._day(data[relation]["issued_date"]),
                )
                for relation in ("corrects", "replaces")
                if relation in data
            ],
            "head": {part: words[part] for part in ("what", "quantity", "unit", "amount")},
            "lines": [self._line(line) for line in data["lines"]],
            "sums": self._sums(),
            "total": {
                "label": words["credited" if self._is_credit else "total"],
                "amount": self._amount(data["total_minor"]),
            },
            "remarks": self._remarks(),
            "footer": self._footer(),
            "thanks": "" if self._is_credit else words["thanks"],
        }

    @property
    def _is_credit(self) -> bool:
        return bool(self.data["kind"] == "credit_note")

    def _buyer(self) -> list[str]:
        buyer = self.data["buyer"]
        return [*self._address(buyer), *_printed([buyer["email"]])] or ["–"]

    def _seller(self) -> list[str]:
        seller = self.data["seller"]
        ids = [
            self.words["tax_id"].format(id=seller["vat_id"]) if seller["vat_id"] else "",
            self.words["tax_number"].format(id=seller["tax_number"]) if seller["tax_number"] else "",
        ]
        return [*self._address(seller), *_printed(ids)]

    def _address(self, party: dict[str, str]) -> list[str]:
        town = f"{party['postcode']} {party['city']}".strip()
        country = self._country(party["country"]) if town or party["street"] else ""
        return _printed([party["name"], party["street"], town, party.get("region", ""), country])

    def _facts(self) -> list[dict[str, str]]:
        data, words = self.data, self.words
        paid, supply = data["payment"], data["supply"]
        provider = words["test"] if paid["is_test"] else _PROVIDERS.get(paid["provider"], "")
        facts = [
            (words["issued"], self._day(data["issued_date"])),
            (words["order"], data["order"]),
            (words["paid"], " · ".join(filter(None, (self._day(paid["date"]), provider)))),
            (words["supplied"], self._days(supply["first_date"], supply["last_date"])),
        ]
        return [{"label": label, "value": value} for label, value in facts if value]

    def _line(self, line: dict[str, Any]) -> dict[str, str]:
        unit, note = line["unit_price_minor"], ""
        if "unit_net_minor" in line and line["quantity"]:
            tax = f"{self.words[self.data['taxes'][0]['name']]} {self._rate(line['rate_bp'])}"
            note = self.words["net_each"].format(amount=self._amount(line["unit_net_minor"]), tax=tax)
        return {
            "what": self._what(line),
            "note": note,
            "quantity": format_decimal(line["quantity"], locale=self.language) if line["quantity"] else "",
            "unit": self._amount(unit) if unit is not None and line["quantity"] else "",
            "amount": self._amount(line["amount_minor"]),
        }

    def _what(self, line: dict[str, Any]) -> str:
        kind = line["kind"]
        if kind == "delivery":
            supply = self.data["supply"]
            method = supply["method"] if supply["method"] in self.words else "parcel"
            return self.words[method].format(name=printable(supply["name"]))
        # What creators write is printed as they wrote it.
        return self.words[kind] if kind in self.words else printable(line["label"])

    def _sums(self) -> list[dict[str, str]]:
        data = self.data
        rows = [(self.words["net"], data["net_minor"])]
        for row in data["taxes"]:
            if row["rate_bp"] or row["tax_minor"]:
                label = self.words["tax_on"].format(
                    tax=f"{self.words[row['name']]} {self._rate(row['rate_bp'])}",
                    country=self._country(row["country"]),
                    amount=self._amount(row["net_minor"]),
                )
                rows.append((label, row["tax_minor"]))
        return [{"label": label, "amount": self._amount(amount)} for label, amount in rows]

    def _remarks(self) -> list[str]:
        say: dict[str, Callable[[dict[str, str]], str]] = {
            "export": lambda _: self.words["export" if self._taxes_are("vat") else "export_sales_tax"],
            "exempt": lambda remark: printable(remark["text"]),
        }
        remarks = [say[remark["kind"]](remark) for remark in self.data["remarks"]]
        if self._is_credit:
            remarks.append(self.words["goes_back"])
        if self.data["payment"]["is_test"]:
            remarks.append(self.words["is_test"])
        return remarks

    def _footer(self) -> list[str]:
        seller = self.data["seller"]
        return _printed([seller["name"], seller["register_line"], seller["email"]])

    def _taxes_are(self, name: str) -> bool:
        return all(row["name"] == name for row in self.data["taxes"])

    def _amount(self, amount_minor: int) -> str:
        return format_minor(amount_minor, self.data["currency"], self.language)

    def _rate(self, rate_bp: int) -> str:
        # The pattern's own places would make 8.88 % of 8.875 % and 6 % of 5.5 %.
        return format_percent(Decimal(rate_bp) / BASIS, locale=self.language, decimal_quantization=False)

    def _day(self, iso: str) -> str:
        return format_date(date.fromisoformat(iso), "medium", locale=self._calendar)

    def _days(self, first: str, last: str) -> str:
        if not first or not last:
            return ""
        return str(format_interval(date.fromisoformat(first), date.fromisoformat(last), "yMMMd", locale=self._calendar))

    @property
    def _calendar(self) -> str:
        # Days come before months on all our pages, and English alone does not say so.
        return "en_GB" if self.language == "en" else self.language

    def _country(self, code: str) -> str:
        return str(Locale.parse(self.language).territories.get(code, code))


def _printed(parts: list[str]) -> list[str]:
    return [printable(part) for part in parts if part.strip()]
