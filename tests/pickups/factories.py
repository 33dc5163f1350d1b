"""
A counter to hand over at, and people with something to collect, made as the shop makes them.
"""

from datetime import datetime, timedelta
from typing import Any

from drops.catalog.models import Creator
from drops.ledger.agreement_models import PartnerAgreement
from drops.ledger.partner_agreements import accept_terms, offer_terms
from drops.sales.models import Order
from drops.sales.settling import settle
from drops.stock.models import DropSku
from pickups.models import Location, Partner, Pickup, RosterDevice, RosterRole, Slot
from pickups.partners import make_location as set_up_location
from pickups.partners import make_partner
from pickups.roster import let_in, new_link
from pickups.slots import bookable_slots
from tests.doubles import Outcome, event_of
from tests.factories import NOON, make_capsule, make_creator, make_drop, make_drop_sku, make_hold, make_payment

LONG_AGO = NOON - timedelta(days=365)
# NOON is a Friday, and Lisbon's clocks show 12:00 as well.
DAILY = {weekday: [("16:00", "20:00")] for weekday in range(7)}


def make_cafe(*, creator: Creator | None = None, fee_fixed_minor: int = 100, **given: Any) -> Location:
    """Make Café Mira: slots of two hours from 16:00 to 20:00, bookable until an hour before."""
    defaults: dict[str, Any] = {
        "name": "Café Mira",
        "address": "Rua do Poço 12",
        "postcode": "1200-109",
        "city": "Lisbon",
        "country": "PT",
        "time_zone": "Europe/Lisbon",
        "hours": DAILY,
        "slot_minutes": 120,
        "capacity": 3,
        "lead_minutes": 60,
    }
    partner = make_partner(name=given.pop("partner_name", "Café Mira"))
    creator = creator or make_creator()
    if fee_fixed_minor:
        agree_on_fee(creator=creator, partner=partner, fixed_minor=fee_fixed_minor)
    return set_up_location(partner=partner, creators=[creator], **defaults | given)


def agree_on_fee(
    *, creator: Creator, partner: Partner, fixed_minor: int = 0, bp: int = 0, now: datetime = LONG_AGO
) -> PartnerAgreement:
    """Offer terms to a partner and have them accepted, each by the one who may."""
    assert partner.payee is not None
    offered = offer_terms(
        creator=creator,
        partner=partner.payee,
        fixed_minor=fixed_minor,
        bp=bp,
        valid_from=now,
        actor="office:owner",
        now=now,
    )
    return accept_terms(agreement_id=offered.pk, payee=partner.payee, actor="office:partner", now=now)


def make_mugs(*, creator: Creator, units: int = 8) -> DropSku:
    """Put mugs of a creator on sale around NOON."""
    drop = make_drop(
        capsule=make_capsule(creator=creator),
        opens_at=NOON - timedelta(hours=1),
        closes_at=NOON + timedelta(hours=8),
        account_limit=4,
    )
    return make_drop_sku(drop=drop, units=units)


def first_slot(location: Location, *, now: datetime = NOON) -> Slot:
    return bookable_slots(location=location, now=now)[0]


def hold_for(slot: Slot, *, drop_sku: DropSku, **given: Any):
    return make_hold(drop_sku=drop_sku, method="pickup", option=slot.ref, **given)


def pay_for(hold, **given: Any) -> Order:
    payment = make_payment(hold=hold, **given)
    order = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order
    assert order is not None
    return order


def make_pickup(*, slot: Slot, drop_sku: DropSku, name: str = "Lena Vogt", quantity: int = 1) -> Pickup:
    """Sell mugs to somebody who collects them in a slot."""
    order = pay_for(hold_for(slot, drop_sku=drop_sku, quantity=quantity), name=name)
    return Pickup.objects.with_units().get(order=order)


def make_device(
    *,
    location: Location,
    role: RosterRole = RosterRole.SUPERVISOR,
    label: str = "Mira",
    now: datetime = NOON,
    lasts: timedelta = timedelta(days=1),
) -> RosterDevice:
    """Send a link and let a telephone in by it."""
    link = new_link(location=location, role=role, expires_at=now + lasts, now=now)
    device, _ = let_in(token=token_of(link.url), label=label, now=now)
    return device


def token_of(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]
