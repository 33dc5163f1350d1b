"""
Which task runs how often.
"""

from typing import Any


def _every(seconds: int, task: str, *, expires: int | None = None) -> dict[str, Any]:
    """Run a task so often; a turn that waited until the next one is due anyway, or for `expires` seconds, is dropped."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": expires or seconds}}


EVERY: dict[str, dict[str, Any]] = {
    "open and close drops": _every(5, "drops.tasks.open_and_close_drops"),
    "heal threads": _every(5, "creatorshop.chat.tasks.heal_threads"),
    "lapse due holds": _every(5, "drops.tasks.lapse_due_holds"),
    # Apart from the lapses: this asks providers, which may take their time.
    "end overdue payments": _every(5, "drops.tasks.end_overdue_payments"),
    "chain new events": _every(5, "drops.tasks.chain_new_events"),
    "carry out owed": _every(5, "drops.tasks.carry_out_owed"),
    "send open refunds": _every(30, "drops.tasks.send_open_refunds"),
    # Each is asked about once a day, and only should the provider's own message be lost.
    "look at sent refunds": _every(600, "drops.tasks.look_at_sent_refunds"),
    "look for fees": _every(600, "drops.tasks.look_for_fees"),
    # Days end at midnight somewhere in every hour.
    "release due orders": _every(900, "drops.tasks.release_due_orders"),
    "send open payouts": _every(60, "drops.tasks.send_open_payouts"),
    "take back debts": _every(60, "drops.tasks.take_back_debts"),
    # Late folding makes balances slower to read, never wrong.
    "fold balances": _every(30, "drops.tasks.fold_balances"),
    # The listener has them sent at once; this is for what it did not hear, or could not send.
    "mail returns": _every(60, "creatorshop.storefront.tasks.mail_returns"),
    # The clock ends them anyway; this only writes it down, and lets the giver hear of it.
    "expire due gifts": _every(60, "drops.tasks.expire_due_gifts"),
    "issue documents": _every(15, "drops.tasks.issue_documents"),
    "poll open payments": _every(60, "drops.tasks.poll_open_payments"),
    "send test webhooks": _every(5, "creatorshop.adapters.testpay.tasks.send_due_webhooks"),
    "resume batches": _every(60, "fulfillment.tasks.resume_batches"),
    "make missing renditions": _every(60, "drops.tasks.make_missing_renditions"),
    "draw missing posters": _every(60, "creatorshop.storefront.tasks.draw_missing_posters"),
    "forget old idempotency keys": _every(3600, "drops.tasks.forget_old_idempotency_keys"),
    "forget old claims": _every(86_400, "drops.tasks.forget_old_claims", expires=3600),
    "forget old tax details": _every(86_400, "drops.tasks.forget_old_tax_details", expires=3600),
    "forget old traits": _every(3600, "drops.tasks.forget_old_traits"),
    "prove stock": _every(3600, "creatorshop.insights.tasks.prove_stock"),
    "ask mailboxes": _every(30, "creatorshop.nudges.tasks.ask_mailboxes"),
    "send letters": _every(30, "creatorshop.nudges.tasks.send_letters"),
    "send nudges": _every(5, "creatorshop.nudges.tasks.send_nudges"),
    "forget old contacts": _every(3600, "drops.tasks.forget_old_contacts"),
    "make pickup slots": _every(3600, "pickups.tasks.materialise_all_slots"),
}
