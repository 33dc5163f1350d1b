"""
"Connect Stripe": a creator's own account, made and filled in at Stripe, so that their share can be sent there.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from creatorshop.adapters.stripe import accounts
from creatorshop.adapters.stripe.keys import shop_is_live
from creatorshop.adapters.stripe.models import StripeAccount
from creatorshop.office.pages import office_page, row_or_404
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.creators import Work
from drops.catalog.models import Creator
from drops.clock import database_now
from drops.errors import ShopError


def is_stripe_wired() -> bool:
    """Tell whether this shop takes money by Stripe at all."""
    return any(path.endswith(".StripePayments") for path in settings.PAYMENT_PROVIDERS)


def connect_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Show how a creator's account at Stripe stands, and lead its owner to Stripe's form."""
    creator: Creator = row_or_404(admin, request, object_id)
    if not is_stripe_wired():
        raise Http404("This shop does not use Stripe.")
    if not scope_of(request).may(Work.MONEY, creator.pk):
        raise PermissionDenied
    # Stripe sends back here with ?again when its link was used up, and wants another one to follow at once.
    if request.method == "POST" or "again" in request.GET:
        return _to_stripe(request, admin, creator)
    account = StripeAccount.objects.filter(creator=creator).first()
    if account is not None and "back" in request.GET:
        try:
            account = accounts.refresh(account=account, now=database_now())
        except ShopError as refusal:
            messages.warning(request, f"{refusal.message} What is shown here may be old.")
    return _page(request, admin, creator, account)


def _to_stripe(request: HttpRequest, admin: ScopedAdmin, creator: Creator) -> HttpResponse:
    here = f"{settings.SHOP_URL}{request.path}"
    try:
        account = accounts.connect(creator=creator, now=database_now())
        link = accounts.onboarding_link(account=account, return_url=f"{here}?back=1", refresh_url=f"{here}?again=1")
    except ShopError as refusal:
        messages.error(request, f"Nothing was changed: {refusal.message}")
        return _page(request, admin, creator, StripeAccount.objects.filter(creator=creator).first(), status=503)
    return HttpResponseRedirect(link)


def _page(
    request: HttpRequest, admin: ScopedAdmin, creator: Creator, account: StripeAccount | None, status: int = 200
) -> HttpResponse:
    facts = (
        [
            ("Your details", account.has_details, "complete", "not complete yet"),
            ("Your share", account.is_transfer_enabled, "can be sent to your account", "cannot be sent yet"),
            ("Payouts to your bank", account.is_payout_enabled, "switched on", "not switched on yet"),
        ]
        if account
        else []
    )
    answer = office_page(
        request,
        admin,
        "admin/office/connect.html",
        title="Connect Stripe",
        status=status,
        creator=creator,
        account=account,
        facts=[(label, is_good, yes if is_good else no) for label, is_good, yes, no in facts],
        is_test=not shop_is_live(),
    )
    # The form is answered with a way to Stripe, and browsers hold a policy against where a form ends, too.
    answer._csp_replace = {"form-action": ["'self'", "https://connect.stripe.com"]}  # type: ignore[attr-defined]
    return answer
