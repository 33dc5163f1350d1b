"""
One drop and its shoppers as the state machine drives them: the real services, each answering in one word.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection

from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import ShopError
from drops.risk.models import RiskRules
from drops.risk.signals import BY_CODE
from drops.sales import draining, holding, offering, refunds, revoking, settling, waiting
from drops.sales import sweep as sales_sweep
from drops.sales.models import Order, Payment, Quote
from drops.sales.payment import Outcome, ProviderEvent
from drops.schedule import windows
from drops.schedule.models import Drop
from drops.stock import resync
from drops.stock import sweep as stock_sweep
from drops.stock.models import DropSku, Hold, HoldSource, WaitlistEntry
from tests.clock import set_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.drops.stock.line import Offer
from tests.factories import NOON, make_drop, make_drop_sku, make_payment, make_quote, make_shopper
from tests.lines import join
from tests.paying import let_pauses_pass

Answer = tuple[str, dict[str, Any]]


def answer_of(job: Callable[[], Any]) -> Answer:
    """Return "ok" with what a call returned, or the code and the facts of its refusal."""
    try:
        return "ok", {"got": job()}
    except ShopError as refusal:
        return refusal.code, refusal.facts


@dataclass
class World:
    """What a machine may touch, in the order in which it came to be."""

    drop: Drop
    drop_skus: list[DropSku]
    shoppers: list[Shopper]
    quotes: list[Quote] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    @classmethod
    def made(cls, *, units: list[int], shoppers: int = 3, limit: int = 2) -> "World":
        """Stop the clock at noon, and open a drop that closes an hour and a half later."""
        InMemoryProvider.reset()
        CounterDelivery.reset()
        set_clock(NOON)
        drop = make_drop(
            opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(minutes=90), account_limit=limit
        )
        # What is thought of shoppers is no business of stock; tests/drops/sales/test_assessing.py has its own.
        RiskRules.objects.create(creator=drop.creator, silent_signals=sorted(BY_CODE))
        return cls(
            drop,
            [make_drop_sku(drop=drop, units=number) for number in units],
            [make_shopper(creator=drop.creator) for _ in range(shoppers)],
        )

    def quote(self, *, shopper: int, sku: int, quantity: int) -> Quote:
        quote = make_quote(drop_sku=self.drop_skus[sku], shopper=self.shoppers[shopper], quantity=quantity)
        self.quotes.append(quote)
        return quote

    def hold(self, *, quote: Quote, key: str) -> Answer:
        answer = answer_of(
            lambda: holding.place_hold(
                shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=key
            )
        )
        if answer[0] == "ok" and answer[1]["got"] not in self.holds:
            self.holds.append(answer[1]["got"])
        return answer

    def extend(self, *, hold: Hold) -> Answer:
        return answer_of(lambda: holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper))

    def release(self, *, hold: Hold) -> Answer:
        return answer_of(lambda: holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper))

    def pay(self, *, hold: Hold) -> Answer:
        answer = answer_of(lambda: make_payment(hold=hold))
        if answer[0] == "ok" and answer[1]["got"] not in self.payments:
            self.payments.append(answer[1]["got"])
        return answer

    def decide(self, *, payment: Payment, outcome: Outcome) -> ProviderEvent:
        """Let the bank decide, without telling us. Captured is captured: money never un-arrives by itself."""
        if InMemoryProvider.outcomes[payment.ref] != Outcome.CAPTURED:
            InMemoryProvider.outcomes[payment.ref] = outcome
        return event_of(payment, InMemoryProvider.outcomes[payment.ref])

    def tell(self, *, event: ProviderEvent) -> Answer:
        return answer_of(lambda: settling.settle(provider="memory", event=event))

    def revoke(self, *, hold: Hold) -> Answer:
        return answer_of(lambda: revoking.revoke_hold(hold_ref=hold.ref, actor="admin:mira", reason="bot"))

    def refund(self, *, hold: Hold) -> Answer:
        """Refund the order that a hold became, if it became one."""
        ref = Order.objects.filter(hold=hold).values_list("ref", flat=True).first()
        if ref is None:
            return "no order", {}
        return answer_of(lambda: revoking.refund_order(order_ref=ref, actor="admin:mira", reason="kiln broke"))

    def join(self, *, shopper: int, sku: int, quantity: int) -> Answer:
        return answer_of(lambda: join(self.drop_skus[sku], shopper=self.shoppers[shopper], quantity=quantity))

    def leave(self, *, entry: WaitlistEntry) -> Answer:
        return answer_of(lambda: waiting.leave_waitlist(ref=entry.ref, shopper=entry.shopper))

    def notice(self) -> Answer:
        return answer_of(lambda: offering.promote_in_drop(drop_id=self.drop.pk))

    def new_offers(self) -> list[Hold]:
        """Return the holds that the line was given since somebody last asked."""
        known = [hold.pk for hold in self.holds]
        offers = list(Hold.objects.filter(source=HoldSource.WAITLIST).exclude(pk__in=known).order_by("pk"))
        self.holds += offers
        return offers

    def change_units(self, *, sku: int, by: int) -> Answer:
        drop_sku_id = self.drop_skus[sku].pk
        return answer_of(lambda: resync.change_units(drop_sku_id=drop_sku_id, by=by, actor="admin:mira"))

    def close(self) -> Answer:
        return answer_of(lambda: windows.close_drop(drop_id=self.drop.pk, now=database_now()))


def offer_of(hold: Hold) -> Offer:
    """Return an offer as the model takes it in."""
    took = list(hold.hold_tokens.values_list("token", flat=True))
    return Offer(hold.waitlist_entry.ref, hold.ref, took, hold.total_minor)


def do_the_books() -> None:
    """Run everything that the clock starts, but for asking the providers."""
    stock_sweep.lapse_due_holds()
    sales_sweep.end_overdue_payments()
    resync.take_out_all_returned()
    let_pauses_pass()
    settling.carry_out_owed()
    refunds.send_open_refunds()
    windows.close_due_drops(now=database_now())
    waiting.end_lines_of_closed_drops()
    draining.drain_closed_drops()


def check_deferred_constraints() -> None:
    """Let the database check now what it would check at a commit, such as the balance of the ledger."""
    connection.check_constraints()
