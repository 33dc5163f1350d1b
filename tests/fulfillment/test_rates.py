from datetime import date

import pytest

from fulfillment.rates import add_business_days

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (27, 28, 29, 30))


@pytest.mark.parametrize(
    ("begin", "days", "end"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, MONDAY),
        (SATURDAY, 0, MONDAY),
        (SUNDAY, 1, MONDAY),
        (MONDAY, 4, date(2026, 12, 4)),
        (MONDAY, 5, date(2026, 12, 7)),
        (date(2028, 2, 28), 2, date(2028, 3, 1)),
    ],
)
def test_business_days_step_over_the_weekend(begin, days, end):
    assert add_business_days(begin, days) == end
