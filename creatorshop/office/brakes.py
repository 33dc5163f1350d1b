"""
The brakes of a drop, for its owners: pause it, end every hold, send every order back. Each shows its numbers first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.money import format_minor
from drops.sales.models import Order, OrderState, Payment, PaymentState
from drops.sales.refunds import ReasonMissing
from drops.sales.revoking import Braked, refund_all_orders, release_all_holds
from drops.schedule.models import Drop
from drops.schedule.windows import pause_drop
from drops.stock.models import LIVE_STATES, Hold

LONGEST_REASON = 40


@dataclass(frozen=True)
class Brake:
    """One way to stop a drop: what it says of itself, its numbers, and what it does."""

    label: str
    warning: str
    numbers: Callable[[Drop], list[tuple[str, str]]]
    pull: Callable[[Drop, str, str], str]  # drop, reason, actor; returns what was done


def brake_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Show what a brake would do, and do it when it is confirmed with a reason."""
    drop: Drop = row_or_404(admin, request, object_id)
    board = HttpResponseRedirect(reverse("admin:office_board", args=[drop.pk]))
    name = request.POST.get("brake", "") or request.GET.get("brake", "")
    brake = BRAKES.get(name)
    # Money goes back and promises end: what only owners may do.
    if brake is None or refuse_unless_may(request, Work.MONEY, drop.creator_id):
        return board
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "").strip()
            if not reason:  # Pausing alone would do without.
                raise ReasonMissing("Please say why; the reason is kept.")
            messages.success(request, f"{drop.title}: {brake.pull(drop, reason, f'office:{request.user}')}")
            return board
        except ShopError as refusal:
            messages.error(request, refusal.message)
    return office_page(
        request,
        admin,
        "admin/office/brake.html",
        title=f"{brake.label}: {drop.title}",
        label=brake.label,
        subject=drop.title,
        warning=brake.warning,
        action=reverse("admin:office_board_brake", args=[drop.pk]),
        back=board.url,
        name=name,
        numbers=brake.numbers(drop),
        longest_reason=LONGEST_REASON,
    )


def _holds_now(drop: Drop) -> list[tuple[str, str]]:
    live = Hold.objects.filter(drop_sku__drop=drop, state__in=LIVE_STATES)
    units = live.aggregate(units=Sum("quantity"))["units"] or 0
    paying = Payment.objects.filter(hold__in=live, state=PaymentState.STARTED).count()
    return [("Holds", str(live.count())), ("Units on hold", str(units)), ("Payments on their way", str(paying))]


def _orders_now(drop: Drop) -> list[tuple[str, str]]:
    orders = Order.objects.filter(drop=drop)
    paid = orders.filter(state=OrderState.PAID)
    total = paid.aggregate(total=Sum("total_minor"))["total"] or 0
    return [
        ("Orders to refund", str(paid.count())),
        ("Money that goes back", format_minor(total, drop.creator.currency)),
        ("Handed over or sent: stay as they are", str(orders.filter(state=OrderState.FULFILLED).count())),
    ]


def _pause(drop: Drop, reason: str, actor: str) -> str:
    pause_drop(drop_id=drop.pk, reason=reason, now=database_now())
    return "paused."


def _release_all(drop: Drop, reason: str, actor: str) -> str:
    return _told(release_all_holds(drop_id=drop.pk, actor=actor, reason=reason), "hold", "ended")


def _refund_all(drop: Drop, reason: str, actor: str) -> str:
    return _told(refund_all_orders(drop_id=drop.pk, actor=actor, reason=reason), "order", "refunded")


def _told(braked: Braked, what: str, done: str) -> str:
    parts = [f"{braked.done} {what}{'' if braked.done == 1 else 's'} {done}."]
    if braked.refused:
        parts.append(f"{braked.refused} were refused and need a look.")
    if braked.left:
        parts.append(f"{braked.left} are left: do it again.")
    return " ".join(parts)


BRAKES = {
    "pause": Brake(
        "Pause the drop",
        "Nobody can begin a hold until you resume. Holds that live may still be paid. Shoppers read the reason.",
        _holds_now,
        _pause,
    ),
    "release": Brake(
        "End all holds",
        "Every hold ends at once and its units are free again. Payments on their way are cancelled; money that comes"
        " anyway goes back. Pause the drop first, or new holds begin meanwhile.",
        _holds_now,
        _release_all,
    ),
    "refund": Brake(
        "Refund all orders",
        "Every order that was not handed over or sent is refunded in full. Its pickup or parcel is called off, and its"
        " units leave the drop. This cannot be undone.",
        _orders_now,
        _refund_all,
    ),
}
