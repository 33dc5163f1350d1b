from django.db.models import F

from drops.schedule.models import Drop
from drops.schedule.readiness import Check, ReadinessCheck
from drops.stock.counts import tallies_of
from drops.stock.models import DropSku


class StockReady(ReadinessCheck):
    """One token for every unit that was synced, and at least one unit (stock.md R11)."""

    name = "stock"

    def checks(self, *, drop: Drop) -> list[Check]:
        # Units that are to leave as they return still have their tokens.
        expected = F("planned") + F("shortfall")
        planned = dict(DropSku.objects.filter(drop=drop).values_list("pk", expected))
        counts = tallies_of(drop_ids=[drop.pk])
        wrong = [
            f"{count.sku_code} has {count.for_sale} tokens for {planned[count.drop_sku_id]} units."
            for count in counts
            if count.for_sale != planned[count.drop_sku_id]
        ]
        units = sum(count.for_sale for count in counts)
        if units == 0:
            return [Check("stock", False, "No units are planned for this drop.")]
        if wrong:
            return [Check("stock", False, text) for text in wrong]
        return [Check("stock", True, f"{units} units of {len(counts)} SKUs, each with its token.")]
