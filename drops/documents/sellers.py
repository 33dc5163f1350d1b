"""
What is known of a seller, whether its numbers can be real, and what an invoice would still lack.
"""

from __future__ import annotations

import re
from typing import Any

from eu_vat_rates_data import is_eu_member, validate_format

from drops.catalog.models import Creator
from drops.documents.models import Seller

# Outside the Union, by the shapes that the tax offices publish; elsewhere anything of a sensible length will do.
_ELSEWHERE = {
    "GB": r"GB(\d{9}|\d{12}|GD\d{3}|HA\d{3})",  # gov.uk, VAT Notice 725, section 16.19
    "XI": r"XI(\d{9}|\d{12})",
    "CH": r"CHE\d{9}(MWST|TVA|IVA)?",  # bfs.admin.ch, UID
    "NO": r"(NO)?\d{9}(MVA)?",  # skatteetaten.no
}
_ANYWHERE = r"[A-Z0-9]{5,20}"


def normalised_vat_id(typed: str) -> str:
    """Return a VAT number without blanks, dots and dashes, in capitals."""
    return re.sub(r"[\s.\-]", "", typed).upper()


def vat_id_problem(*, vat_id: str, country: str) -> str:
    """
    Return why that cannot be a VAT number of a seller in a country, or nothing.

    By its form alone: whether it was ever given to somebody is for VIES to say, and costs a call to Brussels.
    """
    prefix = "EL" if country == "GR" else country
    if is_eu_member(country):
        if not vat_id.startswith(prefix):
            return f"A VAT number of that country begins with {prefix}."
        return "" if validate_format(vat_id) else f"“{vat_id}” is not a VAT number of that country."
    if re.fullmatch(_ELSEWHERE.get(country, _ANYWHERE), vat_id):
        return ""
    return f"“{vat_id}” is not a VAT number of that country."


def seller_of(*, creator: Creator) -> Seller:
    """Return who sells, or an empty seller that is not saved if nobody said so yet."""
    return Seller.objects.filter(creator=creator).first() or Seller(creator=creator)


def missing_for_invoices(*, seller: Seller) -> list[str]:
    """
    Return what keeps a seller from writing invoices, in words; empty if nothing does.

    Directive 2006/112/EC, art. 226 (3) and (5): the number under which tax is due, full name and address of the seller.
    """
    parts = [
        (seller.legal_name, "the legal name"),
        (seller.street and seller.city and seller.country, "the postal address"),
        (seller.email, "an e-mail address"),
        (seller.vat_id or seller.tax_number, "a VAT number or tax number"),
    ]
    return [words for there, words in parts if not there]


def charges_in_spite(*, seller: Seller) -> bool:
    """Tell whether a seller is exempt and yet has tax in the prices, which must not be on one invoice."""
    return seller.is_exempt and seller.creator.tax_rate_bp != 0  # without one of their own the table's rates apply


def missing_sentence(*, seller: Seller) -> str:
    """Return what keeps a seller from writing invoices as one sentence for the office, or nothing."""
    if charges_in_spite(seller=seller):
        own = seller.creator.tax_rate_bp
        contained = "that of your country" if own is None else f"{own / 100:g} %"
        return (
            "Shoppers get receipts, not invoices: you are exempt from VAT, yet your prices contain"
            f" {contained}. Set one of the two right."
        )
    missing = missing_for_invoices(seller=seller)
    if not missing:
        return ""
    listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    return f"Shoppers get receipts, not invoices yet: {listed} {'is' if len(missing) == 1 else 'are'} missing."


def seller_snapshot(*, seller: Seller) -> dict[str, Any]:
    """Return who sells as a document keeps it."""
    return {
        "shop": seller.creator.name,
        "name": seller.legal_name or seller.creator.name,
        "street": seller.street,
        "postcode": seller.postcode,
        "city": seller.city,
        "country": seller.country or seller.creator.country,
        "email": seller.email,
        "vat_id": seller.vat_id,
        "tax_number": seller.tax_number,
        "register_line": seller.register_line,
    }
