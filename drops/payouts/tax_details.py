"""
Who is paid, as the yearly report has to say it, and what is still missing before it is complete.

By Council Directive (EU) 2021/514 (DAC7), annex V, section II, B: of a person first and last name, primary address, every tax
number with the state that gave it or else the place of birth, a VAT number where there is one, the date of birth; of an entity legal
name, address, tax numbers, VAT number, business registration number, and the member states of permanent establishments. Residence
is by section II, D. Not tax advice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from django.core.exceptions import ValidationError

from drops.catalog.countries import EU
from drops.catalog.customs import normalised_origin
from drops.documents.models import Seller
from drops.ledger.models import Payee
from drops.payouts.tax_models import OLDEST, SellerKind, TaxDetails

# Who is younger cannot run a business alone in any member state; it is mostly the year that was mistyped.
OF_AGE = 18
_TIN = re.compile(r"[0-9A-Z](?:[0-9A-Z /.\-]{0,28}[0-9A-Z])?")


@dataclass(frozen=True)
class ReportedSeller:
    """What the report says of somebody, as words. What nobody filled in is empty, and what is needed of it is `missing`."""

    kind: str = ""
    first_name: str = ""
    last_name: str = ""
    legal_name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    tins: str = ""
    vat_id: str = ""
    date_of_birth: str = ""
    place_of_birth: str = ""
    registration_number: str = ""
    establishments: str = ""
    resident_in: str = ""
    account_holder: str = ""
    missing: tuple[str, ...] = ()


def reported_seller(*, payee: Payee) -> ReportedSeller:
    """Return who a payee is for a tax office: their tax details, and what these leave to the seller's page of a creator."""
    details = TaxDetails.objects.filter(payee=payee).first()
    seller = Seller.objects.filter(creator__payee=payee).first() or Seller()
    if details is None:
        # Neither whether it is a person, nor whether the seller's name is a company's, is guessed.
        said = _common(TaxDetails(payee=payee, legal_name=seller.legal_name), seller)
        return _with_missing(said, ["whether a person or a company is paid"], is_without_tin=False)
    said = _common(details, seller)
    if details.kind == SellerKind.PERSON:
        lacks = _unless((said.first_name, "the first name"), (said.last_name, "the last name"))
        lacks += _unless((said.date_of_birth, "the date of birth"))
        if details.is_without_tin:
            lacks += _unless((said.place_of_birth, "the place of birth, as there is no tax number"))
    else:
        is_registered = said.registration_number or details.is_unregistered
        lacks = _unless((said.legal_name, "the legal name"), (is_registered, "the business registration number"))
    return _with_missing(said, lacks, is_without_tin=details.is_without_tin)


def date_of_birth_problem(*, born: date, today: date) -> str:
    """Return why nobody who is paid can be born on that day, or nothing."""
    if born > today:
        return "That day is still to come."
    if born < OLDEST:
        return "Nobody alive was born before 1900."
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return "" if age >= OF_AGE else f"Whoever is paid is {OF_AGE} at least. Look at the year again."


def normalised_tin(written: str) -> str:
    """
    Return a tax number with its country in front, like "PT 123456789". Its form is its tax office's own, and is left alone.

    :raises ValidationError: if there is no country, or no number that could be one, with the reason.
    """
    country, _, number = " ".join(written.upper().split()).partition(" ")
    if not number or len(country) != 2:
        raise ValidationError(f"“{written}” does not begin with the country that gave it, like PT 123 456 789.")
    country = normalised_origin(country)
    if not _TIN.fullmatch(number) or not any(letter.isdigit() for letter in number):
        raise ValidationError(f"“{written}” has more in it than digits, letters, blanks and / . -, or no digit.")
    return f"{country} {number}"


def normalised_member_state(written: str) -> str:
    """
    Return a country of the Union as two letters.

    :raises ValidationError: if it is none.
    """
    country = normalised_origin(written)
    if country not in EU:
        raise ValidationError(f"“{written}” is no country of the Union.")
    return country


def _common(details: TaxDetails, seller: Seller) -> ReportedSeller:
    has_own_address = bool(details.street or details.postcode or details.city or details.country)
    place = details if has_own_address else seller
    is_person = details.kind == SellerKind.PERSON
    tins = list(details.tins)
    if not tins and not details.is_without_tin and seller.tax_number and seller.country:
        tins = [f"{seller.country} {seller.tax_number}"]
    states = [place.country, *(tin[:2] for tin in tins), *details.establishments]
    return ReportedSeller(
        kind=str(SellerKind(details.kind).label) if details.kind else "",
        first_name=details.first_name,
        last_name=details.last_name,
        legal_name="" if is_person else details.legal_name or seller.legal_name,
        street=place.street,
        postcode=place.postcode,
        city=place.city,
        country=place.country,
        tins="; ".join(tins),
        vat_id=details.vat_id or seller.vat_id,
        date_of_birth=details.date_of_birth.isoformat() if details.date_of_birth else "",
        place_of_birth=", ".join(part for part in (details.birth_city, details.birth_country) if part),
        registration_number=details.registration_number,
        establishments=", ".join(details.establishments),
        resident_in=", ".join(dict.fromkeys(state for state in states if state in EU)),
        account_holder=details.account_holder,
    )


def _with_missing(said: ReportedSeller, lacks: list[str], *, is_without_tin: bool) -> ReportedSeller:
    lacks = lacks + _unless(
        (said.street and said.city and said.country, "the address"),
        (said.tins or is_without_tin, "a tax number (TIN) with its country"),
    )
    return replace(said, missing=tuple(lacks))


def _unless(*parts: tuple[object, str]) -> list[str]:
    return [words for there, words in parts if not there]
