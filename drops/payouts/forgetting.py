from datetime import datetime

from django.conf import settings
from django.db.models import Max

from drops.ledger.models import Entry
from drops.payouts.tax_models import TaxDetails


def forget_old_tax_details(*, now: datetime) -> int:
    """
    Delete the tax details of whoever had nothing written on their accounts for the years that a report has to be kept.

    Directive (EU) 2021/514, annex V, section IV, B (2): five years at least and ten at most after the end of the reported year.
    Details of somebody who never earned anything count from the year in which they were written.
    """
    last_year_to_keep = now.year - settings.TAX_DETAILS_KEPT_YEARS
    written_long_ago = TaxDetails.objects.filter(changed_at__year__lt=last_year_to_keep)
    last_earned = dict(
        Entry.objects.filter(payee__in=written_long_ago.values("payee"))
        .values_list("payee")
        .annotate(last=Max("transaction__posted_at"))
    )
    over = [
        details.pk
        for details in written_long_ago.order_by("pk")
        if details.payee_id not in last_earned or last_earned[details.payee_id].year < last_year_to_keep
    ]
    deleted, _ = TaxDetails.objects.filter(pk__in=over).delete()
    return deleted
