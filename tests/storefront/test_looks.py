"""
The small words and colours that every page is made of.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from creatorshop.storefront import wording
from creatorshop.storefront.accents import LABELS, PAPER, Accent, accent_of, contrast
from creatorshop.storefront.stock_lines import stock_line
from drops.stock.counts import SkuCount

LISBON = ZoneInfo("Europe/Lisbon")
SIX = datetime(2026, 11, 27, 18, 7, 40, tzinfo=UTC)


def _count(
    *, total: int, free: int, held: int, void: int = 0, next_return_at: datetime | None = None, waiting: int = 0
) -> SkuCount:
    sold = total - void - free - held
    return SkuCount(1, 1, "RM-SAGE", total, free, held, sold, void, next_return_at, min(free, waiting), waiting)


@pytest.mark.parametrize(
    ("count", "kind", "text"),
    [
        (_count(total=24, free=6, held=3), "left", "6 of 24 left · 3 on hold right now"),
        (_count(total=24, free=24, held=0), "left", "24 of 24 left"),
        (_count(total=25, free=6, held=0, void=1), "left", "6 of 24 left"),
        (
            _count(total=24, free=0, held=2, next_return_at=SIX),
            "held",
            "All 24 are on hold or sold. The next hold ends at 18:07:40.",
        ),
        # What is kept for people who wait is promised to somebody too.
        (_count(total=24, free=3, held=1, waiting=2), "left", "1 of 24 left · 3 on hold right now"),
        (_count(total=24, free=1, held=0, waiting=2), "held", "All 24 are on hold or sold."),
        (_count(total=24, free=0, held=0), "out", "All 24 are sold."),
        (_count(total=1, free=0, held=0), "out", "The only one is sold."),
        (_count(total=0, free=0, held=0), "none", "Not in this drop"),
    ],
)
def test_the_stock_line_says_what_is_counted(count: SkuCount, kind: str, text: str) -> None:
    line = stock_line(counts=[count], zone=LISBON)

    assert (line.kind, line.text) == (kind, text)


def test_the_stock_line_of_a_product_adds_its_variants_up() -> None:
    later = SIX + timedelta(minutes=5)
    counts = [
        _count(total=4, free=0, held=1, next_return_at=later),
        _count(total=2, free=0, held=2, next_return_at=SIX),
    ]

    line = stock_line(counts=counts, zone=LISBON)

    assert line.text == "All 6 are on hold or sold. The next hold ends at 18:07:40."


def test_times_are_said_in_the_place_they_belong_to() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    assert wording.day_and_clock(SIX, berlin) == "Fri 27 Nov, 19:07"
    assert wording.zone_name(berlin) == "Berlin time"
    assert wording.zone_name(ZoneInfo("UTC")) == "UTC"
    assert wording.iso(SIX) == "2026-11-27T18:07:40.000Z"


@pytest.mark.parametrize(
    ("earliest", "latest", "text"),
    [
        (date(2026, 11, 27), date(2026, 11, 27), "Fri 27 Nov"),
        (date(2026, 12, 2), date(2026, 12, 4), "Wed 2 – Fri 4 Dec"),
        (date(2026, 11, 27), date(2026, 12, 2), "Fri 27 Nov – Wed 2 Dec"),
    ],
)
def test_a_delivery_window_is_said_in_days(earliest: date, latest: date, text: str) -> None:
    assert wording.days(earliest, latest) == text


@pytest.mark.parametrize("colour", ["#23346b", "#f2e205", "#777777", "#0a0a0a", "#fefefe"])
def test_an_accent_is_shifted_until_it_can_be_read(colour: str) -> None:
    accent = accent_of(colour)

    assert contrast(accent.light, PAPER["light"]) >= 4.5
    assert contrast(accent.dark, PAPER["dark"]) >= 4.5
    assert contrast(accent.light, accent.light_label) >= 4.5
    assert contrast(accent.dark, accent.dark_label) >= 4.5
    assert {accent.light_label, accent.dark_label} <= set(LABELS)


@pytest.mark.parametrize("colour", ["#c13113", "#8c3f24", "#ff5533", "", "red", "#c1311"])
def test_what_looks_like_running_time_or_is_no_colour_is_no_accent(colour: str) -> None:
    assert accent_of(colour) == Accent()
