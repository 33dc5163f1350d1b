from drops.clock import database_now
from drops.sales.delivery import Basket, CannotDeliver, Destination, delivery_methods
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
