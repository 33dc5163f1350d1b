"""
Who speaks for a partner in the office.
"""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from drops.ledger.models import Payee
from pickups.models import Partner, PartnerMember


def add_partner_member(*, partner: Partner, user: AbstractBaseUser) -> PartnerMember:
    """Let a person speak for a partner; the same person again changes nothing."""
    member, _ = PartnerMember.objects.get_or_create(partner=partner, user_id=user.pk)
    return member


def payees_spoken_for(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Payee]:
    """Return the payees of the partners that a person speaks for: none for whoever may not log in, or for the operator."""
    if not user.is_active or not user.is_authenticated:
        return Payee.objects.none()
    return Payee.objects.filter(pk__in=Partner.objects.filter(members__user_id=user.pk).values("payee"))
