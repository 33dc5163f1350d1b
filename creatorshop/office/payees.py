"""
Whose money a person may look at in the office.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from creatorshop.office.partner_scope import spoken_for
from creatorshop.office.scope import scope_of
from drops.catalog.creators import Work
from drops.catalog.models import Creator
from drops.ledger.models import Payee, PayeeKind


def own_payees(request: HttpRequest) -> QuerySet[Payee]:
    """Return the payees of a person's creators, or everybody but the platform for the operator."""
    scope = scope_of(request)
    rows = Payee.objects.order_by("name", "pk")
    if scope.is_all:
        return rows.exclude(kind=PayeeKind.PLATFORM)
    return rows.filter(creator__in=scope.creator_ids(Work.MONEY))


def seen_payees(request: HttpRequest) -> QuerySet[Payee]:
    """Return them, and the partners that the person speaks for: whose payouts and statements they may read."""
    if scope_of(request).is_all:
        return own_payees(request)
    mine = Q(creator__in=scope_of(request).creator_ids(Work.MONEY)) | Q(pk__in=spoken_for(request))
    return Payee.objects.filter(mine).order_by("name", "pk")


def seen_payee_or_404(request: HttpRequest, asked: str) -> Payee:
    """
    Return one of those by its number.

    :raises Http404: if it is none of them.
    """
    return _one_of(seen_payees(request), asked)


def payee_or_404(request: HttpRequest, asked: str) -> Payee:
    """
    Return one of one's creators' payees by its number.

    :raises Http404: if it is none of them: a stranger's payee looks like one that does not exist.
    """
    return _one_of(own_payees(request), asked)


def zone_of(payee: Payee) -> ZoneInfo:
    """Return where a payee's days end: the creator's zone. A partner has several places, so theirs end by UTC."""
    creator = Creator.objects.filter(payee=payee).first()
    return ZoneInfo(creator.time_zone if creator is not None else "UTC")


def _one_of(rows: QuerySet[Payee], asked: str) -> Payee:
    payee = rows.filter(pk=asked).first() if asked.isdecimal() else None
    if payee is None:
        raise Http404("There is no such payee.")
    return payee


def refuse_all_but_operator(request: HttpRequest) -> None:
    """
    Let nobody else move money between payees and the world.

    :raises PermissionDenied: if it is not the operator who asks.
    """
    if not scope_of(request).is_all:
        raise PermissionDenied
