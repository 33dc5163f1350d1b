"""
Shapes that more than one resource speaks.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from babel.core import UnknownLocaleError
from ninja import Schema
from pydantic import AfterValidator, Field, PlainSerializer

from drops.money import format_minor


def _without_nul(text: str) -> str:
    """PostgreSQL stores no NUL in text; saying so here keeps it a refusal instead of a failure."""
    if "\x00" in text:
        raise ValueError("must not contain NUL")
    return text


def _with_z(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Text = Annotated[str, AfterValidator(_without_nul)]
Moment = Annotated[datetime, PlainSerializer(_with_z, return_type=str)]
Ref = Annotated[Text, Field(min_length=1, max_length=80)]
Country = Annotated[Text, Field(pattern=r"^[A-Za-z]{2}$|^$", description="ISO 3166-1 alpha-2")]
Postcode = Annotated[Text, Field(max_length=16)]


class ErrorOut(Schema):
    """Every refusal: a stable code for programs, a sentence for people, the facts behind both."""

    code: str
    message: str
    facts: dict[str, Any]


class MoneyOut(Schema):
    amount_minor: int = Field(description="in the currency's minor units")
    currency: str
    text: str = Field(description="as people in the shopper's locale write it")


class DestinationIn(Schema):
    country: Country = ""
    postcode: Postcode = ""


def money(amount_minor: int, currency: str, locale: str = "en") -> MoneyOut:
    """Return an amount with the words for it; an unknown locale is written the English way."""
    try:
        text = format_minor(amount_minor, currency, locale)
    except (ValueError, UnknownLocaleError):
        # A malformed locale is a ValueError, one that does not exist an UnknownLocaleError.
        text = format_minor(amount_minor, currency)
    return MoneyOut(amount_minor=amount_minor, currency=currency, text=text)
