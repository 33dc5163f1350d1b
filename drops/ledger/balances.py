"""
Rolled-up balances: deltas, which postings leave without waiting for each other, are folded into one row per account.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from drops.ledger.models import Account

# A fold that takes everything at once would hold its rows for long after a rush.
AT_ONCE = 20_000

_FOLD = """
WITH gone AS (
    DELETE FROM drops_balancedelta WHERE id IN (SELECT id FROM drops_balancedelta ORDER BY id LIMIT %s)
    RETURNING account, payee_id, country, currency, amount_minor, entries
), sums AS (
    SELECT account, payee_id, country, currency, sum(amount_minor) AS amount_minor, sum(entries) AS entries,
           count(*) AS deltas
      FROM gone GROUP BY account, payee_id, country, currency
), kept AS (
    INSERT INTO drops_balance (account, payee_id, country, currency, amount_minor, entries)
    SELECT account, payee_id, country, currency, amount_minor, entries FROM sums
    ON CONFLICT (account, currency, payee_id, country) DO UPDATE
       SET amount_minor = drops_balance.amount_minor + excluded.amount_minor,
           entries = drops_balance.entries + excluded.entries
)
SELECT coalesce(sum(deltas), 0) FROM sums
"""

_DRIFT = """
WITH rolled_up AS (
    SELECT account, payee_id, country, currency, sum(amount_minor) AS amount_minor, sum(entries) AS entries
      FROM (SELECT account, payee_id, country, currency, amount_minor, entries FROM drops_balance
             UNION ALL
            SELECT account, payee_id, country, currency, amount_minor, entries FROM drops_balancedelta) AS parts
     GROUP BY account, payee_id, country, currency
), summed AS (
    SELECT entry.account, entry.payee_id, entry.country, booked.currency, sum(entry.amount_minor) AS amount_minor,
           count(*) AS entries
      FROM drops_entry AS entry JOIN drops_ledgertransaction AS booked ON booked.id = entry.transaction_id
     GROUP BY entry.account, entry.payee_id, entry.country, booked.currency
)
SELECT coalesce(r.account, s.account), coalesce(r.payee_id, s.payee_id), coalesce(r.country, s.country),
       coalesce(r.currency, s.currency), coalesce(r.amount_minor, 0), coalesce(s.amount_minor, 0),
       coalesce(r.entries, 0), coalesce(s.entries, 0)
  FROM rolled_up AS r
  FULL JOIN summed AS s
    ON (r.account, coalesce(r.payee_id, 0), r.country, r.currency)
     = (s.account, coalesce(s.payee_id, 0), s.country, s.currency)
 WHERE coalesce(r.amount_minor, 0) <> coalesce(s.amount_minor, 0) OR coalesce(r.entries, 0) <> coalesce(s.entries, 0)
 ORDER BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Drift:
    """An account whose rolled-up balance is not what its entries say."""

    account: str
    payee_id: int | None
    country: str
    currency: str
    rolled_up_minor: int
    summed_minor: int
    rolled_up_entries: int
    summed_entries: int

    def __str__(self) -> str:
        whose = f" of payee {self.payee_id}" if self.payee_id else f" of {self.country}" if self.country else ""
        return (
            f"{self.account}{whose} stands at {self.rolled_up_minor} {self.currency} of {self.rolled_up_entries} entries,"
            f" but its {self.summed_entries} entries sum to {self.summed_minor}"
        )


def fold_balances() -> int:
    """Fold all deltas into their balances, some thousands at a time; return how many there were."""
    folded = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            # One at a time: two that fold the same accounts in different orders would lock each other out.
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('drops.fold_balances'))")
            if not cursor.fetchone()[0]:
                return folded
            cursor.execute(_FOLD, [AT_ONCE])
            now_folded = int(cursor.fetchone()[0])
        folded += now_folded
        if now_folded < AT_ONCE:
            return folded


def balances_by_payee(*, account: Account, currency: str) -> dict[int, int]:
    """Return what stands on an account for each payee in a currency, in minor units; what is owed is negative, zeros are left out."""
    columns = "SELECT payee_id, amount_minor FROM {} WHERE account = %s AND currency = %s AND payee_id IS NOT NULL"
    halves = " UNION ALL ".join(columns.format(table) for table in ("drops_balance", "drops_balancedelta"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT payee_id, sum(amount_minor) FROM ({halves}) AS standing GROUP BY payee_id"
            " HAVING sum(amount_minor) <> 0 ORDER BY payee_id",
            [account.value, currency] * 2,
        )
        return {payee_id: int(amount) for payee_id, amount in cursor.fetchall()}


def drifts() -> list[Drift]:
    """Return every account whose rolled-up balance differs from the sum of its entries, all read at one instant."""
    with connection.cursor() as cursor:
        cursor.execute(_DRIFT)
        return [Drift(*row[:4], *map(int, row[4:])) for row in cursor.fetchall()]
