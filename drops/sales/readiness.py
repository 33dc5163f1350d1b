from drops.clock import database_now
from drops.sales.delivery import Basket, CannotDeliver, Destination, delivery_methods
from drops.sales.tax_rules import taxes_for
from drops.sales.taxes import TaxUnknown
from drops.schedule.models import Drop
from drops.schedule.readiness import Check, ReadinessCheck
from drops.stock.models import DropSku


class DeliveryReady(ReadinessCheck):
    """At least one way to reach somebody in the creator's own country."""

    name = "delivery"

    def checks(self, *, drop: Drop) -> list[Check]:
        creator = drop.creator
        first = DropSku.objects.filter(drop=drop).select_related("sku").order_by("position", "pk").first()
        if first is None:
            return []
        basket = Basket(
            creator=creator,
            drop_id=drop.pk,
            sku_id=first.sku_id,
            quantity=1,
            weight_g=first.sku.weight_g,
            goods_minor=first.sku.price_minor,
            currency=creator.currency,
        )
        ways = 0
        for method in delivery_methods().values():
            try:
                ways += len(method.options(basket=basket, destination=Destination(creator.country), now=database_now()))
            except CannotDeliver:
                continue
        text = f"{ways} ways to deliver in {creator.country}." if ways else f"No way to deliver in {creator.country}."
        return [Check("delivery", ways > 0, text)]


class TaxReady(ReadinessCheck):
    """What is sold has a rate of tax at home; with none nobody could be told a price."""

    name = "tax"

    def checks(self, *, drop: Drop) -> list[Check]:
        skus = DropSku.objects.filter(drop=drop)
        classes = list(skus.order_by().values_list("sku__product__tax_class", flat=True).distinct())
        if not classes:
            return []
        try:
            taxes_for(creator=drop.creator, destination=Destination(), classes=classes, now=database_now())
        except TaxUnknown as refusal:
            # Where it hangs on the postcode, as in the United States, each buyer is told.
            return [Check("tax", refusal.facts.get("why") == "tax_postcode", refusal.message)]
        return [Check("tax", True, f"The tax in {drop.creator.country} is known.")]
