from drops.stock.models import DropSku
from tests.factories import make_creator, make_hold
from tests.fulfillment.makers import make_post
from tests.pickups.factories import first_slot, hold_for, make_cafe, make_mugs, pay_for


def make_mugs_everywhere() -> DropSku:
    """Make mugs of which one was paid as a parcel, one as a pickup, one is held and one is free."""
    creator = make_creator()
    cafe = make_cafe(creator=creator)
    drop_sku = make_mugs(creator=creator, units=4)
    rate = make_post(drop=drop_sku.drop)
    pay_for(hold_for(first_slot(cafe), drop_sku=drop_sku))
    pay_for(make_hold(drop_sku=drop_sku, method="parcel", option=rate.key))
    hold_for(first_slot(cafe), drop_sku=drop_sku)
    return drop_sku
