"""
Early access: who may hold while members are first. Members may, and whoever was given access to a drop or to the next one.

The rule itself is one function of the database (drops/migrations/entitled.sql), because the claim asks it too.
"""

import secrets
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.utils.crypto import salted_hmac

from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.errors import NotFound, Refused
from drops.schedule.models import Drop, DropState, EarlyAccess, EarlyLink

LINK_LASTS = timedelta(days=30)
_SALT = "drops.schedule.early"


class EarlyLinkNotFound(NotFound):
    code = "early_link_not_found"


class EarlyLinkSpent(Refused):
    """It was used, taken back, or has expired."""

    code = "early_link_spent"


def is_entitled(*, shopper: Shopper, drop: Drop) -> bool:
    """Tell whether a shopper may hold while members are first in a drop."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT drops_is_entitled(%s, %s)", [shopper.pk, drop.pk])
        [answer] = cursor.fetchone()
    return bool(answer)


def entitled_in(drop: Drop) -> Func:
    """Return the same as an expression over rows that have a `shopper`."""
    return Func(F("shopper_id"), Value(drop.pk), function="drops_is_entitled", output_field=BooleanField())


def grant(*, shopper: Shopper, drop: Drop, source: str, now: datetime) -> EarlyAccess:
    """Give a shopper early access to one drop; the same again changes nothing."""
    found, _ = EarlyAccess.objects.get_or_create(
        shopper=shopper,
        drop=drop,
        withdrawn_at=None,
        defaults={"creator_id": drop.creator_id, "source": source, "granted_at": now},
    )
    return found


def grant_next(*, shopper: Shopper, source: str, now: datetime) -> EarlyAccess:
    """Give a shopper early access to the creator's next drop; whoever has it already has it once."""
    with transaction.atomic():
        Shopper.objects.select_for_update(no_key=True).get(pk=shopper.pk)
        found = _unspent(shopper, now).first()
        return found or EarlyAccess.objects.create(
            creator_id=shopper.creator_id, shopper=shopper, source=source, granted_at=now
        )


def has_next(*, shopper: Shopper, now: datetime) -> bool:
    """Tell whether a shopper's early access to the next drop is still ahead of them."""
    return _unspent(shopper, now).exists()


def withdraw_next(*, shopper: Shopper, now: datetime) -> bool:
    """Take a shopper's early access to the next drop back; True if there was one."""
    with transaction.atomic():
        return _unspent(shopper, now).update(withdrawn_at=now) > 0


def make_link(
    *, creator: Creator, drop: Drop | None, made_by: str, now: datetime, note: str = ""
) -> tuple[EarlyLink, str]:
    """Make a personal link that works once, and return it with its token, which nobody can read again."""
    token = secrets.token_urlsafe(24)
    expires_at = min(now + LINK_LASTS, drop.closes_at) if drop else now + LINK_LASTS
    link = EarlyLink.objects.create(
        creator=creator,
        drop=drop,
        note=note,
        token_hash=_hash_of(token),
        made_by=made_by,
        made_at=now,
        expires_at=expires_at,
    )
    return link, token


def link_of(*, token: str, now: datetime) -> EarlyLink:
    """
    Return the link of a token, if it can still be used.

    :raises EarlyLinkNotFound: if there is none.
    :raises EarlyLinkSpent: if it was used, taken back, or has expired.
    """
    found = EarlyLink.objects.select_related("creator", "drop").filter(token_hash=_hash_of(token)).first()
    if found is None:
        raise EarlyLinkNotFound("There is no such link.")
    if found.used_at or found.revoked_at or found.expires_at <= now:
        raise EarlyLinkSpent("This link was used already, or is no longer good.")
    return found


def use_link(*, token: str, shopper: Shopper, now: datetime) -> EarlyAccess:
    """
    Turn a link into early access for a shopper, once.

    :raises EarlyLinkNotFound: if there is none, or it is of another creator.
    :raises EarlyLinkSpent: if it was used, taken back, or has expired.
    """
    link = link_of(token=token, now=now)
    if link.creator_id != shopper.creator_id:
        raise EarlyLinkNotFound("There is no such link.")
    with transaction.atomic():
        if not _spend(link, shopper, now):
            raise EarlyLinkSpent("This link was used already, or is no longer good.")
        if link.drop is None:
            return grant_next(shopper=shopper, source="link", now=now)
        return grant(shopper=shopper, drop=link.drop, source="link", now=now)


def revoke_link(*, link: EarlyLink, now: datetime) -> bool:
    """Take a link back that nobody used; True if it was this call that did."""
    return EarlyLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None).update(revoked_at=now) == 1


def _spend(link: EarlyLink, shopper: Shopper, now: datetime) -> bool:
    """Note who used a link, in one guarded update: of two who do at once one has it."""
    unused = EarlyLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None, expires_at__gt=now)
    return unused.update(used_at=now, used_by=shopper) == 1


def _unspent(shopper: Shopper, now: datetime) -> QuerySet[EarlyAccess]:
    """Access to the next drop, where no drop with a time for members has opened since."""
    began = Drop.objects.filter(creator=shopper.creator_id, members_first_minutes__gt=0, opens_at__lte=now)
    last = began.exclude(state=DropState.DRAFT).order_by("-opens_at").values_list("opens_at", flat=True).first()
    since = Q(granted_at__gte=last) if last else Q()
    return EarlyAccess.objects.filter(since, shopper=shopper, drop=None, withdrawn_at=None).order_by("pk")


def _hash_of(token: str) -> str:
    return salted_hmac(_SALT, token, algorithm="sha256").hexdigest()
