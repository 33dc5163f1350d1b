"""
How numbers, times and sentences are put into words for one shopper.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_percent
from babel.units import format_unit

from creatorshop.chat.bodies import Money
from creatorshop.chat.countries import names_of_countries
from creatorshop.chat.engine.sentences import sentence, speaks
from creatorshop.chat.freetext.normalising import normalise
from drops.money import format_minor

# English without a country is written as in Europe: 18:07, 27 Nov.
_PLAIN_ENGLISH = "en_150"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def known_locale(name: str) -> str:
    """Return a locale that can be formatted in, English if it is unknown."""
    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return "en"


def language_of(locale: str) -> str:
    """Return the language of a locale, English if it is unknown."""
    return known_locale(locale).split("_")[0]


class Voice:
    def __init__(self, *, locale: str, zone: str, now: datetime) -> None:
        self.locale = known_locale(locale)
        self.now = now
        self._zone = ZoneInfo(zone)

    @property
    def language(self) -> str:
        return language_of(self.locale)

    @property
    def is_english(self) -> bool:
        """Whether the sentences are English: it is the shopper's language, or nobody translated theirs yet."""
        return not speaks(self.locale)

    def text(self, key: str, **values: object) -> str:
        """Return a sentence of the catalogue in the shopper's language."""
        return sentence(key, self.locale, **values)

    def number(self, number: int) -> str:
        """Return a small number as a word where the sentences are English, else in digits."""
        if self.is_english and 0 <= number < len(_NUMBERS):
            return _NUMBERS[number]
        return str(number)

    def money(self, amount_minor: int, currency: str) -> Money:
        text = format_minor(amount_minor, currency, self.locale)
        return Money(amount_minor=amount_minor, currency=currency, text=text)

    def percent(self, basis_points: int) -> str:
        """Return a share, like 23 %."""
        return format_percent(Decimal(basis_points) / 10_000, locale=self.locale, decimal_quantization=False)

    def kilograms(self, grams: int) -> str:
        return format_unit(grams / 1000, "mass-kilogram", length="short", format="0.0", locale=self.locale)

    def listed(self, names: Sequence[str]) -> str:
        """Return names as an enumeration, like Lisbon and Porto."""
        return format_list(names, locale=self.locale)

    def time(self, moment: datetime, zone: str = "") -> str:
        """Return a time of day, like 18:07."""
        return format_time(moment, "short", tzinfo=self._in(zone), locale=self._dates)

    def second(self, moment: datetime) -> str:
        """Return a time of day to the second, like 18:07:40."""
        return format_time(moment, "medium", tzinfo=self._zone, locale=self._dates)

    def day(self, day: date) -> str:
        """Return a day, like Fri 27 Nov."""
        words = format_skeleton("MMMEd", datetime(day.year, day.month, day.day), locale=self._dates)
        return words.replace(",", "").replace("،", "")

    def full_day(self, day: date) -> str:
        """Return a day with its year, like 27 Nov 2026."""
        return format_date(day, "medium", locale=self._dates)

    def day_of(self, moment: datetime, zone: str = "") -> str:
        """Return the day that an instant falls on in a zone."""
        return self.day(moment.astimezone(self._in(zone)).date())

    def today(self, zone: str = "") -> date:
        return self.now.astimezone(self._in(zone)).date()

    def moment(self, moment: datetime, zone: str) -> str:
        """Return an instant with its day and its city, like Friday at 18:00 (Lisbon); the date if it is far away."""
        local = moment.astimezone(self._in(zone))
        if local.date() == self.today(zone):
            day = self.text("today")
        elif timedelta(0) < moment - self.now < timedelta(days=6):
            day = format_date(local.date(), "EEEE", locale=self._dates)
        else:
            day = self.day(local.date())
        # The last part: "Argentina/Buenos Aires" is more than anybody says.
        city = get_timezone_location(zone, locale=self.locale, return_city=True).rsplit("/", 1)[-1]
        return self.text("moment", day=day, time=self.time(moment, zone), city=city)

    def span(self, moment: datetime) -> str:
        """Return how long it is until an instant, like 2 h 14 min; at least a minute."""
        minutes = max(1, -((self.now - moment) // timedelta(minutes=1)))
        days, rest = divmod(minutes, 24 * 60)
        hours, minutes = divmod(rest, 60)
        if days:
            return self.text("span_days", days=days, hours=hours) if hours else self.text("span_whole_days", days=days)
        return self.text("span_hours", hours=hours, minutes=minutes) if hours else self.text("span", minutes=minutes)

    def dates(self, earliest: date, latest: date) -> str:
        """Return a window of days, like Fri 27 Nov to Mon 30 Nov."""
        if earliest == latest:
            return self.day(earliest)
        return self.text("dates", earliest=self.day(earliest), latest=self.day(latest))

    def ordinal(self, number: int) -> str:
        """Return a place in line, like 2nd; each language has forms of its own."""
        return self.text(f"ordinal_{Locale.parse(self.locale).ordinal_form(number)}", number=number)

    def slot(self, starts_at: datetime, ends_at: datetime, zone: str) -> str:
        """Return a slot's hours in its own zone, like 16:00–18:00."""
        return f"{self.time(starts_at, zone)}–{self.time(ends_at, zone)}"

    def country(self, code: str) -> str:
        return str(Locale.parse(self.locale).territories.get(code, code))

    @cached_property
    def countries(self) -> dict[str, str]:
        """Every country's code and name, in the order of the names."""
        return dict(sorted(names_of_countries(self.locale).items(), key=lambda pair: normalise(pair[1])))

    @property
    def _dates(self) -> str:
        return _PLAIN_ENGLISH if self.locale == "en" else self.locale

    def _in(self, zone: str) -> ZoneInfo:
        return ZoneInfo(zone) if zone else self._zone
