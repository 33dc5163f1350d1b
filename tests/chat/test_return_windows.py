"""When a thread reminds of the last day for returns: from three days before on, by day, where the shopper is."""

from datetime import UTC, date, datetime

import pytest

from creatorshop.chat.engine.facts import CreatorFacts, Facts, OrderFacts, ShopperFacts
from creatorshop.chat.engine.return_windows import moment_of
from creatorshop.chat.engine.states import State

LAST_DAY = date(2026, 12, 11)
ORDER = OrderFacts(
    ref="K7", hold="h", title="Ring mug", terms={}, total_minor=3920, currency="EUR", url="", paid_at=datetime(2026, 11, 27, tzinfo=UTC),
    progress="handed_over", returns_until=LAST_DAY,
)  # fmt: skip


def moment_at(now, **state):
    shop = CreatorFacts("kiln", "Kiln & Tide", "", "EUR", "PT", "")
    shopper = ShopperFacts(zone="Asia/Tokyo", orders=(ORDER,))
    facts = Facts(now=now, locale="en", creator=shop, shopper=shopper)
    return moment_of(State(**{"told": ("K7:paid",)} | state), facts, ORDER)


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        ("2026-11-30T12:00", "2026-12-08T10:00"),  # long before
        ("2026-12-08T12:00", "2026-12-08T10:00"),  # due
        ("2026-12-08T21:00", "2026-12-09T10:00"),  # the night is slept through
        ("2026-12-10T03:00", "2026-12-10T10:00"),
        ("2026-12-11T19:59", "2026-12-11T10:00"),
    ],
)
def test_it_is_said_by_day(now, moment):
    tokyo = "+09:00"
    assert moment_at(datetime.fromisoformat(now + tokyo)) == datetime.fromisoformat(moment + tokyo)


def test_it_is_not_said_too_late_or_twice_or_to_who_wants_quiet():
    by_day = datetime.fromisoformat("2026-12-09T12:00+09:00")
    assert moment_at(datetime.fromisoformat("2026-12-11T20:00+09:00")) is None
    assert moment_at(datetime.fromisoformat("2026-12-12T12:00+09:00")) is None
    assert moment_at(by_day, told=("K7:paid", "K7:returns")) is None
    assert moment_at(by_day, is_quiet=True) is None
