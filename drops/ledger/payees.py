from collections.abc import Iterable

from drops.catalog.models import Creator
from drops.ledger.models import Payee, PayeeKind


def payee_of(*, creator: Creator) -> Payee:
    """Return the payee that stands for a creator, made at the first sale."""
    if creator.payee_id is None:
        payee = Payee.objects.create(kind=PayeeKind.CREATOR, name=creator.name, currency=creator.currency)
        taken = Creator.objects.filter(pk=creator.pk, payee=None).update(payee=payee)
        if taken == 1:
            creator.payee = payee
        else:
            # A rival sale was first: theirs is the one, ours has no entries yet.
            payee.delete()
            creator.refresh_from_db(fields=["payee"])
    return Payee.objects.get(creator=creator)


def platform_payee(*, currency: str) -> Payee:
    """Return the platform's payee in a currency."""
    payee, _ = Payee.objects.get_or_create(
        kind=PayeeKind.PLATFORM, currency=currency, defaults={"name": f"Platform ({currency})"}
    )
    return payee


def lock_payees(*, payee_ids: Iterable[int]) -> None:
    """
    Let nobody else who asks for this take money from these payees' payable until the transaction ends.

    Postings do not wait for it; whoever reads a balance to decide how much may be taken has to.
    """
    wanted = Payee.objects.select_for_update(no_key=True).filter(pk__in=list(payee_ids)).order_by("pk")
    list(wanted.values_list("pk", flat=True))
