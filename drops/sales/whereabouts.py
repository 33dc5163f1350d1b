"""
Where an order's money is by now, from its ledger transactions alone: who has how much of what came in. Pure.

What left the books is told apart by the kind of transaction that took it: to the payment provider, back to the shopper,
to a payee's own account. Together with what still stands on accounts that is all that ever came in, or a sum is wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from drops.ledger.models import Account
from drops.sales.explanations import Booked, Holder, Movement, OrderFacts, Sum
from drops.sales.taxes import country_in_words

_OURS = (Account.CASH, Account.CLEARING)
_COMING_IN = ("sale", "unowned")
_TO_THE_PROVIDER = ("capture", "fee", "dispute_opened", "dispute_won")
_TO_THE_SHOPPER = ("refund", "refund_failed", "dispute_lost")
_NEVER = ("undone",)


def of_the_sale(
    facts: OrderFacts, account: str, *, payee: int | None = None, kind: str = "", country: str = ""
) -> int | None:
    """Return what the sale booked on an account for somebody, as a positive amount; None, if no sale is in the books."""
    sale = next((one for one in facts.movements if one.kind == "sale"), None)
    if sale is None:
        return None
    return -sum(
        entry.amount_minor
        for entry in sale.entries
        if entry.account == account
        and (payee is None or entry.payee_id == payee)
        and (not kind or entry.payee_kind == kind)
        and (not country or entry.country == country)
    )


def came_in_of(facts: OrderFacts) -> int:
    """Return all money that came in for an order, or is on its way."""
    return -sum(_left(one) for one in facts.movements if one.kind in _COMING_IN)


def cash_of(movement: Movement) -> int:
    """Return by how much more money there is with us, at the provider or on its way there."""
    return -_left(movement)


def holders_of(facts: OrderFacts) -> tuple[Holder, ...]:
    """Return who has a part of what came in, and how it stands with each: owed, released, sent."""
    left, sent = _what_left(facts.movements)
    stands: dict[tuple[str, int | None, str], int] = defaultdict(int)
    people: dict[int, Booked] = {}
    for entry in (entry for one in facts.movements for entry in one.entries):
        stands[entry.account, entry.payee_id, entry.country] -= entry.amount_minor
        if entry.payee_id is not None:
            people[entry.payee_id] = entry
    held = [
        _payee(pk, people[pk], stands, sent.get(pk, 0)) for pk in sorted(people, key=lambda pk: _order(people[pk], pk))
    ]
    for (account, payee, country), amount in stands.items():
        if account == Account.TAX:
            held.append(Holder("tax", f"Tax of {country_in_words(country) or 'a country'}", amount))
        elif account == Account.DUTY:
            held.append(Holder("duty", "Duties and import tax", amount))
        elif account == Account.POSTAGE and payee is not None:
            held.append(Holder("postage", f"Postage, passed on by {people[payee].payee_name}", amount, payee_id=payee))
    aside = sum(amount for (account, _, _), amount in stands.items() if account == Account.FEES)
    owed = sum(amount for (account, _, _), amount in stands.items() if account == Account.REFUND)
    held.append(
        Holder("provider", "Payment provider", left["provider"] + aside, _parts(kept=left["provider"], set_aside=aside))
    )
    held.append(
        Holder("shopper", "The shopper", left["shopper"] + owed, _parts(sent_back=left["shopper"], still_owed=owed))
    )
    held += [Holder("never", "Never came in", left["never"]), Holder("elsewhere", "Elsewhere", left["elsewhere"])]
    return tuple(one for one in held if one.amount_minor or any(amount for _, amount in one.parts))


def later_sums(facts: OrderFacts) -> list[Sum]:
    """Return what has to hold of everything that happened since the price was made."""
    came_in = came_in_of(facts)
    sums = [
        Sum(f"“{one.cause}” is balanced", 0, one.sum_minor) for one in facts.movements if one.sum_minor
    ]  # only what is wrong is worth a line; that the rest is right is said once
    total = int(facts.terms["total_minor"])
    captured = -sum(_on(one, Account.CLEARING) for one in facts.movements if one.kind == "capture")
    if not facts.is_capture_owed and any(one.kind == "capture" for one in facts.movements):
        sums.append(Sum("What was captured is the total", total, captured))
    for plan in facts.refunds:
        cause = f"reversal:{facts.ref}:{plan['number']}"
        found = next((one for one in facts.movements if one.cause == cause), None)
        booked = -_on(found, Account.REFUND) if found else 0
        sums.append(Sum(f"Refund {plan['number']} was booked as it was planned", int(plan["amount_minor"]), booked))
        sums.append(
            Sum(
                f"Refund {plan['number']} took from payees what its plan says",
                sum(int(one["amount_minor"]) for one in plan["payees"]) + int(plan["postage_minor"]),
                _of_payees(found) - int(plan["provider_keeps_minor"]) if found else 0,
            )
        )
    sums.append(Sum("What everybody has now", came_in, sum(one.amount_minor for one in holders_of(facts))))
    return sums


def _of_payees(movement: Movement) -> int:
    return sum(entry.amount_minor for entry in movement.entries if entry.payee_id is not None)


def _on(movement: Movement, *accounts: str) -> int:
    return sum(entry.amount_minor for entry in movement.entries if entry.account in accounts)


def _left(movement: Movement) -> int:
    """Return by how much there is less with us, at the provider or on its way there."""
    return -_on(movement, *_OURS)


def _what_left(movements: Iterable[Movement]) -> tuple[Mapping[str, int], Mapping[int, int]]:
    left: dict[str, int] = defaultdict(int)
    sent: dict[int, int] = defaultdict(int)
    for one in movements:
        payees = {entry.payee_id for entry in one.entries if entry.payee_id is not None}
        if one.kind in _COMING_IN:
            continue
        if one.kind in _TO_THE_PROVIDER:
            left["provider"] += _left(one)
        elif one.kind in _TO_THE_SHOPPER:
            left["shopper"] += _left(one)
        elif one.kind in _NEVER:
            left["never"] += _left(one)
        elif len(payees) == 1:
            sent[payees.pop()] += _left(one)
        else:
            left["elsewhere"] += _left(one)
    return left, sent


def _payee(pk: int, who: Booked, stands: Mapping[tuple[str, int | None, str], int], sent: int) -> Holder:
    accrued, payable, receivable = (
        stands.get((account, pk, ""), 0) for account in (Account.ACCRUED, Account.PAYABLE, Account.RECEIVABLE)
    )
    # What a transfer took was payable before: what is payable by now is what of it is left here.
    parts = _parts(not_released_yet=accrued, may_be_paid_out=payable, sent_to_them=sent, owed_by_them=receivable)
    return Holder(who.payee_kind, who.payee_name, accrued + payable + receivable + sent, parts, pk)


def _parts(**amounts: int) -> tuple[tuple[str, int], ...]:
    return tuple((name.replace("_", " "), amount) for name, amount in amounts.items() if amount)


def _order(who: Booked, pk: int) -> tuple[Any, ...]:
    return ("creator", "partner", "platform").index(who.payee_kind), pk
