"""
The creator's own word: who may always buy, and who may not, until when and why.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from drops.audience.models import Shopper
from drops.errors import Invalid, Refused
from drops.risk.models import Overrule, Sighting, Trait
from drops.risk.sightings import key_of
from drops.risk.verdicts import Verdict

# What one shopper may have in common with another so that a word about one is meant for both. A network or a postcode is
# shared by too many strangers.
WIDENED_BY = (Trait.DEVICE, Trait.CHAT, Trait.PHONE, Trait.MAIL, Trait.CARD)


class OverruleInvalid(Invalid):
    """A creator's word has to be allow or block, with a reason, and its end has to lie ahead."""

    code = "overrule_invalid"


class OverruleLifted(Refused):
    code = "overrule_lifted"


def account_key(shopper: Shopper) -> str:
    """Return the key of a shopper's account."""
    return key_of(creator_id=shopper.creator_id, trait=Trait.ACCOUNT, value=shopper.ref)


def overrule(
    *, shopper: Shopper, verdict: str, reason: str, by: str, now: datetime, until: datetime | None = None
) -> Overrule:
    """
    Write down what a creator says about one shopper.

    :raises OverruleInvalid: without a reason, with another verdict than allow or block, or with an end that is past.
    """
    return _write(shopper, [(Trait.ACCOUNT, account_key(shopper))], verdict, reason, by, now, until)[0]


def overrule_widely(
    *, shopper: Shopper, verdict: str, reason: str, by: str, now: datetime, until: datetime | None = None
) -> list[Overrule]:
    """
    Write down what a creator says about a shopper and whoever shares their device, chat identity, phone, mailbox or card.

    :raises OverruleInvalid: without a reason, with another verdict than allow or block, or with an end that is past.
    """
    seen = Sighting.objects.filter(shopper=shopper, trait__in=WIDENED_BY).order_by("trait", "key_hash")
    keys = [(Trait.ACCOUNT, account_key(shopper)), *((Trait(row.trait), row.key_hash) for row in seen)]
    return _write(shopper, keys, verdict, reason, by, now, until)


def lift(*, overrule_id: int, by: str, now: datetime) -> None:
    """
    End a creator's word before its time; the row stays.

    :raises OverruleLifted: if it is over already.
    """
    lifted = Overrule.objects.in_force(now=now).filter(pk=overrule_id).update(lifted_at=now, lifted_by=by[:60])
    if lifted != 1:
        raise OverruleLifted("This is over already.")


def verdict_in_force(*, shopper: Shopper, keys: Collection[str], now: datetime) -> Verdict | None:
    """Return what the creator says of a shopper with these traits, or None; the newest word counts."""
    spoken = Overrule.objects.in_force(now=now).filter(
        creator_id=shopper.creator_id, key_hash__in=[account_key(shopper), *keys]
    )
    newest = spoken.order_by("-at", "-pk").values_list("verdict", flat=True).first()
    return Verdict(newest) if newest else None


def _write(
    shopper: Shopper,
    keys: list[tuple[Trait, str]],
    verdict: str,
    reason: str,
    by: str,
    now: datetime,
    until: datetime | None,
) -> list[Overrule]:
    reason = reason.strip()
    if not reason:
        raise OverruleInvalid("Please say why; the reason is kept.")
    if verdict not in (Verdict.ALLOW, Verdict.BLOCK):
        raise OverruleInvalid("A shopper can be allowed or blocked.", verdict=verdict)
    if until is not None and until <= now:
        raise OverruleInvalid("The end has to lie ahead.", until=until)
    with transaction.atomic():
        return Overrule.objects.bulk_create(
            Overrule(
                creator_id=shopper.creator_id,
                shopper=shopper,
                trait=trait,
                key_hash=key,
                verdict=verdict,
                reason=reason[:200],
                by=by[:60],
                at=now,
                until=until,
            )
            for trait, key in keys
        )
