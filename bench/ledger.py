"""
How long a posting takes, and a balance to answer, among a million entries; with deltas folded and not.

    python -m bench.ledger --entries 1000000
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

from bench import ground, report
from drops.ledger.balances import drifts, fold_balances
from drops.ledger.entries import PLATFORM, Posting, balance_of, post
from drops.ledger.models import Account, Payee, PayeeKind
from drops.ledger.payees import platform_payee

LINES = 6  # of a sale with two creators, tax, postage and the platform's fee
PAYEES = 200
AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
# As many sales as it takes, by the function that every sale is posted by; each is a statement of its own inside the server.
FILL = """
SELECT count(*) FROM generate_series(1, %(sales)s) AS sale, LATERAL drops_post(
    'fill:' || sale, 'sale', 'EUR', sale::text, now(),
    ARRAY['clearing', 'tax', 'postage', 'accrued', 'accrued', 'accrued'],
    ARRAY[NULL, NULL, %(first)s + sale %% 200, %(first)s + sale %% 200, %(first)s + (sale + 7) %% 200, 0]::bigint[],
    ARRAY['', 'DE', '', '', '', ''], ARRAY[11900, -1900, -500, -5600, -3600, -300]::bigint[],
    ARRAY['', '', '', '', '', '']
)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--entries", type=int, default=60_000)
    asked = parser.parse_args()
    with ground.own_database():
        payees = [Payee.objects.create(kind=PayeeKind.CREATOR, name=f"Creator {number}") for number in range(PAYEES)]
        platform_payee(currency="EUR")
        sales, began = asked.entries // LINES, time.perf_counter()
        with connection.cursor() as cursor:
            for start in range(0, sales, 20_000):  # commits on the way, as shops do
                count = min(20_000, sales - start)
                cursor.execute(
                    FILL.replace("generate_series(1,", f"generate_series({start} + 1, {start} +"),
                    {"sales": count, "first": payees[0].pk},
                )
            filled = time.perf_counter() - began
            cursor.execute("VACUUM ANALYZE drops_balancedelta")
        one = payees[3]
        unfolded = _balances(one)
        began = time.perf_counter()
        deltas = fold_balances()
        folded_in = time.perf_counter() - began
        folded = _balances(one)
        posting = _times(_post(payees), 500)
        began = time.perf_counter()
        wrong = drifts()
        report_of = {
            "entries": sales * LINES,
            "postings a second while filling": round(sales / filled),
            "one posting from Python, ms (median, 99 %)": _ms(posting),
            "balance of a payee, folded, ms (median, 99 %)": _ms(folded[0]),
            "balance of all cash on its way, folded, ms": _ms(folded[1]),
            "balance of a payee, nothing folded, ms": _ms(unfolded[0]),
            "balance of all cash on its way, nothing folded, ms": _ms(unfolded[1]),
            "deltas folded a second": round(deltas / folded_in),
            "all balances compared with all entries, s": round(time.perf_counter() - began, 2),
            "balances that differ": len(wrong),
        }
        report.show("Ledger", report_of)


def _balances(payee: Payee) -> tuple[list[float], list[float]]:
    own = _times(lambda: balance_of(account=Account.ACCRUED, currency="EUR", payee=payee), 30)
    return own, _times(lambda: balance_of(account=Account.CLEARING, currency="EUR"), 30)


def _post(payees: list[Payee]) -> Callable[[], object]:
    numbers = iter(range(1_000_000))

    def one() -> object:
        number = next(numbers)
        earned = [Posting(Account.ACCRUED, -4600, payees[(number + step) % PAYEES]) for step in (0, 7)]
        others = [Posting(Account.TAX, -1900, country="DE"), Posting(Account.POSTAGE, -500, payees[number % PAYEES])]
        postings = [Posting(Account.CLEARING, 11_900), *others, *earned, Posting(Account.ACCRUED, -300, PLATFORM)]
        return post(cause=f"one:{number}", kind="sale", currency="EUR", order_ref="A", postings=postings, at=AT)

    return one


def _times(do: Callable[[], object], count: int) -> list[float]:
    do()
    times = []
    for _ in range(count):
        began = time.perf_counter()
        do()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _ms(times: list[float]) -> str:
    return f"{report.percentile(times, 50):.2f}, {report.percentile(times, 99):.2f}"


if __name__ == "__main__":
    main()
