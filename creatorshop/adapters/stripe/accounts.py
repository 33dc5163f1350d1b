"""
Creators' accounts at Stripe Connect: made once, filled in on Stripe's own pages, told of by webhook.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from creatorshop.adapters.stripe.client import speaking, stripe_client
from creatorshop.adapters.stripe.models import StripeAccount
from drops.catalog.models import Creator


def connect(*, creator: Creator, now: datetime) -> StripeAccount:
    """
    Return a creator's account at Stripe, made there if there is none yet.

    Stripe shows the creator their own small dashboard and asks for whatever it has to know. The platform answers for money
    that goes back, because it collects it: separate charges and transfers.

    :raises Unreachable: if Stripe does not answer; pressing again finds the same account.
    :raises StripeSaidNo: if Stripe will not open one, for instance in that country.
    """
    known = StripeAccount.objects.filter(creator=creator).first()
    if known is not None:
        return known
    with speaking():
        made = stripe_client().v1.accounts.create(
            {
                "country": creator.country,
                "controller": {
                    "fees": {"payer": "application"},
                    "losses": {"payments": "application"},
                    "requirement_collection": "stripe",
                    "stripe_dashboard": {"type": "express"},
                },
                "capabilities": {"transfers": {"requested": True}},
                "metadata": {"creator": str(creator.pk)},
            },
            {"idempotency_key": f"account:{creator.pk}:{creator.country}"},
        )
    account, _ = StripeAccount.objects.get_or_create(
        creator=creator,
        defaults={"account_id": made.id, "created_at": now, "told_at": now, **_facts(made.to_dict())},
    )
    return account


def onboarding_link(*, account: StripeAccount, return_url: str, refresh_url: str) -> str:
    """
    Return the address of Stripe's form for an account; it works once, and for minutes.

    :raises Unreachable: if Stripe does not answer.
    """
    with speaking():
        link = stripe_client().v1.account_links.create(
            {
                "account": account.account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            }
        )
    return link.url


def refresh(*, account: StripeAccount, now: datetime) -> StripeAccount:
    """
    Ask Stripe how an account stands.

    :raises Unreachable: if Stripe does not answer.
    """
    with speaking():
        said = stripe_client().v1.accounts.retrieve(account.account_id)
    note(account=said.to_dict(), at=now)
    account.refresh_from_db()
    return account


def note(*, account: Mapping[str, Any], at: datetime) -> None:
    """Write down what Stripe says of an account, unless something newer is known or it is nobody's of ours."""
    StripeAccount.objects.filter(account_id=account["id"], told_at__lte=at).update(told_at=at, **_facts(account))


def _facts(account: Mapping[str, Any]) -> dict[str, Any]:
    capabilities = account.get("capabilities") or {}
    requirements = account.get("requirements") or {}
    return {
        "is_charging_enabled": bool(account.get("charges_enabled")),
        "is_transfer_enabled": capabilities.get("transfers") == "active",
        "is_payout_enabled": bool(account.get("payouts_enabled")),
        "has_details": bool(account.get("details_submitted")),
        "missing": len(requirements.get("currently_due") or []),
    }
