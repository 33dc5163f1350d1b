"""
Who may work in a creator's shop, and what each role may do there.
"""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from drops.catalog.models import Creator, CreatorMember, MemberRole


class Work(StrEnum):
    """A kind of work in a creator's shop."""

    SEE = "see"
    CATALOG = "catalog"  # products, SKUs, photos, imports
    DROPS = "drops"  # plan, open, pause and close
    ORDERS = "orders"  # names and addresses
    PACK = "pack"  # batches, parcels, rosters
    MONEY = "money"  # payouts, refunds
    MEMBERS = "members"  # who else may work here, and where the widget may be embedded


_MAY: dict[str, frozenset[Work]] = {
    MemberRole.OWNER: frozenset(Work),
    MemberRole.HELPER: frozenset({Work.SEE, Work.CATALOG, Work.DROPS, Work.ORDERS, Work.PACK}),
    MemberRole.PACKER: frozenset({Work.SEE, Work.PACK}),
}


def creators_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Creator]:
    """Return the creators in whose shop a person works: all of them for a superuser, none for a stranger."""
    if not user.is_active or not user.is_authenticated:
        return Creator.objects.none()
    if getattr(user, "is_superuser", False):
        return Creator.objects.all()
    return Creator.objects.filter(members__user_id=user.pk)


def may(*, user: AbstractBaseUser | AnonymousUser, creator: Creator, work: Work) -> bool:
    """Tell whether a person may do a kind of work for a creator."""
    if not user.is_active or not user.is_authenticated:
        return False
    if getattr(user, "is_superuser", False):
        return True
    role = CreatorMember.objects.filter(creator=creator, user_id=user.pk).values_list("role", flat=True).first()
    return role is not None and work in _MAY[role]


def works_of(user: AbstractBaseUser | AnonymousUser) -> dict[int, frozenset[Work]]:
    """Return what a person may do for each creator in whose shop they work, by the creator's key."""
    if not user.is_active or not user.is_authenticated:
        return {}
    roles = CreatorMember.objects.filter(user_id=user.pk).values_list("creator_id", "role")
    return {creator_id: _MAY[role] for creator_id, role in roles}


def add_member(*, creator: Creator, user: AbstractBaseUser, role: MemberRole) -> CreatorMember:
    """Let a person work for a creator in a role; the same person again takes the new role."""
    member, _ = CreatorMember.objects.update_or_create(creator=creator, user_id=user.pk, defaults={"role": role})
    return member
