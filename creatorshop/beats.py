"""
Which task runs how often. `expires` drops a turn that waited so long that the next one is due anyway.
"""

from typing import Any

EVERY: dict[str, dict[str, Any]] = {
    "open and close drops": {
        "task": "drops.tasks.open_and_close_drops",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "heal threads": {"task": "creatorshop.chat.tasks.heal_threads", "schedule": 5.0, "options": {"expires": 5}},
    "lapse due holds": {"task": "drops.tasks.lapse_due_holds", "schedule": 5.0, "options": {"expires": 5}},
    # Apart from the lapses: this asks providers, which may take their time.
    "end overdue payments": {"task": "drops.tasks.end_overdue_payments", "schedule": 5.0, "options": {"expires": 5}},
    "chain new events": {"task": "drops.tasks.chain_new_events", "schedule": 5.0, "options": {"expires": 5}},
    "carry out owed": {"task": "drops.tasks.carry_out_owed", "schedule": 5.0, "options": {"expires": 5}},
    "send open refunds": {"task": "drops.tasks.send_open_refunds", "schedule": 30.0, "options": {"expires": 30}},
    # Each is asked about once a day, and only should the provider's own message be lost.
    "look at sent refunds": {
        "task": "drops.tasks.look_at_sent_refunds",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "look for fees": {"task": "drops.tasks.look_for_fees", "schedule": 600.0, "options": {"expires": 600}},
    # Days end at midnight somewhere in every hour.
    "release due orders": {
        "task": "drops.tasks.release_due_orders",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "send open payouts": {"task": "drops.tasks.send_open_payouts", "schedule": 60.0, "options": {"expires": 60}},
    "take back debts": {"task": "drops.tasks.take_back_debts", "schedule": 60.0, "options": {"expires": 60}},
    # Late folding makes balances slower to read, never wrong.
    "fold balances": {"task": "drops.tasks.fold_balances", "schedule": 30.0, "options": {"expires": 30}},
    # The listener has them sent at once; this is for what it did not hear, or could not send.
    "mail returns": {
        "task": "creatorshop.storefront.tasks.mail_returns",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # The clock ends them anyway; this only writes it down, and lets the giver hear of it.
    "expire due gifts": {"task": "drops.tasks.expire_due_gifts", "schedule": 60.0, "options": {"expires": 60}},
    "issue documents": {"task": "drops.tasks.issue_documents", "schedule": 15.0, "options": {"expires": 15}},
    "poll open payments": {"task": "drops.tasks.poll_open_payments", "schedule": 60.0, "options": {"expires": 60}},
    "send test webhooks": {
        "task": "creatorshop.adapters.testpay.tasks.send_due_webhooks",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "resume batches": {"task": "fulfillment.tasks.resume_batches", "schedule": 60.0, "options": {"expires": 60}},
    "make missing renditions": {
        "task": "drops.tasks.make_missing_renditions",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "draw missing posters": {
        "task": "creatorshop.storefront.tasks.draw_missing_posters",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget old idempotency keys": {
        "task": "drops.tasks.forget_old_idempotency_keys",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget old claims": {
        "task": "drops.tasks.forget_old_claims",
        "schedule": 86_400.0,
        "options": {"expires": 3600},
    },
    "forget old tax details": {
        "task": "drops.tasks.forget_old_tax_details",
        "schedule": 86_400.0,
        "options": {"expires": 3600},
    },
    "forget old traits": {
        "task": "drops.tasks.forget_old_traits",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "prove stock": {
        "task": "creatorshop.insights.tasks.prove_stock",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "ask mailboxes": {"task": "creatorshop.nudges.tasks.ask_mailboxes", "schedule": 30.0, "options": {"expires": 30}},
    "send letters": {"task": "creatorshop.nudges.tasks.send_letters", "schedule": 30.0, "options": {"expires": 30}},
    "send nudges": {"task": "creatorshop.nudges.tasks.send_nudges", "schedule": 5.0, "options": {"expires": 5}},
    "forget old contacts": {
        "task": "drops.tasks.forget_old_contacts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "make pickup slots": {
        "task": "pickups.tasks.materialise_all_slots",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}
